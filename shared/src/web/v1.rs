//! The contract `v1`: JSON in camelCase, `{"data": …}` or `{"error", "message", "requestId"}`.

pub mod identities;
pub mod invites;
pub mod passkeys;
mod refusal;
#[cfg(test)]
mod tests;

pub(super) use refusal::{add_headers, told};
pub use refusal::{refuse, refused};

use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Value, json};

use domain::account::invite::Names;
use domain::account::{Proof, User};
use domain::browser::binding::{CodeChallenge, Shown};
use domain::clock::Timestamp;
use domain::error::Denied;
use domain::magic_link::mail_code::{MailCode, RequestId};
use domain::magic_link::{Evidence, LinkRequest, LinkSent, LinkWay, VerifyRequest};
use domain::provider::external;
use domain::provider::state::{CallersState, State};
use domain::redirect::channel::Channel;
use domain::second_factor::code::Code;
use domain::second_factor::recovery::GivenCodes;
use domain::second_factor::totp::Invitation;
use domain::secret::{Secret, SingleUseToken};
use domain::session::access_token::Issued;
use domain::session::assurance::Answer;
use domain::session::page::{Cursor, Listing, Page};
use domain::session::{RefreshRequest, Session};
use domain::session_id::SessionId;
use domain::sign_in::outcome::{Credentials, Finished, Outcome, Refreshed, SignedIn, Tokens};
use domain::sign_in::{CallbackRequest, LoginRequest, LoginStarted, ProviderAnswer, Way};

use super::reply::{self, Reply};
use super::request::{Request, must_be};
use super::{cookie, social};

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
        way: Way::Client { redirect_uri: fields.text("redirectUri")?, return_to: fields.optional_text("returnTo")? },
        scopes,
        state: fields.parsed("state", "1 to 512 visible ASCII characters", CallersState::parse)?,
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
            true => fields.optional_text("code")?.map_or(ProviderAnswer::Nothing, ProviderAnswer::Code),
            false => ProviderAnswer::Code(fields.text("code")?),
        },
        state,
        iss: fields.optional_text("iss")?,
        code_challenge: verified.or(bound),
        names: Names::default(),
        repeatable: None,
        language: request.language(),
        shows_pages: false,
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
        mark: cookie::mark_of(request),
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
    Ok(VerifyRequest { evidence, shown, language: request.language() })
}

/// Writes what a client's return from a provider came to.
pub fn finished(finished: &Finished, request: &Request) -> Reply {
    match finished {
        Finished::SignedIn(outcome) => self::outcome(outcome, request),
        Finished::Linked(user) => identities::linked(&user.identities),
    }
}

/// Writes what a sign-in came to.
pub fn outcome(outcome: &Outcome<Tokens>, request: &Request) -> Reply {
    match outcome {
        Outcome::Session(signed_in) => self::signed_in(signed_in),
        Outcome::SecondFactorRequired(partial) => data(json!({
            "secondFactorRequired": true,
            "sessionId": partial.id,
            "expiresAt": partial.valid_until.rfc3339(),
            "methods": partial.methods(),
        })),
        // A client of the API has no page to show.
        Outcome::MailboxAsked(_) => refused(&Denied::AccountExists.into(), &request.caller().request_id),
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

/// Writes that somebody signed in.
pub fn signed_in(signed_in: &SignedIn<Tokens>) -> Reply {
    data(session_body(&signed_in.user, &signed_in.credentials))
}

/// Writes that a second factor completed a sign-in, in the words of the contract that the sign-in began under.
pub fn completed(signed_in: &SignedIn<Credentials>, request: &Request) -> Reply {
    match &signed_in.credentials {
        Credentials::Tokens(tokens) => data(session_body(&signed_in.user, tokens)),
        Credentials::Social { kept, provider, json } => social::completed(signed_in, kept, provider, *json, request),
    }
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
pub fn recovery_codes(given: &GivenCodes) -> Reply {
    data(json!({"recoveryCodes": given.codes.iter().map(Secret::reveal).collect::<Vec<_>>()}))
}

/// Writes an access token: of a session that is fresh again, or of a browser's.
pub fn access_token(access: &Issued) -> Reply {
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

/// Writes what keeping a session alive gave.
pub fn refreshed(refreshed: &Refreshed) -> Reply {
    match refreshed {
        Refreshed::Tokens(tokens) => data(tokens_body(tokens)),
        Refreshed::Access(access) => access_token(access),
    }
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

/// Reads which part of their sessions `GET /v1/auth/sessions` asks for.
///
/// # Errors
///
/// When a parameter is not what it must be; the text says what.
pub fn page_of_sessions(request: &Request) -> Result<Page, Denied> {
    let query = request.query()?;
    let limit = query.find("limit").map(|text| text.parse().ok().filter(|limit| (1..=Page::MOST).contains(limit)));
    let limit = limit.unwrap_or(Some(Page::USUAL)).ok_or_else(|| must_be("limit", "a number from 1 to 100"))?;
    let after = query.find("cursor").map(Cursor::parse);
    let must = "the \"next\" of the page before";
    Ok(Page { after: after.map(|cursor| cursor.ok_or_else(|| must_be("cursor", must))).transpose()?, limit })
}

/// Writes the answer to `GET /v1/auth/sessions`.
pub fn sessions(listed: &Listing) -> Reply {
    let body = |session: &Session| {
        without_nulls(json!({
            "id": session.id,
            "createdAt": session.created_at.rfc3339(),
            "lastUsedAt": session.last_used_at.rfc3339(),
            "expiresAt": session.ends_at().rfc3339(),
            "current": session.id == listed.own,
            "client": session.client,
            "amr": session.amr(),
        }))
    };
    let sessions: Vec<_> = listed.sessions.iter().map(body).collect();
    data(without_nulls(json!({"sessions": sessions, "next": listed.next.map(|next| next.to_string())})))
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

fn data(data: Value) -> Reply {
    reply::json(StatusCode::OK, &json!({"data": data}))
}

/// What everybody may know may be cached; no longer than a key is published before it signs.
fn published(body: &Value) -> Reply {
    let mut reply = reply::json(StatusCode::OK, body);
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    reply
}

fn session_body(user: &User, tokens: &Tokens) -> Value {
    let mut body = tokens_body(tokens);
    body["user"] = user_body(user);
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
            json!({
                "email": profile.email,
                "name": profile.name,
                "lastName": profile.last_name,
                "picture": profile.picture,
            })
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
