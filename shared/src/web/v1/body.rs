//! The bodies of contract `v1`. Requests have their fields in the order in which complaints about them come.

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use domain::account::email::EmailAddress;
use domain::account::{self, LinkReason};
use domain::browser::binding::CodeChallenge;
use domain::provider::state::CallersState;

use crate::web::date_time::DateTime;
use crate::web::outcome::User;
use crate::web::request::{Field, Parsed, Text, Verifier};

/// Starts a sign-in with a provider.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    pub(super) scopes: Option<Parsed<Scopes>>,
    pub(super) provider: Parsed<String>,
    pub(super) redirect_uri: Parsed<String>,
    pub(super) return_to: Option<Parsed<String>>,
    pub(super) state: Option<Parsed<CallersState>>,
    pub(super) code_challenge: Option<Parsed<CodeChallenge>>,
    pub(super) actor_type: Option<Parsed<String>>,
}

/// What a client asks a provider for.
pub struct Scopes(pub(super) Vec<String>);

/// Where to send the person.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginStarted<'a> {
    pub(super) auth_url: &'a str,
    pub(super) state: &'a str,
}

/// What a provider sent a client back with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    pub(super) provider: Parsed<String>,
    pub(super) state: Parsed<String>,
    pub(super) code_verifier: Option<Parsed<Verifier>>,
    /// Needed from every provider but an external login.
    pub(super) code: Option<Parsed<String>>,
    pub(super) iss: Option<Parsed<String>>,
}

/// Asks for a mail with a link and a code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MagicLink {
    pub(super) email: Parsed<EmailAddress>,
    pub(super) redirect_uri: Parsed<String>,
    pub(super) code_challenge: Option<Parsed<CodeChallenge>>,
    pub(super) actor_type: Option<Parsed<String>>,
}

/// A mail was sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkSent<'a> {
    pub(super) sent: bool,
    pub(super) expires_at: DateTime,
    pub(super) request_id: &'a str,
}

/// Shows the link, or else the code, of a mail.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verify {
    pub(super) token: Option<Parsed<String>>,
    pub(super) request_id: Option<Parsed<String>>,
    /// Looked at without a token only.
    #[serde(default)]
    pub(super) code: Value,
    pub(super) code_verifier: Option<Parsed<Verifier>>,
}

/// Shows a second factor that is due.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactor {
    pub(super) session_id: Parsed<String>,
    pub(super) code: Parsed<String>,
}

/// Shows a code of a second factor.
#[derive(Deserialize)]
pub struct Code {
    pub(super) code: Parsed<String>,
}

/// Shows a code where a second factor is set up already.
#[derive(Deserialize)]
pub struct OptionalCode {
    pub(super) code: Option<Parsed<String>>,
}

/// What goes into an authenticator app.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totp<'a> {
    pub(super) secret: &'a str,
    pub(super) otpauth_uri: &'a str,
    pub(super) qr_svg: &'a str,
}

/// Recovery codes, shown once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes<'a> {
    pub(super) recovery_codes: Vec<&'a str>,
}

/// An access token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken<'a> {
    pub(super) access_token: &'a str,
    pub(super) expires_at: DateTime,
}

/// Keeps a session alive, by its refresh token or else by its cookie.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refresh {
    pub(super) refresh_token: Option<Parsed<String>>,
}

/// Ends this session, or all of them.
#[derive(Deserialize)]
pub struct Logout {
    pub(super) everywhere: Option<Parsed<bool>>,
}

/// It is done.
#[derive(Serialize)]
pub struct Done {
    pub(super) success: bool,
}

/// The session that asks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session<'a> {
    pub(super) user: User<'a>,
    pub(super) session_id: String,
    pub(super) expires_at: DateTime,
    pub(super) access_token: &'a str,
    pub(super) amr: &'a [String],
    pub(super) identities: Vec<Identity<'a>>,
}

/// An account elsewhere that leads to this one: where it is, since when, and why.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity<'a> {
    provider: &'a str,
    linked_at: DateTime,
    reason: LinkReason,
}

/// A token of the external login by which a person came.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalToken<'a> {
    pub(super) auth_token: &'a str,
    pub(super) expires_at: DateTime,
}

/// A page of a person's sessions.
#[derive(Serialize)]
pub struct Sessions<'a> {
    pub(super) sessions: Vec<ListedSession<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A session as its person sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedSession<'a> {
    pub(super) id: String,
    pub(super) created_at: DateTime,
    pub(super) last_used_at: DateTime,
    pub(super) expires_at: DateTime,
    pub(super) current: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<&'a str>,
    pub(super) amr: &'a [String],
}

/// A JSON Web Key Set (RFC 7517 section 5).
#[derive(Serialize)]
pub struct KeySet<'a> {
    pub(super) keys: &'a [Jwk],
}

/// The issuer's metadata (OpenID Connect Discovery section 3).
#[derive(Serialize)]
pub struct Metadata<'a> {
    pub(super) issuer: &'a str,
    pub(super) jwks_uri: String,
    pub(super) id_token_signing_alg_values_supported: &'a [Algorithm],
    pub(super) response_types_supported: [&'static str; 1],
    pub(super) subject_types_supported: [&'static str; 1],
}

impl<'a> Identity<'a> {
    /// Those of an account.
    pub(super) fn all(identities: &'a [account::Identity]) -> Vec<Self> {
        let one = |identity: &'a account::Identity| Self {
            provider: &identity.provider,
            linked_at: DateTime(identity.linked_at),
            reason: identity.reason,
        };
        identities.iter().map(one).collect()
    }
}

impl Field for Scopes {
    fn read(value: Value) -> Result<Self, &'static str> {
        let Value::Array(items) = value else { return Err(ARRAY) };
        let texts = items.into_iter().map(|item| if let Value::String(text) = item { Ok(text) } else { Err(ARRAY) });
        let scopes = texts.collect::<Result<Vec<_>, _>>()?;
        let tokens = scopes.iter().all(|scope| is_scope(scope));
        if tokens { Ok(Self(scopes)) } else { Err("an array of scope tokens (RFC 6749 section 3.3)") }
    }
}

impl Text for CallersState {
    const MUST_BE: &'static str = "1 to 512 visible ASCII characters";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

const ARRAY: &str = "an array of strings";
