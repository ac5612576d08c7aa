//! What comes back: a person with a provider's answer, or the word of an external login.

use crate::account::invite::Names;
use crate::browser::binding::CodeChallenge;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::provider::provider_error::ProviderError;
use crate::provider::state::State;
use crate::redirect::channel::ReturnChannel;
use crate::secret::Secret;
use crate::sign_in::life::RequestKey;

/// A person's return from a provider.
#[derive(Clone, Debug)]
pub struct CallbackRequest {
    /// The channel by which it reached us.
    pub channel: ReturnChannel,
    /// The provider's name; `None` if only the kept sign-in knows it.
    pub provider: Option<String>,
    /// The actor type, if the route names it.
    pub actor_type: Option<String>,
    /// What the provider said.
    pub answer: ProviderAnswer,
    /// The state; `None` if what came back cannot be one.
    pub state: Option<State>,
    /// The issuer that claims to have sent the person back (RFC 9207).
    pub iss: Option<String>,
    /// The challenge of the caller's verifier; `None` if it gave none.
    pub code_challenge: Option<CodeChallenge>,
    /// Names that came with the answer, unsigned: display data (Apple sends them once).
    pub names: Names,
    /// What a repetition of this request is recognised by, if the caller gave it a key.
    pub repeatable: Option<RequestKey>,
    /// The person's language.
    pub language: Language,
    /// Whether their browser can be shown a page of ours.
    pub shows_pages: bool,
}

/// What a provider answers (RFC 6749 section 4.1.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProviderAnswer {
    /// An authorization code.
    Code(String),
    /// The person, or the provider for them, declined.
    Declined(ProviderError),
    /// The provider failed, and says why.
    Failed(ProviderError),
    /// Neither a code nor an error.
    Nothing,
}

impl ProviderAnswer {
    /// Reads the parameters `code`, `error` and `error_description`. For a person who went back, OpenID Connect Core
    /// section 3.1.2.6, Apple and LinkedIn have words of their own beside `access_denied`.
    pub fn of(code: Option<String>, error: Option<&str>, description: Option<&str>) -> Self {
        match (error, code) {
            (
                Some(
                    error @ ("access_denied"
                    | "account_selection_required"
                    | "consent_required"
                    | "interaction_required"
                    | "login_required"
                    | "user_cancelled_authorize"
                    | "user_cancelled_login"),
                ),
                _,
            ) => Self::Declined(ProviderError::new(error, description)),
            (Some(error), _) => Self::Failed(ProviderError::new(error, description)),
            (None, Some(code)) => Self::Code(code),
            (None, None) => Self::Nothing,
        }
    }
}

/// What an external login says of a person whom it has let in.
#[derive(Debug)]
pub struct Confirmation {
    /// The token that shows who that is.
    pub token: Secret,
    /// When that token expires.
    pub expires_at: Timestamp,
    /// The state that the login was given; `None` if what came cannot be one.
    pub state: Option<State>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_answers_with_a_code_or_a_reason() {
        let why = Some("because");
        let of = |code: Option<&str>, error| ProviderAnswer::of(code.map(str::to_owned), error, why);
        let told = |error| ProviderError::new(error, why);
        assert_eq!(of(Some("c"), None), ProviderAnswer::Code("c".into()));
        assert_eq!(of(Some("c"), Some("access_denied")), ProviderAnswer::Declined(told("access_denied")));
        let cancelled = "user_cancelled_authorize";
        assert_eq!(of(None, Some(cancelled)), ProviderAnswer::Declined(told(cancelled)));
        assert_eq!(of(None, Some("server_error")), ProviderAnswer::Failed(told("server_error")));
        assert_eq!(of(None, None), ProviderAnswer::Nothing);
    }
}
