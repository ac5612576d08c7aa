//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 seconds, one step of patience either side. It is
//! what every authenticator app speaks.

use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Totp};

use super::code::TotpCode;
use crate::clock::Timestamp;
use crate::keys::KeySet;
use crate::keys::token_key::TokenKey;
use crate::secret::{Secret, random_bytes};

/// 160 random bits that an authenticator app shares with us (RFC 4226 section 4, requirement 6), in base32.
#[derive(Clone, Debug)]
pub struct Seed(Secret);

/// A seed as it is kept: it opens for its own person's item only.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SealedSeed(String);

/// A span of 30 seconds, counted since the epoch.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct TimeStep(i64);

/// What a person puts into their authenticator app.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The seed in base32, to be typed.
    pub secret: Secret,
    /// The same as an address that an app opens.
    pub uri: Secret,
    /// The address as a picture to be scanned: one `svg` element.
    pub qr: Secret,
}

impl Seed {
    /// A fresh one.
    pub fn random() -> Self {
        Self::from(random_bytes::<20>())
    }

    /// Seals the seed for the item of `user_id`; `None` when there is no current key.
    pub fn seal(&self, user_id: &str, keys: &KeySet<TokenKey>) -> Option<SealedSeed> {
        keys.seal(&self.0, &key(user_id)).map(SealedSeed)
    }

    /// The step that `code` is for, if it is this one or its neighbour.
    pub fn step_of(&self, code: &TotpCode, now: Timestamp) -> Option<TimeStep> {
        let step = self.totp("", "")?.check(code.reveal(), u64::try_from(now.seconds()).ok()?)?;
        i64::try_from(step).ok().map(TimeStep)
    }

    /// What to show to the person, in the name of `brand`, for the account called `account`; `None` when the names are
    /// longer than a picture can hold.
    pub fn invitation(&self, brand: &str, account: &str) -> Option<Enrolment> {
        // The label parts the two names by a colon, so that none may have one.
        let named = |name: &str| name.replace(':', "");
        let uri = self.totp(&named(brand), &named(account))?.to_url().ok()?;
        let picture = QrCode::new(&uri).ok()?.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
        // Within a page, an XML declaration is an error.
        let element = picture.find("<svg").map(|start| picture[start..].to_owned())?;
        Some(Enrolment { secret: self.0.clone(), uri: Secret::new(uri), qr: Secret::new(element) })
    }

    fn totp(&self, brand: &str, account: &str) -> Option<Totp> {
        let secret = totp_rs::Secret::try_from_base32(self.0.reveal()).ok()?;
        let issuer = (!brand.is_empty()).then_some(brand);
        Builder::new().with_secret(secret).with_issuer(issuer).with_account_name(account).build().ok()
    }
}

impl From<[u8; 20]> for Seed {
    fn from(bytes: [u8; 20]) -> Self {
        Self(Secret::new(totp_rs::Secret::from(bytes).to_base32()))
    }
}

impl SealedSeed {
    /// Opens what [`Seed::seal`] made for the same person.
    ///
    /// # Errors
    ///
    /// When it is another person's, altered, or its key is gone.
    pub fn open(&self, user_id: &str, keys: &KeySet<TokenKey>) -> Result<Seed, Unopened> {
        keys.open(&self.0, &key(user_id)).map(Seed).ok_or(Unopened)
    }

    /// What is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TimeStep {
    /// Its number.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// A seed or a code cannot be opened, because the key that sealed it is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unopened;

/// The key under which a person's factors are kept, and the context for which its seed is sealed.
pub fn key(user_id: &str) -> String {
    format!("factor#{user_id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::second_factor::code::Code;

    /// The seed of RFC 6238 appendix B, and its table's last six digits.
    const RFC: [u8; 20] = *b"12345678901234567890";
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    fn step_of(seed: &Seed, code: &str, seconds: i64) -> Option<i64> {
        let Some(Code::Totp(code)) = Code::parse(code) else { panic!("{code}") };
        seed.step_of(&code, Timestamp::from_seconds(seconds)).map(TimeStep::number)
    }

    #[test]
    fn the_vectors_of_rfc_6238_count_in_their_step() {
        for (seconds, code) in VECTORS {
            assert_eq!(step_of(&Seed::from(RFC), code, seconds), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_counts_one_step_early_or_late_and_no_more() {
        let seed = Seed::from(RFC);
        let (start, code) = (1_111_111_110, "050471");
        for seconds in [start - 30, start, start + 59] {
            assert_eq!(step_of(&seed, code, seconds), Some(start / 30), "{seconds}");
        }
        for seconds in [start - 31, start + 60] {
            assert_eq!(step_of(&seed, code, seconds), None, "{seconds}");
        }
    }

    #[test]
    fn a_seed_has_160_bits_and_differs_from_the_next() {
        let (one, other) = (Seed::random(), Seed::random());
        assert_eq!(one.0.reveal().len(), 32);
        assert_ne!(one.0, other.0);
    }

    #[test]
    fn a_sealed_seed_opens_for_its_own_person_only() {
        let keys = KeySet::sample(TokenKey::generate);
        let seed = Seed::random();
        let sealed = seed.seal("usr_1", &keys).unwrap();
        assert!(!sealed.as_str().contains(seed.0.reveal()));
        assert_eq!(sealed.open("usr_1", &keys).unwrap().0, seed.0);
        assert!(sealed.open("usr_2", &keys).is_err());
        assert!(sealed.open("usr_1", &KeySet::sample(TokenKey::generate)).is_err());
    }

    #[test]
    fn the_address_names_brand_and_account_and_the_picture_is_one_element() {
        let shown = Seed::from(RFC).invitation("Acme: Tools", "ada@example.com").unwrap();
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(shown.secret.reveal(), secret);
        let expected = format!("otpauth://totp/Acme%20Tools:ada%40example.com?secret={secret}&issuer=Acme%20Tools");
        assert_eq!(shown.uri.reveal(), expected);
        assert!(shown.qr.reveal().starts_with("<svg ") && shown.qr.reveal().ends_with("</svg>"));
        assert!(!shown.qr.reveal().contains("script") && !shown.qr.reveal().contains("style"));
    }
}
