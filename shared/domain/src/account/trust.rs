//! How far a provider's word on an address goes: it may run the mailbox, have made sure of it once, or just say so.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::email::EmailAddress;

/// How far the word on one address goes, as `trustEmail` says it: `true`, `"confirmed"` or `false`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "Spelled", into = "Spelled")]
pub enum Word {
    /// Who says so runs the mailbox, or answers for it: the address is proven.
    True,
    /// Who says so made sure once, perhaps long ago; the mailbox may be somebody else's by now. It leads nowhere before
    /// the mailbox itself has opened a link.
    Confirmed,
    /// It is shown, and nothing more.
    #[default]
    False,
}

/// How far a provider's word on addresses goes: the same for all, or by their domain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(untagged, expecting = "trustEmail is true, \"confirmed\", false, or an object with domains and domainClaim")]
pub enum TrustEmail {
    /// As far as this.
    All(Word),
    /// `true` for these, `"confirmed"` for all others.
    Domains(Domains),
}

/// Domains whose mailboxes a provider runs or answers for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Domains {
    /// By name.
    #[serde(default)]
    domains: Vec<String>,
    /// By what the person's own token says there: a JSON pointer (RFC 6901).
    domain_claim: Option<String>,
}

impl Default for TrustEmail {
    fn default() -> Self {
        Self::All(Word::False)
    }
}

impl TrustEmail {
    /// The word on `address` by a provider whose token says `claims`.
    pub fn word(&self, address: &EmailAddress, claims: &Value) -> Word {
        match self {
            Self::All(word) => *word,
            Self::Domains(Domains { domains, domain_claim }) => {
                let claimed = domain_claim.as_ref().and_then(|pointer| claims.pointer(pointer)?.as_str());
                let runs = domains.iter().map(String::as_str).chain(claimed).any(|domain| address.is_at(domain));
                if runs { Word::True } else { Word::Confirmed }
            }
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(untagged, expecting = "true, \"confirmed\" or false")]
enum Spelled {
    Plain(bool),
    Tagged(Tag),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Tag {
    Confirmed,
}

impl From<Spelled> for Word {
    fn from(spelled: Spelled) -> Self {
        match spelled {
            Spelled::Plain(true) => Self::True,
            Spelled::Plain(false) => Self::False,
            Spelled::Tagged(Tag::Confirmed) => Self::Confirmed,
        }
    }
}

impl From<Word> for Spelled {
    fn from(word: Word) -> Self {
        match word {
            Word::True => Self::Plain(true),
            Word::False => Self::Plain(false),
            Word::Confirmed => Self::Tagged(Tag::Confirmed),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trust(row: Value) -> TrustEmail {
        serde_json::from_value(row).unwrap()
    }

    fn word(trust: &TrustEmail, address: &str, claims: Value) -> Word {
        trust.word(&EmailAddress::parse(address).unwrap(), &claims)
    }

    #[test]
    fn a_row_says_true_confirmed_or_false_and_is_written_as_it_is_read() {
        for (spelled, expected) in
            [(json!(true), Word::True), (json!("confirmed"), Word::Confirmed), (json!(false), Word::False)]
        {
            assert_eq!(word(&trust(spelled.clone()), "ada@example.com", json!({})), expected);
            assert_eq!(serde_json::to_value(expected).unwrap(), spelled);
            assert_eq!(serde_json::from_value::<Word>(spelled).unwrap(), expected);
        }
        for spelled in [json!("true"), json!(1), json!("always"), json!({"domain": "example.com"})] {
            assert!(serde_json::from_value::<TrustEmail>(spelled.clone()).is_err(), "{spelled}");
        }
    }

    #[test]
    fn who_runs_a_domain_is_believed_about_its_mailboxes_alone() {
        let trust = trust(json!({"domains": ["gmail.com"], "domainClaim": "/hd"}));
        for (address, claims, expected) in [
            ("ada@gmail.com", json!({}), Word::True),
            ("ada@GMAIL.com", json!({}), Word::True),
            ("ada@example.com", json!({"hd": "example.com"}), Word::True),
            ("ada@bücher.example", json!({"hd": "xn--bcher-kva.example"}), Word::True),
            ("ada@example.com", json!({"hd": "Example.COM"}), Word::True),
            ("ada@example.com", json!({}), Word::Confirmed),
            ("ada@example.com", json!({"hd": "other.example"}), Word::Confirmed),
            ("ada@example.com", json!({"hd": ["example.com"]}), Word::Confirmed),
            ("ada@example.com", json!({"hd": ""}), Word::Confirmed),
            ("ada@sub.gmail.com", json!({}), Word::Confirmed),
            ("gmail.com@example.com", json!({}), Word::Confirmed),
        ] {
            assert_eq!(word(&trust, address, claims.clone()), expected, "{address} {claims}");
        }
    }
}
