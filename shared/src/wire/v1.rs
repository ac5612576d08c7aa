//! The contract `v1`: JSON in camelCase, `{"data": …}` or `{"error", "message", "requestId"}`.

pub mod identities;
pub mod invites;
pub mod passkeys;
#[cfg(test)]
mod tests;

use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Value, json};

use super::cookie;
use super::reply::{self, Reply};
use super::request::{Request, must_be};
use crate::access_token::Issued;
use crate::assurance::Answer;
use crate::binding::{CodeChallenge, Shown};
use crate::clock::Timestamp;
use crate::failure::{Denied, Dependency, Failure};
use crate::identity::{Proof, User};
use crate::magic_link::{Evidence, LinkRequest, LinkSent, LinkWay, VerifyRequest};
use crate::mail_code::{MailCode, RequestId};
use crate::outcome::{Finished, Outcome, SignedIn, Tokens};
use crate::provider::external;
use crate::second_factor::code::Code;
use crate::second_factor::totp::Invitation;
use crate::secret::{Secret, SingleUseToken};
use crate::session::{RefreshRequest, Session, SessionId};
use crate::sign_in::{CallbackRequest, Channel, LoginRequest, LoginStarted, ProviderAnswer, State, Way};

/// Reads `POST /v1/auth/login`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn login(request: &Request) -> Result<LoginRequest, Denied> {
    let fields = request.fields()?;
    let scopes = fields.texts("scopes")?;
    if !scopes.iter().all(|scope| is_scope(scope)) {
        return Err(must_be("scopes", "an array of scope tokens (RFC 6749 section 3.3)"));
    }
    Ok(LoginRequest {
        provider: fields.text("provider")?,
        way: Way::Client { redirect_uri: fields.text("redirectUri")? },
        scopes,
        state: fields.parsed("state", "16 to 512 visible ASCII characters", State::parse)?,
        code_challenge: fields.parsed("codeChallenge", CHALLENGE, CodeChallenge::parse)?,
        actor_type: fields.optional_text("actorType")?,
        link_to: None,
    })
}

/// Writes that a sign-in is under way.
pub fn login_started(started: &LoginStarted) -> Reply {
    let mut reply = data(json!({"authUrl": started.auth_url, "state": started.state.reveal()}));
    if let Some(binding) = &started.binding {
        cookie::bind(&mut reply, binding);
    }
    reply
}

/// Reads `POST /v1/auth/callback`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn callback(request: &Request) -> Result<CallbackRequest, Denied> {
    let fields = request.fields()?;
    let provider = fields.text("provider")?;
    let external = provider == external::NAME;
    let state = State::parse(&fields.text("state")?);
    let verified = fields.parsed("codeVerifier", VERIFIER, CodeChallenge::of_verifier)?;
    // Whoever went to an external login by our navigation has a cookie in place of a verifier.
    let cookie = state.as_ref().filter(|_| external && verified.is_none());
    let bound = cookie.and_then(|state| cookie::bindings_of(request).find(&state.transaction()));
    Ok(CallbackRequest {
        channel: if bound.is_some() { Channel::Browser } else { Channel::App },
        provider: Some(provider),
        actor_type: None,
        answer: match external {
            true => ProviderAnswer::Nothing,
            false => ProviderAnswer::Code(fields.text("code")?),
        },
        state,
        iss: fields.optional_text("iss")?,
        code_challenge: verified.or(bound),
        name: None,
    })
}

/// Reads `POST /v1/auth/magic-link`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn magic_link(request: &Request) -> Result<LinkRequest, Denied> {
    let fields = request.fields()?;
    Ok(LinkRequest {
        email: fields.email("email")?,
        way: LinkWay::Client {
            redirect_uri: fields.text("redirectUri")?,
            code_challenge: fields.parsed("codeChallenge", CHALLENGE, CodeChallenge::parse)?,
        },
        actor_type: fields.optional_text("actorType")?,
        language: request.language(),
    })
}

