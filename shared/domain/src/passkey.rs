//! Passkeys: key pairs whose private half never leaves the person's authenticator, and which answer our pages alone
//! (Web Authentication Level 3). A passkey is a second factor, and a way to sign in by itself.

mod authenticator_data;
mod base64url;
mod cbor;
pub mod ceremony;
pub mod challenge;
mod credential;
mod maker;
mod public_key;
mod response;
#[cfg(test)]
mod software_key;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::secret::{public_id, random_bytes};

/// Whose passkeys these are: what an authenticator keeps them for (WebAuthn section 4, "relying party").
#[derive(Clone, Debug)]
pub struct RelyingParty {
    /// A domain. Passkeys answer to pages of this domain and of those below it.
    pub id: String,
    /// What the person reads when an authenticator asks them.
    pub name: String,
    /// The pages among these whose word counts.
    pub origins: Vec<String>,
}

/// A passkey as it is kept. All of it is public; what it can do is done with the private key that we never see.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Passkey {
    /// What the person calls it.
    pub title: PasskeyName,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was used last, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// Whether a copy exists beyond the authenticator, when it last spoke (WebAuthn section 6.1.3).
    pub backed_up: bool,
    /// How often it had signed then; 0 for one that does not count (WebAuthn section 6.1.1).
    pub sign_count: u32,
    /// The public key and what goes with it, as the module `credential` writes it.
    credential: String,
}

/// Everything that a person has registered, by id.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct StoredPasskeys(BTreeMap<PasskeyId, Passkey>);

impl StoredPasskeys {
    /// One of them.
    pub fn find(&self, id: PasskeyId) -> Option<&Passkey> {
        self.0.get(&id)
    }

    /// All of them, the oldest first.
    pub fn oldest_first(&self) -> Vec<(PasskeyId, &Passkey)> {
        let mut all: Vec<_> = self.0.iter().map(|(id, passkey)| (*id, passkey)).collect();
        all.sort_by_key(|(id, passkey)| (passkey.created_at, *id));
        all
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

public_id! {
    /// A passkey's public id, `psk_…`. Authenticators know it by another one.
    PasskeyId, "psk", "not a passkey's id"
}

impl PasskeyId {
    /// A fresh one.
    pub fn random() -> Self {
        Self(random_bytes())
    }
}

/// What a person calls a passkey: 1 to 64 characters without control characters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// Reads a name; white space around it does not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for PasskeyName {
    fn default() -> Self {
        Self("Passkey".to_owned())
    }
}

/// How many passkeys a person may have.
pub const MAX_PASSKEYS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_64_characters_that_can_be_read() {
        for (text, name) in [("Laptop", "Laptop"), ("  Ada’s key ", "Ada’s key"), (&"é".repeat(64), &"é".repeat(64))]
        {
            assert_eq!(PasskeyName::parse(text).unwrap().as_str(), name);
        }
        for text in ["", "   ", &"é".repeat(65), "a\u{7}b", "a\nb", "a\u{85}b"] {
            assert!(PasskeyName::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn an_id_reads_back_in_one_spelling_only() {
        let id = PasskeyId::random();
        assert_eq!(PasskeyId::parse(&id.to_string()), Some(id));
        for text in ["", "psk_", &id.to_string().to_uppercase(), &id.to_string().replace("psk", "ses")] {
            assert_eq!(PasskeyId::parse(text), None, "{text}");
        }
    }
}
