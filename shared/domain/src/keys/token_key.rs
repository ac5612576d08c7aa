//! Token keys: what refresh tokens are authenticated with and what must be read back is sealed with.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::keys::{KeySet, Material};
use crate::secret::{Secret, base64url, equal, from_base64url, new_id, random_bytes};

/// 256 bits that never serve directly: each purpose gets a key of its own by HKDF (RFC 5869).
#[derive(Clone, Deserialize, Serialize)]
pub struct TokenKey {
    #[serde(rename = "k", deserialize_with = "bytes_of_key", serialize_with = "text_of_key")]
    key: [u8; 32],
}

/// A token of another system, sealed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SealedToken {
    /// The sealed token.
    pub sealed: String,
    /// When the token is over.
    pub expires_at: Timestamp,
}

impl Material for TokenKey {
    const IS: &str = "32 bytes in \"k\", as base64url without padding";

    /// No other can be read.
    fn fits(&self, _: &str) -> bool {
        true
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

fn bytes_of_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = Secret::deserialize(deserializer)?;
    let bytes = from_base64url(text.reveal()).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| D::Error::custom(TokenKey::IS))
}

fn text_of_key<S: Serializer>(key: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base64url(key))
}

impl TokenKey {
    /// What the names of token keys begin with.
    pub const PREFIX: &str = "tk";

    /// A fresh key and its name.
    pub fn generate() -> (String, Self) {
        (new_id(Self::PREFIX), Self { key: random_bytes() })
    }

    /// HMAC-SHA256 of `message` (RFC 2104), by a key for `purpose` alone.
    pub fn authenticate(&self, purpose: MacPurpose, message: &[u8]) -> [u8; MAC_LEN] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose));
        let mut mac = [0; MAC_LEN];
        mac.copy_from_slice(hmac::sign(&key, message).as_ref());
        mac
    }

    fn derive(&self, purpose: MacPurpose) -> [u8; 32] {
        let mut derived = [0; 32];
        // HKDF-SHA256 gives up to 8,160 bytes, so that 32 cannot fail.
        let _ = Salt::new(HKDF_SHA256, b"doorward")
            .extract(&self.key)
            .expand(&[purpose.label()], Length(32))
            .and_then(|expanded| expanded.fill(&mut derived));
        derived
    }

    fn sealing_key(&self) -> Option<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.derive(MacPurpose::Seal)).ok()
    }
}

/// What a derived key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MacPurpose {
    /// The code that an external login's browser is sent on with.
    ContinueCode,
    /// What browsers keep that signed in before.
    KnownBrowser,
    /// Mailed codes.
    MailCode,
    /// Recovery codes.
    RecoveryCode,
    /// Refresh tokens.
    RefreshToken,
    /// What is sealed.
    Seal,
}

impl MacPurpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::ContinueCode => b"continue code",
            Self::KnownBrowser => b"known browser",
            Self::MailCode => b"mail code",
            Self::RecoveryCode => b"recovery code",
            Self::RefreshToken => b"refresh token",
            Self::Seal => b"seal",
        }
    }
}

/// The length of a MAC in bytes.
pub const MAC_LEN: usize = 32;

impl KeySet<TokenKey> {
    /// Authenticates `message` under the current key and names the key; `None` when there is none.
    pub fn authenticate(&self, purpose: MacPurpose, message: &str) -> Option<String> {
        let key = self.current()?;
        Some(format!("{}.{}", key.kid, base64url(&key.material.authenticate(purpose, message.as_bytes()))))
    }

    /// Whether [`authenticate`](Self::authenticate) made `mac` for the same purpose and message, under any of the keys.
    pub fn is_authentic(&self, mac: &str, purpose: MacPurpose, message: &str) -> bool {
        let parts = mac.split_once('.').and_then(|(kid, mac)| Some((self.find(kid)?, from_base64url(mac)?)));
        parts.is_some_and(|(key, mac)| equal(&key.material.authenticate(purpose, message.as_bytes()), &mac))
    }

