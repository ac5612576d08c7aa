//! What an authenticator is asked to sign, and what stays here until it has.

use serde::{Deserialize, Serialize};

use crate::browser::binding::{Binding, Bindings, CodeChallenge, TransactionName};
use crate::clock::Timestamp;
use crate::passkey::ceremony::AuthenticationResponse;
use crate::secret::SingleUseToken;

/// What an answer is for: one for something else is none.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CeremonyPurpose {
    /// To register a passkey.
    Registration,
    /// To show a second factor on the way in.
    SecondFactor,
    /// To sign in by the passkey alone.
    SignIn,
    /// To show a passkey again.
    StepUp,
}

impl CeremonyPurpose {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SecondFactor => "second_factor",
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
        }
    }
}

/// What is kept until the authenticator has answered, once.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasskeyChallenge {
    /// What the answer is for.
    pub purpose: CeremonyPurpose,
    /// The hash of the id of the session, partial or not, that asked; none has when somebody wants to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_hash: Option<String>,
    /// Whether the person had no factor at all when they asked to register a passkey.
    #[serde(default)]
    pub first: bool,
    /// What was asked, as the [`ceremony`](super::ceremony) wrote it.
    pub asked: String,
    /// The binding to the browser that asked, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// The end of the challenge's lifetime.
    pub valid_until: Timestamp,
    /// When it was used, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

/// A question to an authenticator.
#[derive(Debug)]
pub struct CeremonyRequest {
    /// By what the answer names the question.
    pub request: SingleUseToken,
    /// The end of the challenge's lifetime.
    pub expires_at: Timestamp,
    /// What the browser is to pass on, as `PublicKeyCredentialCreationOptionsJSON` or
    /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn sections 5.1.8 and 5.1.9).
    pub options: serde_json::Value,
    /// What ties it to the browser that asked.
    pub binding: Option<Binding>,
}

/// What comes back of a question.
#[derive(Clone, Debug)]
pub struct CeremonyResponse<A = AuthenticationResponse> {
    /// By what it names the question; `None` for what can never have named one.
    pub request: Option<SingleUseToken>,
    /// What the authenticator says.
    pub presented: A,
    /// What ties the browser that it comes from to what it asked before.
    pub bindings: Bindings,
}

/// By what a browser's cookie names the request.
pub fn transaction(request: &SingleUseToken) -> TransactionName {
    TransactionName::of(&request.key())
}
