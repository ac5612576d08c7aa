//! Recovery codes: ten that work once each, for the day when the authenticator app is gone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::keys::KeySet;
use crate::keys::token_key::{MacPurpose, TokenKey};
use crate::secret::{Secret, random_code, read_code, spell_code};

/// Ten characters of an alphabet without look-alikes: 49 bits.
#[derive(Clone, Debug)]
pub struct RecoveryCode(Secret);

/// Codes as a person is given them, once.
#[derive(Debug)]
pub struct GivenCodes {
    /// Whose they are: what a person knows their account by.
    pub account: String,
    /// The codes.
    pub codes: Vec<Secret>,
}

/// What is kept of the codes that are left: each in its slot, authenticated under a key of ours, because a plain hash
/// of 49 bits could be undone.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct StoredRecoveryCodes(BTreeMap<String, String>);

impl RecoveryCode {
    /// Fresh codes, as the person is shown them once, and what to keep of them; `None` when there is no current key.
    pub fn generate(user_id: &str, keys: &KeySet<TokenKey>) -> Option<(Vec<Secret>, StoredRecoveryCodes)> {
        let codes: Vec<_> = (0..COUNT).map(|_| Self(random_code(LENGTH))).collect();
        let mac = |code: &Self| keys.authenticate(MacPurpose::RecoveryCode, &code.message(user_id));
        let kept = codes.iter().enumerate().map(|(slot, code)| Some((format!("c{slot}"), mac(code)?)));
        let kept = kept.collect::<Option<_>>()?;
        Some((codes.iter().map(|code| spell_code(&code.0)).collect(), StoredRecoveryCodes(kept)))
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        read_code(text, LENGTH).map(Self)
    }

    fn message(&self, user_id: &str) -> String {
        format!("{user_id} {}", self.0.reveal())
    }
}

impl StoredRecoveryCodes {
    /// The slot that holds `code`, and what is kept there.
    pub fn find(&self, code: &RecoveryCode, user_id: &str, keys: &KeySet<TokenKey>) -> Option<(&str, &str)> {
        let message = code.message(user_id);
        let is = |kept: &str| keys.is_authentic(kept, MacPurpose::RecoveryCode, &message);
        self.0.iter().find(|(_, kept)| is(kept)).map(|(slot, kept)| (slot.as_str(), kept.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all are used up.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const COUNT: usize = 10;
const LENGTH: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeySet<TokenKey> {
        KeySet::sample(TokenKey::generate)
    }

    #[test]
    fn ten_codes_each_lead_to_a_slot_of_their_own() {
        let keys = keys();
        let (shown, kept) = RecoveryCode::generate("usr_1", &keys).unwrap();
        let slot = |code: &Secret| kept.find(&RecoveryCode::parse(code.reveal()).unwrap(), "usr_1", &keys).unwrap().0;
        let slots: Vec<_> = shown.iter().map(slot).collect();
        assert_eq!(slots, ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"]);
    }

    #[test]
    fn a_code_is_good_for_its_own_person_and_keys_only() {
        let keys = keys();
        let (shown, kept) = RecoveryCode::generate("usr_1", &keys).unwrap();
        let code = RecoveryCode::parse(shown[0].reveal()).unwrap();
        assert!(kept.find(&code, "usr_2", &keys).is_none());
        assert!(kept.find(&code, "usr_1", &self::keys()).is_none());
        assert!(kept.find(&RecoveryCode(random_code(LENGTH)), "usr_1", &keys).is_none());
    }

    #[test]
    fn the_codes_themselves_are_not_kept() {
        let (shown, kept) = RecoveryCode::generate("usr_1", &keys()).unwrap();
        let kept = serde_json::to_string(&kept).unwrap();
        for code in shown {
            assert_eq!(code.reveal().len(), 11);
            assert!(!kept.contains(code.reveal()) && !kept.contains(&code.reveal().replace('-', "")), "{kept}");
        }
    }
}