/// Writes that a link was asked for.
pub fn link_sent(sent: &LinkSent) -> Reply {
    data(json!({"sent": true, "expiresAt": sent.expires_at.rfc3339(), "requestId": sent.request_id}))
}

/// Reads `POST /v1/auth/verify`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn verify(request: &Request) -> Result<VerifyRequest, Denied> {
    let fields = request.fields()?;
    let evidence = match (fields.optional_text("token")?, fields.optional_text("requestId")?) {
        (Some(token), None) => Evidence::Token(SingleUseToken::parse(&token)),
        (None, Some(request_id)) => {
            Evidence::Code(RequestId::parse(&request_id).zip(MailCode::parse(&fields.text("code")?)))
        }
        (None, None) | (Some(_), Some(_)) => {
            let problem = "The body must have either the field \"token\", or the fields \"requestId\" and \"code\".";
            return Err(Denied::InvalidRequest(problem.to_owned()));
        }
    };
    let shown = Shown::Client(fields.parsed("codeVerifier", VERIFIER, CodeChallenge::of_verifier)?);
    Ok(VerifyRequest { evidence, shown })
}

/// Writes what a client's return from a provider came to.
pub fn finished(finished: &Finished) -> Reply {
    match finished {
        Finished::SignedIn(outcome) => self::outcome(outcome),
        Finished::Linked(user) => identities::linked(&user.identities),
    }
}

/// Writes what a sign-in came to.
pub fn outcome(outcome: &Outcome<Tokens>) -> Reply {
    match outcome {
        Outcome::Session(signed_in) => self::signed_in(signed_in),
        Outcome::SecondFactorRequired(partial) => data(json!({
            "secondFactorRequired": true,
            "sessionId": partial.id,
            "expiresAt": partial.valid_until.rfc3339(),
            "methods": partial.methods(),
        })),
        Outcome::RegistrationRequired(registration) => data(json!({
            "registrationRequired": true,
            "registrationToken": registration.token.token.reveal(),
            "expiresAt": registration.token.expires_at.rfc3339(),
            "profile": profile_body(&registration.proof),
        })),
    }
}

/// Reads `POST /v1/auth/second-factor`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn second_factor(request: &Request) -> Result<Answer, Denied> {
    let fields = request.fields()?;
    Ok(Answer { partial: SessionId::parse(&fields.text("sessionId")?), code: Code::parse(&fields.text("code")?) })
}

/// Writes that a second factor completed a sign-in.
pub fn signed_in(signed_in: &SignedIn<Tokens>) -> Reply {
    data(session_body(signed_in))
}

/// Reads the code of a second factor; `None` for what no code ever was.
///
/// # Errors
///
/// When it is missing.
pub fn second_factor_code(request: &Request) -> Result<Option<Code>, Denied> {
    Ok(Code::parse(&request.fields()?.text("code")?))
}

/// Reads the code that a change of the second factor may need; `None` when there is none, or what no code ever was.
///
/// # Errors
///
/// When the body is malformed.
pub fn optional_second_factor_code(request: &Request) -> Result<Option<Code>, Denied> {
    Ok(request.optional_fields()?.optional_text("code")?.and_then(|code| Code::parse(&code)))
}

/// Writes what goes into an authenticator app.
pub fn totp_shown(invitation: &Invitation) -> Reply {
    data(json!({
        "secret": invitation.secret.reveal(),
        "otpauthUri": invitation.uri.reveal(),
        "qrSvg": invitation.qr.reveal(),
    }))
}

/// Writes recovery codes, which are shown once.
pub fn recovery_codes(codes: &[Secret]) -> Reply {
    data(json!({"recoveryCodes": codes.iter().map(Secret::reveal).collect::<Vec<_>>()}))
}

/// Writes the access token of a session that is fresh again.
pub fn stepped_up(access: &Issued) -> Reply {
    data(json!({"accessToken": access.token.reveal(), "expiresAt": access.expires_at.rfc3339()}))
}

