//! Mailed codes: what a person types instead of opening the link, on the client that asked for it.

use serde::{Deserialize, Serialize};

use crate::account::email::EmailAddress;
use crate::browser::binding::{CodeChallenge, TransactionName};
use crate::clock::Timestamp;
use crate::keys::KeySet;
use crate::keys::token_key::{MacPurpose, TokenKey};
use crate::redirect::ReturnTo;
use crate::secret::{Secret, new_id, random_code, read_code, read_id, spell_code};

/// Eight characters of an alphabet without look-alikes: 39 bits, which is enough for [`MAX_TRIES`] and no more.
#[derive(Clone, Debug)]
pub struct MailCode(Secret);

/// A request's public id, `mlr_…`. Nothing else is ever looked up in its place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// Reads `mlr_` and 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        read_id(Self::PREFIX, text).map(|_| Self(text.to_owned()))
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A fresh one.
    pub fn random() -> Self {
        Self(new_id(Self::PREFIX))
    }

    /// The name of the request's transaction, for the cookie that binds it.
    pub fn transaction(&self) -> TransactionName {
        TransactionName::of(self.0.trim_start_matches("mlr_"))
    }

    const PREFIX: &str = "mlr";
}

/// What is kept of a code, under the id of the request that it was mailed for. It leads to the link of the same mail,
/// which is what is used up: one mail opens one session, whichever way.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredMailCode {
    /// Whom the mail was asked for, as it was typed.
    pub email: EmailAddress,
    /// Where the browser that asked goes afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ReturnTo>,
    /// When the mail was asked for.
    pub asked_at: Timestamp,
    /// The key under which the link is kept.
    pub link_key: String,
    /// The code, authenticated under a token key: a plain hash of 39 bits could be undone.
    pub code_mac: CodeMac,
    /// The caller's binding, the same as the link's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// The number of tries so far.
    pub tries: u32,
    /// The end of the code's lifetime.
    pub valid_until: Timestamp,
}

impl MailCode {
    /// A fresh code.
    pub fn random() -> Self {
        Self(random_code(LENGTH))
    }

    /// Reads what a person typed: case, spaces and hyphens do not matter. `None` for what no code ever was.
    pub fn parse(text: &str) -> Option<Self> {
        read_code(text, LENGTH).map(Self)
    }

    /// The code in two groups, as the mail shows it.
    pub fn spelled(&self) -> Secret {
        spell_code(&self.0)
    }

    /// What to keep of the code for its request; `None` when there is no current key.
    pub fn keep(&self, request_id: &RequestId, keys: &KeySet<TokenKey>) -> Option<CodeMac> {
        keys.authenticate(MacPurpose::MailCode, &self.message(request_id)).map(CodeMac)
    }

    fn message(&self, request_id: &RequestId) -> String {
        format!("{} {}", request_id.as_str(), self.0.reveal())
    }
}

/// A code, authenticated under a token key: a plain hash of 39 bits could be undone.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct CodeMac(String);

impl CodeMac {
    /// Whether this is the code that was mailed for the request.
    pub fn is(&self, code: &MailCode, request_id: &RequestId, keys: &KeySet<TokenKey>) -> bool {
        keys.is_authentic(&self.0, MacPurpose::MailCode, &code.message(request_id))
    }
}

/// How often a code may be tried.
pub const MAX_TRIES: u32 = 5;

const LENGTH: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeySet<TokenKey> {
        KeySet::sample(TokenKey::generate)
    }

    fn request(number: u32) -> RequestId {
        RequestId::parse(&format!("mlr_{number:032x}")).unwrap()
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let (code, keys) = (MailCode::random(), keys());
        let kept = code.keep(&request(1), &keys).unwrap();
        let spelled = code.spelled().reveal().to_owned();
        assert_eq!(spelled.len(), 9);
        for typed in [spelled.clone(), spelled.to_lowercase(), spelled.replace('-', ""), spelled.replace('-', " ")] {
            assert!(kept.is(&MailCode::parse(&typed).unwrap(), &request(1), &keys), "{typed}");
        }
    }

    #[test]
    fn a_code_is_good_for_its_own_request_and_keys_only() {
        let (code, keys) = (MailCode::random(), keys());
        let kept = code.keep(&request(1), &keys).unwrap();
        assert!(!kept.is(&code, &request(2), &keys));
        assert!(!kept.is(&MailCode::random(), &request(1), &keys));
        assert!(!kept.is(&code, &request(1), &self::keys()));
    }

    #[test]
    fn what_no_code_ever_was_is_not_read() {
        for typed in ["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFG0", "ABCD-EFGI", "ABCD_EFGH", "ÄBCD-EFGH"] {
            assert!(MailCode::parse(typed).is_none(), "{typed:?}");
        }
    }

    #[test]
    fn the_code_itself_is_not_kept() {
        let code = MailCode::random();
        let kept = code.keep(&request(1), &keys()).unwrap();
        assert!(!serde_json::to_string(&kept).unwrap().contains(code.0.reveal()));
    }
}
