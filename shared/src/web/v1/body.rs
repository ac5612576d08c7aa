//! The bodies of contract `v1`. Requests have their fields in the order in which complaints about them come.

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use domain::account::email::EmailAddress;
use domain::account::{self, LinkReason};
use domain::browser::binding::CodeChallenge;
use domain::provider::state::CallersState;

use crate::web::date_time::DateTime;
use crate::web::outcome::UserBody;
use crate::web::request::{Field, Parsed, Text, Verifier};

/// Starts a sign-in with a provider.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginBody {
    pub(super) scopes: Option<Parsed<ScopesBody>>,
    pub(super) provider: Parsed<String>,
    pub(super) redirect_uri: Parsed<String>,
    pub(super) return_to: Option<Parsed<String>>,
    pub(super) state: Option<Parsed<CallersState>>,
    pub(super) code_challenge: Option<Parsed<CodeChallenge>>,
    pub(super) actor_type: Option<Parsed<String>>,
}

/// What a client asks a provider for.
pub struct ScopesBody(pub(super) Vec<String>);

/// Where to send the person.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginStartedBody<'a> {
    pub(super) auth_url: &'a str,
    pub(super) state: &'a str,
}

/// What a provider sent a client back with.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallbackBody {
    pub(super) provider: Parsed<String>,
    pub(super) state: Parsed<String>,
    pub(super) code_verifier: Option<Parsed<Verifier>>,
    /// Needed from every provider but an external login.
    pub(super) code: Option<Parsed<String>>,
    pub(super) iss: Option<Parsed<String>>,
}

/// Asks for a mail with a link and a code.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MagicLinkBody {
    pub(super) email: Parsed<EmailAddress>,
    pub(super) redirect_uri: Parsed<String>,
    pub(super) code_challenge: Option<Parsed<CodeChallenge>>,
    pub(super) actor_type: Option<Parsed<String>>,
}

/// A mail was sent.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LinkSentBody<'a> {
    pub(super) sent: bool,
    pub(super) expires_at: DateTime,
    pub(super) request_id: &'a str,
}

/// Shows the link, or else the code, of a mail.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct VerifyBody {
    pub(super) token: Option<Parsed<String>>,
    pub(super) request_id: Option<Parsed<String>>,
    /// Looked at without a token only.
    #[serde(default)]
    pub(super) code: Value,
    pub(super) code_verifier: Option<Parsed<Verifier>>,
}

/// Shows a second factor that is due.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorBody {
    pub(super) session_id: Parsed<String>,
    pub(super) code: Parsed<String>,
}

/// Shows a code of a second factor.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CodeBody {
    pub(super) code: Parsed<String>,
}

/// Shows a code where a second factor is set up already.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OptionalCodeBody {
    pub(super) code: Option<Parsed<String>>,
}

/// What goes into an authenticator app.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TotpBody<'a> {
    pub(super) secret: &'a str,
    pub(super) otpauth_uri: &'a str,
    pub(super) qr_svg: &'a str,
}

/// Recovery codes, shown once.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodesBody<'a> {
    pub(super) recovery_codes: Vec<&'a str>,
}

/// An access token.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccessTokenBody<'a> {
    pub(super) access_token: &'a str,
    pub(super) expires_at: DateTime,
}

/// Keeps a session alive, by its refresh token or else by its cookie.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RefreshBody {
    pub(super) refresh_token: Option<Parsed<String>>,
}

/// Ends this session, or all of them.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LogoutBody {
    pub(super) everywhere: Option<Parsed<bool>>,
}

/// The session that asks.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CurrentSessionBody<'a> {
    pub(super) user: UserBody<'a>,
    pub(super) session_id: String,
    pub(super) expires_at: DateTime,
    pub(super) access_token: &'a str,
    pub(super) amr: &'a [String],
    pub(super) identities: Vec<IdentityBody<'a>>,
}

/// An account elsewhere that leads to this one: where it is, since when, and why.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IdentityBody<'a> {
    provider: &'a str,
    linked_at: DateTime,
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    reason: LinkReason,
}

/// A token of the external login by which a person came.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExternalTokenBody<'a> {
    pub(super) auth_token: &'a str,
    pub(super) expires_at: DateTime,
}

/// A page of a person's sessions.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SessionsBody<'a> {
    pub(super) sessions: Vec<ListedSessionBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A session as its person sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ListedSessionBody<'a> {
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
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct KeySetBody<'a> {
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>"))]
    pub(super) keys: &'a [Jwk],
}

/// The issuer's metadata (OpenID Connect Discovery section 3).
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MetadataBody<'a> {
    pub(super) issuer: &'a str,
    pub(super) jwks_uri: String,
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<String>"))]
    pub(super) id_token_signing_alg_values_supported: &'a [Algorithm],
    pub(super) response_types_supported: [&'static str; 1],
    pub(super) subject_types_supported: [&'static str; 1],
}

impl<'a> IdentityBody<'a> {
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

impl Field for ScopesBody {
    fn read(value: Value) -> Result<Self, &'static str> {
        let Value::Array(items) = value else { return Err(ARRAY) };
        let texts = items.into_iter().map(|item| if let Value::String(text) = item { Ok(text) } else { Err(ARRAY) });
        let scopes = texts.collect::<Result<Vec<_>, _>>()?;
        let tokens = scopes.iter().all(|scope| is_scope(scope));
        if tokens { Ok(Self(scopes)) } else { Err("an array of scope tokens (RFC 6749 section 3.3)") }
    }

    fn schema() -> Value {
        json!({"type": "array", "items": {"type": "string", "pattern": "^[!#-\\[\\]-~]+$"}})
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
