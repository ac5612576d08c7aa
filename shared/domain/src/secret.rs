//! Secrets, randomness and hashes: what must not be printed, guessed or stored in the clear.

use std::fmt;

use aws_lc_rs::{constant_time, digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serializer};

/// A value that cannot be printed by accident: `Debug` says redacted, and reading it takes the word `reveal`.
#[derive(Clone, Deserialize, Eq, PartialEq)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `value`.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// 256 random bits as 43 characters of base64url.
    pub fn random() -> Self {
        Self(base64url(&random_bytes::<32>()))
    }

    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Serialises the value itself, for the stores that exist to keep secrets. A field must ask for it by name.
    ///
    /// # Errors
    ///
    /// When the serialiser fails.
    pub fn serialize_revealed<S: Serializer>(secret: &Self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.reveal())
    }

    /// The hash under which the value may be stored.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// SHA-256 of a value as 43 characters of base64url: safe to store only for a value with at least 128 bits of entropy;
/// counters use it as a short key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hash(String);

impl Hash {
    /// The hash of `value`.
    pub fn of(value: &str) -> Self {
        Self(base64url(&sha256(value.as_bytes())))
    }

    /// The 43 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A secret that works once: 256 random bits, 43 characters of base64url. What it opens is kept under its hash.
#[derive(Clone, Debug)]
pub struct SingleUseToken(Secret);

impl SingleUseToken {
    /// A fresh one.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads a token; `None` for what was never one.
    pub fn parse(text: &str) -> Option<Self> {
        (from_base64url(text)?.len() == 32).then(|| Self(Secret::new(text)))
    }

    /// The token itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The key under which is kept what it opens.
    pub fn key(&self) -> String {
        self.0.hash().as_str().to_owned()
    }
}

/// SHA-256 of `bytes` (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Base64url without padding (RFC 4648 section 5).
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding; `None` for anything but its one canonical spelling.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Whether two byte strings are equal, in time that depends on their lengths alone.
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// `N` bytes from the operating system's generator.
///
/// # Panics
///
/// When the operating system has no randomness to give: nothing safe can be done then.
#[expect(clippy::expect_used, clippy::disallowed_methods, reason = "the one place where randomness is drawn")]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// A number from 0 to 1, each as likely as the next.
pub fn random_share() -> f64 {
    f64::from(u32::from_ne_bytes(random_bytes())) / f64::from(u32::MAX)
}

/// A code for people to type: `length` characters of an alphabet without look-alikes, each as likely as the next.
pub fn random_code(length: usize) -> Secret {
    let mut code = String::with_capacity(length);
    while code.len() < length {
        // Bytes beyond a multiple of the alphabet are thrown again, so that every character is as likely.
        let byte = usize::from(random_bytes::<1>()[0]);
        if byte < 256 - 256 % CODE_ALPHABET.len() {
            code.push(char::from(CODE_ALPHABET[byte % CODE_ALPHABET.len()]));
        }
    }
    Secret(code)
}

/// Reads what a person typed of such a code: case, spaces and hyphens do not matter. `None` for what none ever was.
pub fn read_code(text: &str, length: usize) -> Option<Secret> {
    let kept = text.chars().filter(|character| !matches!(character, ' ' | '-'));
    let code: String = kept.map(|character| character.to_ascii_uppercase()).collect();
    let fits = code.len() == length && code.bytes().all(|byte| CODE_ALPHABET.contains(&byte));
    fits.then_some(Secret(code))
}

/// A code as it is shown: in two groups.
pub fn spell_code(code: &Secret) -> Secret {
    let (left, right) = code.0.split_at(code.0.len() / 2);
    Secret(format!("{left}-{right}"))
}

/// Without 0 and O, 1, I and L.
const CODE_ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// A fresh public identifier.
pub fn new_id(prefix: &str) -> String {
    write_id(prefix, &random_bytes())
}

/// An identifier: `prefix`, an underscore, and 128 bits as 32 hexadecimal digits in lower case.
pub fn write_id(prefix: &str, id: &[u8; 16]) -> String {
    id.iter().fold(format!("{prefix}_"), |text, byte| format!("{text}{byte:02x}"))
}

/// Reads what [`write_id`] wrote, in that one spelling.
pub fn read_id(prefix: &str, text: &str) -> Option<[u8; 16]> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    let mut id = [0; 16];
    for (index, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    (write_id(prefix, &id) == text).then_some(id)
}

/// The type of the public ids that start with `$prefix`, as [`write_id`] writes them.
macro_rules! public_id {
    ($(#[$about:meta])* $name:ident, $prefix:literal, $problem:literal) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, serde::Deserialize, Eq, Ord, PartialEq, PartialOrd, serde::Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            #[doc = concat!("Reads `", $prefix, "_` and 32 lower-case hexadecimal digits.")]
            pub fn parse(text: &str) -> Option<Self> {
                $crate::secret::read_id($prefix, text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::secret::write_id($prefix, &self.0))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                Self::parse(&text).ok_or($problem)
            }
        }
    };
}

pub(crate) use public_id;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
    }

    #[test]
    fn two_random_secrets_differ_and_have_43_characters() {
        let (one, other) = (Secret::random(), Secret::random());
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(one.reveal().len(), 43);
    }

    #[test]
    fn a_hash_is_sha_256_in_base64url() {
        assert_eq!(Hash::of("abc").as_str(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }

    #[test]
    fn base64url_with_stray_trailing_bits_is_refused() {
        assert_eq!(from_base64url("AA"), Some(vec![0]));
        assert_eq!(from_base64url("AB"), None);
    }

    #[test]
    fn an_id_reads_back_in_one_spelling_only() {
        let id = new_id("ses");
        assert_eq!(write_id("ses", &read_id("ses", &id).unwrap()), id);
        let digits = "0123456789abcdef".repeat(2);
        for text in [
            format!("ses_{}", digits.to_uppercase()),
            format!("usr_{digits}"),
            format!("ses_{digits}0"),
            format!("ses_+1{}", &digits[2..]),
            format!("ses_{}", &digits[2..]),
            digits,
        ] {
            assert_eq!(read_id("ses", &text), None, "{text}");
        }
    }

    #[test]
    fn a_single_use_token_has_exactly_256_bits() {
        assert!(SingleUseToken::parse(&"A".repeat(43)).is_some());
        for text in ["", "A", &"A".repeat(42), &"A".repeat(44), &format!("{}=", "A".repeat(43)), &"!".repeat(43)] {
            assert!(SingleUseToken::parse(text).is_none(), "{text:?}");
        }
    }
}