/// Reads `POST /v1/auth/refresh`: the refresh token, or else the cookie.
///
/// # Errors
///
/// When there is neither.
pub fn refresh(request: &Request) -> Result<RefreshRequest, Denied> {
    let cookie = cookie::session_of(request);
    match (request.optional_fields()?.optional_text("refreshToken")?, cookie) {
        (Some(token), cookie) => Ok(RefreshRequest::Token { token: Secret::new(token), cookie }),
        (None, Some(cookie)) => Ok(RefreshRequest::Cookie { cookie, source: request.source() }),
        (None, None) => Err(must_be("refreshToken", "a string that is not empty")),
    }
}

/// Writes the tokens of a session's next generation.
pub fn refreshed(tokens: &Tokens) -> Reply {
    data(tokens_body(tokens))
}

/// Reads whether `POST /v1/auth/logout` means every session.
///
/// # Errors
///
/// When the body is malformed.
pub fn logout_everywhere(request: &Request) -> Result<bool, Denied> {
    request.optional_fields()?.flag("everywhere")
}

/// Writes that a session was ended, and has its browser forget it.
pub fn logged_out(request: &Request) -> Reply {
    let mut reply = done();
    if cookie::session_of(request).is_some() {
        cookie::sign_out(&mut reply);
    }
    reply
}

/// Writes that something was done that has nothing else to tell.
pub fn done() -> Reply {
    data(json!({"success": true}))
}

/// Writes the answer to `GET /v1/auth/session`.
pub fn session(session: &Session, user: &User, access: &Issued) -> Reply {
    data(json!({
        "user": user_body(user),
        "sessionId": session.id,
        "expiresAt": access.expires_at.rfc3339(),
        "accessToken": access.token.reveal(),
        "amr": session.amr(),
        "identities": identities::identities_body(&user.identities),
    }))
}

/// Writes the answer to `GET /v1/auth/session/external-token`.
pub fn external_token(token: &Secret, expires_at: Timestamp) -> Reply {
    data(json!({"authToken": token.reveal(), "expiresAt": expires_at.rfc3339()}))
}

/// Writes the answer to `GET /v1/auth/sessions`, asked for under the session `current`.
pub fn sessions(sessions: &[Session], current: &Session) -> Reply {
    let body = |session: &Session| {
        without_nulls(json!({
            "id": session.id,
            "createdAt": session.auth_time.rfc3339(),
            "lastUsedAt": session.rotated_at.rfc3339(),
            "expiresAt": session.ends_at().rfc3339(),
            "current": session.id == current.id,
            "client": session.client,
            "amr": session.amr(),
        }))
    };
    data(json!({"sessions": sessions.iter().map(body).collect::<Vec<_>>()}))
}

/// Writes a JSON Web Key Set (RFC 7517 section 5).
pub fn key_set(keys: &[Jwk]) -> Reply {
    published(&json!({"keys": keys}))
}

/// Writes the issuer's metadata: what a verifier of access tokens needs (OpenID Connect Discovery section 3).
pub fn metadata(issuer: &str, algorithms: &[Algorithm]) -> Reply {
    published(&json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "id_token_signing_alg_values_supported": algorithms,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
    }))
}

/// Writes why there is no outcome, for a function that speaks no other contract.
pub fn refuse<Flow>(_: &Flow, request: &Request, failure: &Failure) -> Reply {
    refused(failure, &request.caller().request_id)
}

/// Writes why there is no outcome.
pub fn refused(failure: &Failure, request_id: &str) -> Reply {
    let (code, status, message) = told(failure);
    let mut refused = reply::json(status, &json!({"error": code, "message": message, "requestId": request_id}));
    add_headers(&mut refused, failure);
    refused
}

