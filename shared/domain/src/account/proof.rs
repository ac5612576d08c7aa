//! Proofs: what a person has just shown to be theirs, an account elsewhere or a mailbox.

use serde::{Deserialize, Serialize};

use crate::account::email::EmailAddress;
use crate::account::profile::Profile;
use crate::account::trust::Word;
use crate::secret::{sha256, write_id};

/// What a person has just proven.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// That they are this issuer's subject.
    Subject {
        /// The provider's name in the configuration.
        provider: String,
        /// The provider's name for people.
        #[serde(default)]
        label: String,
        /// Who vouches for the subject.
        issuer: String,
        /// What the provider says about them.
        profile: Profile,
        /// How far the issuer's word on the address goes.
        trust_email: Word,
    },
    /// That they can read mail to this address.
    Mailbox(EmailAddress),
}

impl Proof {
    /// The provider's name for people; empty for a mailbox.
    pub fn label(&self) -> &str {
        match self {
            Self::Subject { label, provider, .. } if label.is_empty() => provider,
            Self::Subject { label, .. } => label,
            Self::Mailbox(_) => "",
        }
    }

    /// What was proven, in words for people.
    pub fn told(&self) -> String {
        match self {
            Self::Subject { profile, .. } => told(self.label(), profile.account().as_deref()),
            Self::Mailbox(address) => address.to_string(),
        }
    }

    /// The address that is proven well enough to lead to an account.
    pub fn proven_email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Subject { profile, trust_email, .. } => {
                profile.email.as_ref().filter(|_| profile.email_verified && *trust_email == Word::True)
            }
            Self::Mailbox(address) => Some(address),
        }
    }

    /// The address that leads to an account: at once if it is [proven](Self::proven_email), otherwise after its mailbox
    /// has opened a link.
    pub fn claimed_email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Subject { profile, trust_email, .. } => {
                profile.email.as_ref().filter(|_| profile.email_verified && *trust_email != Word::False)
            }
            Self::Mailbox(address) => Some(address),
        }
    }

    /// The public id of what was proven, `aid_…`. The same proof always has the same id, with or without an account.
    pub fn identity_id(&self) -> String {
        let hash = sha256(
            match self {
                Self::Subject { issuer, profile, .. } => format!("subject#{issuer}#{}", profile.subject),
                Self::Mailbox(address) => format!("mailbox#{}", address.canonical()),
            }
            .as_bytes(),
        );
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        write_id("aid", &id)
    }
}

/// An identity in words for people: the provider's name, and what the account there is recognised by.
pub fn told(label: &str, account: Option<&str>) -> String {
    match account {
        Some(account) => format!("{label}: {account}"),
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::tests::{address, proof};

    #[test]
    fn an_address_is_proven_only_when_it_is_verified_and_the_provider_is_trusted() {
        assert_eq!(proof(true, Word::True).proven_email(), Some(&address()));
        assert_eq!(proof(true, Word::Confirmed).proven_email(), None);
        assert_eq!(proof(true, Word::False).proven_email(), None);
        assert_eq!(proof(false, Word::True).proven_email(), None);
        assert_eq!(Proof::Mailbox(address()).proven_email(), Some(&address()));
    }

    #[test]
    fn an_address_is_claimed_where_it_is_proven_and_where_it_was_confirmed_once() {
        for (word, claimed) in [(Word::True, true), (Word::Confirmed, true), (Word::False, false)] {
            assert_eq!(proof(true, word).claimed_email().is_some(), claimed, "{word:?}");
            assert_eq!(proof(false, word).claimed_email(), None, "{word:?}");
        }
        assert_eq!(Proof::Mailbox(address()).claimed_email(), Some(&address()));
    }
}