    /// Seals `secret` with AES-256-GCM for the item named `context`: it opens for no other item.
    /// `None` when there is no current key.
    pub fn seal(&self, secret: &Secret, context: &str) -> Option<String> {
        let key = self.current()?;
        let mut sealed = secret.reveal().as_bytes().to_vec();
        let nonce = key.material.sealing_key()?.seal_in_place_append_tag(Aad::from(context), &mut sealed).ok()?;
        let boxed = [nonce.as_ref().as_slice(), &sealed].concat();
        Some(format!("{}.{}", key.kid, base64url(&boxed)))
    }

    /// Opens what [`seal`](Self::seal) made for the same `context`; `None` for anything else.
    pub fn open(&self, sealed: &str, context: &str) -> Option<Secret> {
        let (kid, boxed) = sealed.split_once('.')?;
        let mut boxed = from_base64url(boxed)?;
        if boxed.len() < NONCE_LEN {
            return None;
        }
        let mut message = boxed.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&boxed).ok()?;
        let key = self.find(kid)?.material.sealing_key()?;
        let opened = key.open_in_place(nonce, Aad::from(context), &mut message).ok()?;
        String::from_utf8(opened.to_vec()).ok().map(Secret::new)
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use super::*;
    use crate::clock::Timestamp;
    use crate::keys::Overlap;

    fn keys() -> KeySet<TokenKey> {
        KeySet::sample(TokenKey::generate)
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_item_only() {
        let keys = keys();
        let sealed = keys.seal(&Secret::new("verifier"), "one").unwrap();
        assert!(!sealed.contains("verifier"));
        assert_eq!(keys.open(&sealed, "one"), Some(Secret::new("verifier")));
        assert_eq!(keys.open(&sealed, "other"), None);
    }

    #[test]
    fn what_was_altered_or_sealed_elsewhere_does_not_open() {
        let keys = keys();
        let sealed = keys.seal(&Secret::new("verifier"), "one").unwrap();
        let (kid, boxed) = sealed.split_once('.').unwrap();
        let mut bytes = from_base64url(boxed).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(keys.open(&format!("{kid}.{}", base64url(&bytes)), "one"), None);
        assert_eq!(self::keys().open(&sealed, "one"), None);
        assert_eq!(keys.open(&format!("{kid}.AAAA"), "one"), None);
        assert_eq!(keys.open("nonsense", "one"), None);
    }

    #[test]
    fn a_sealed_secret_outlives_one_rotation() {
        let keys = keys();
        let sealed = keys.seal(&Secret::new("verifier"), "one").unwrap();
        let overlap = Overlap { before: Duration::ZERO, after: Duration::from_secs(60) };
        let make = || Ok::<_, Infallible>(TokenKey::generate());
        let rotated = keys.rotated(Timestamp::from_seconds(9), overlap, |_| false, make).unwrap().unwrap();
        assert_eq!(rotated.open(&sealed, "one"), Some(Secret::new("verifier")));
    }

    #[test]
    fn a_key_of_any_other_length_or_spelling_is_no_key() {
        let read = |k: &str| {
            KeySet::<TokenKey>::parse(&format!(
                r#"{{"keys":[{{"kid":"tk_1","state":"current","since":1,"k":"{k}"}}]}}"#
            ))
        };
        let good = base64url(&[7; 32]);
        assert!(read(&good).is_ok());
        // As `openssl rand -base64 32` writes it: padded, and perhaps with characters of the other alphabet.
        let (padded, other_alphabet) = (format!("{good}="), "+".repeat(43));
        let (short, long) = (base64url(&[7; 31]), base64url(&[7; 33]));
        for k in ["", "canary", &padded, &other_alphabet, &short, &long] {
            let problem = "key 1 (Current) is not 32 bytes in \"k\", as base64url without padding";
            assert_eq!(read(k).unwrap_err(), problem, "{k}");
        }
    }

    #[test]
    fn a_mac_depends_on_key_purpose_and_message() {
        let (one, other) = (TokenKey::generate().1, TokenKey::generate().1);
        let mac = |key: &TokenKey, message| key.authenticate(MacPurpose::RefreshToken, message);
        assert_eq!(mac(&one, b"m"), mac(&one, b"m"));
        assert_ne!(mac(&one, b"m"), mac(&one, b"n"));
        assert_ne!(mac(&one, b"m"), mac(&other, b"m"));
        assert_ne!(mac(&one, b"m"), one.authenticate(MacPurpose::MailCode, b"m"));
    }
}