/// Adds what HTTP itself has to say about a failure.
pub(super) fn add_headers(refused: &mut Reply, failure: &Failure) {
    match failure {
        Failure::Denied(Denied::RateLimited(pause) | Denied::SecondFactorLocked(pause)) => {
            refused.headers_mut().insert(RETRY_AFTER, pause.as_secs().max(1).into());
        }
        Failure::Denied(Denied::Unauthorized) => {
            refused.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Failure::Denied(_) | Failure::Broken(_) => {}
    }
}

/// The code, the status and the message of a failure.
pub(super) fn told(failure: &Failure) -> (&'static str, StatusCode, &str) {
    match failure {
        Failure::Denied(denied) => denial(denied),
        Failure::Broken(broken) => match broken.dependency {
            Dependency::Provider => {
                ("PROVIDER_UNAVAILABLE", StatusCode::BAD_GATEWAY, "The provider gave no usable answer. Try again.")
            }
            Dependency::Mail | Dependency::Secrets | Dependency::Store => (
                "UNAVAILABLE",
                StatusCode::SERVICE_UNAVAILABLE,
                "The service cannot answer now. Try again in a moment.",
            ),
            Dependency::Service => (
                "INTERNAL",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong. Tell the operator the request id.",
            ),
        },
    }
}

fn denial(denied: &Denied) -> (&'static str, StatusCode, &str) {
    const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
    match denied {
        Denied::AccessDenied => ("ACCESS_DENIED", BAD_REQUEST, "The sign-in was declined at the provider."),
        Denied::AccountExists => (
            "ACCOUNT_EXISTS",
            StatusCode::CONFLICT,
            "An account with this address exists. Sign in the way you did before.",
        ),
        Denied::Forbidden => (
            "FORBIDDEN",
            StatusCode::FORBIDDEN,
            "This page may not act in the person's name: its origin is not one of the allowed origins.",
        ),
        Denied::InvalidCode => (
            "INVALID_CODE",
            BAD_REQUEST,
            "The code, or the identity that it led to, did not verify. Start a new sign-in.",
        ),
        Denied::InvalidActorType => ("INVALID_REQUEST", BAD_REQUEST, "There is no such \"actorType\"."),
        Denied::InvalidInvite | Denied::InviteExpired | Denied::InviteRevoked | Denied::InviteUsed => (
            "INVALID_CODE",
            BAD_REQUEST,
            "The invite is unknown, used, revoked, expired or for somebody else. Ask for a new one.",
        ),
        Denied::InvalidPasskey => (
            "INVALID_CODE",
            BAD_REQUEST,
            "The passkey did not verify, or the request is unknown, used or expired. Start again.",
        ),
        Denied::InvalidProvider => ("INVALID_PROVIDER", BAD_REQUEST, "No provider of this name is configured."),
        Denied::InvalidRedirect => {
            ("INVALID_REDIRECT", BAD_REQUEST, "The field \"redirectUri\" must equal one of the allowed redirects.")
        }
        Denied::InvalidRequest(message) => ("INVALID_REQUEST", BAD_REQUEST, message),
        Denied::InvalidState | Denied::StateInFlight => {
            ("INVALID_STATE", BAD_REQUEST, "The state is unknown, used, expired or in use. Start a new sign-in.")
        }
        Denied::LastIdentity => {
            ("LAST_IDENTITY", StatusCode::CONFLICT, "Nothing else leads to this account. Link another identity first.")
        }
        Denied::MagicLinkExpired => ("MAGIC_LINK_EXPIRED", BAD_REQUEST, "The link has expired. Ask for a new one."),
        Denied::MagicLinkInvalid => ("MAGIC_LINK_INVALID", BAD_REQUEST, "The link is not valid. Ask for a new one."),
        Denied::MagicLinkUsed => ("MAGIC_LINK_USED", BAD_REQUEST, "The link was used already. Ask for a new one."),
        Denied::NotAuthenticatedYet => ("INVALID_STATE", BAD_REQUEST, "not authenticated yet"),
        Denied::NotFound => ("NOT_FOUND", StatusCode::NOT_FOUND, "There is no such resource."),
        Denied::NotFresh => (
            "FORBIDDEN",
            StatusCode::FORBIDDEN,
            "This needs a sign-in of the last ten minutes: sign in again, or step up.",
        ),
        Denied::NotPermitted(message) => ("FORBIDDEN", StatusCode::FORBIDDEN, message),
        Denied::PayloadTooLarge => {
            ("PAYLOAD_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 16 KiB.")
        }
        Denied::RateLimited(_) => {
            ("RATE_LIMITED", StatusCode::TOO_MANY_REQUESTS, "Too many requests. Wait as long as Retry-After says.")
        }
        Denied::RefreshTokenExpired => {
            ("REFRESH_TOKEN_EXPIRED", StatusCode::UNAUTHORIZED, "The session has expired. Sign in again.")
        }
        Denied::RefreshTokenInvalid => {
            ("REFRESH_TOKEN_INVALID", StatusCode::UNAUTHORIZED, "The refresh token is not valid. Sign in again.")
        }
        Denied::RefreshTokenRevoked => {
            ("REFRESH_TOKEN_REVOKED", StatusCode::UNAUTHORIZED, "The session was ended. Sign in again.")
        }
        Denied::SecondFactorInvalid => (
            "SECOND_FACTOR_INVALID",
            StatusCode::UNAUTHORIZED,
            "The code or passkey is wrong, or was used before. Try again.",
        ),
        Denied::SecondFactorLocked(_) => (
            "SECOND_FACTOR_LOCKED",
            StatusCode::TOO_MANY_REQUESTS,
            "Too many tries were wrong, or this sign-in is used up. Wait as long as Retry-After says, or sign in again.",
        ),
        Denied::SignUpClosed => {
            ("SIGN_UP_CLOSED", StatusCode::FORBIDDEN, "There is no account, and sign-up is closed.")
        }
        Denied::Unauthorized => {
            ("UNAUTHORIZED", StatusCode::UNAUTHORIZED, "A valid access token is needed in the header Authorization.")
        }
        Denied::UnsupportedMediaType => (
            "UNSUPPORTED_MEDIA_TYPE",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content type must be application/json, in UTF-8.",
        ),
    }
}

fn data(data: Value) -> Reply {
    reply::json(StatusCode::OK, &json!({"data": data}))
}

/// What everybody may know may be cached; no longer than a key is published before it signs.
fn published(body: &Value) -> Reply {
    let mut reply = reply::json(StatusCode::OK, body);
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    reply
}

fn session_body(signed_in: &SignedIn<Tokens>) -> Value {
    let mut body = tokens_body(&signed_in.credentials);
    body["user"] = user_body(&signed_in.user);
    body
}

fn tokens_body(tokens: &Tokens) -> Value {
    json!({
        "accessToken": tokens.access.token.reveal(),
        "refreshToken": tokens.refresh.reveal(),
        "expiresAt": tokens.access.expires_at.rfc3339(),
    })
}

fn user_body(user: &User) -> Value {
    without_nulls(json!({
        "id": user.id,
        "email": user.email,
        "emailVerified": user.email_verified,
        "name": user.name,
        "lastName": user.last_name,
        "userName": user.user_name,
        "picture": user.picture,
        "actorType": user.actor_type,
        "role": user.role,
        "createdAt": user.created_at.rfc3339(),
    }))
}

fn profile_body(proof: &Proof) -> Value {
    without_nulls(match proof {
        Proof::Mailbox(address) => json!({"email": address}),
        Proof::Subject { profile, .. } => {
            json!({"email": profile.email, "name": profile.name, "picture": profile.picture})
        }
    })
}

/// What is not known is left out.
fn without_nulls(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

const CHALLENGE: &str = "a S256 code challenge: 43 characters of base64url (RFC 7636)";
const VERIFIER: &str = "a code verifier: 43 to 128 letters, digits and -._~ (RFC 7636)";
