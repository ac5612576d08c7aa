//! The contract `v1`: JSON in camelCase, `{"data": …}` or `{"error", "message", "requestId"}`.

pub mod body;
pub mod identities;
pub mod invites;
pub mod passkeys;

pub use super::outcome::response as outcome;
pub use super::outcome::signed_in;

use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::Jwk;
use serde::Serialize;

use domain::account::User;
use domain::account::invite::Names;
use domain::browser::binding::Shown;
use domain::clock::Timestamp;
use domain::error::{Error, Rejection};
use domain::magic_link::mail_code::{MailCode, RequestId};
use domain::magic_link::{LinkInitiator, LinkRequest, LinkSent, MailedProof, VerifyRequest};
use domain::provider::external;
use domain::provider::state::State;
use domain::redirect::channel::ReturnChannel;
use domain::second_factor::code::Code;
use domain::second_factor::recovery::GivenCodes;
use domain::second_factor::totp::Enrolment;
use domain::secret::{Secret, SingleUseToken};
use domain::session::Session;
use domain::session::access_token::Issued;
use domain::session::assurance::SecondFactorAnswer;
use domain::session::credential::RefreshRequest;
use domain::session::page::{Cursor, Listing, PageRequest};
use domain::session_id::SessionId;
use domain::sign_in::callback::{CallbackRequest, ProviderAnswer};
use domain::sign_in::login::{Initiator, LoginRequest, LoginStarted};
use domain::sign_in::outcome::{Finished, Refreshed};

use super::date_time::DateTime;
use super::request::{Parsed, Request, Text, field, must_be};
use super::response::{self, DoneBody, Response, data};
use super::{cookie, outcome, refusal};

/// Writes why there is no outcome.
pub fn error_response<Flow>(_: &Flow, request: &Request, failure: &Error) -> Response {
    refusal::error_response(failure, &request.caller().request_id)
}

/// Reads `POST /v1/auth/login`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn login(request: &Request) -> Result<LoginRequest, Rejection> {
    let login: body::LoginBody = request.json()?;
    Ok(LoginRequest {
        provider: login.provider.value(),
        way: Initiator::Client {
            redirect_uri: login.redirect_uri.value(),
            return_to: login.return_to.map(Parsed::value),
        },
        scopes: login.scopes.map(|scopes| scopes.value().0).unwrap_or_default(),
        state: login.state.map(Parsed::value),
        code_challenge: login.code_challenge.map(Parsed::value),
        actor_type: login.actor_type.map(Parsed::value),
        link_to: None,
    })
}

/// Writes that a sign-in is under way.
pub fn login_started(started: &LoginStarted) -> Response {
    let mut response = data(body::LoginStartedBody { auth_url: &started.auth_url, state: started.state.reveal() });
    if let Some(binding) = &started.binding {
        cookie::bind(&mut response, binding);
    }
    response
}

/// Reads `POST /v1/auth/callback`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn callback(request: &Request) -> Result<CallbackRequest, Rejection> {
    let callback: body::CallbackBody = request.json()?;
    let provider = callback.provider.value();
    let external = provider == external::NAME;
    let state = State::parse(&callback.state.value());
    let verified = callback.code_verifier.map(|verifier| verifier.value().0);
    // Whoever went to an external login by our navigation has a cookie in place of a verifier.
    let cookie = state.as_ref().filter(|_| external && verified.is_none());
    let bound = cookie.and_then(|state| cookie::bindings_of(request.cookies()).find(&state.transaction()));
    Ok(CallbackRequest {
        channel: if bound.is_some() { ReturnChannel::Browser } else { ReturnChannel::App },
        provider: Some(provider),
        actor_type: None,
        answer: match callback.code {
            Some(code) => ProviderAnswer::Code(code.value()),
            None if external => ProviderAnswer::Nothing,
            None => return Err(must_be("code", String::MUST_BE)),
        },
        state,
        iss: callback.iss.map(Parsed::value),
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
pub fn magic_link(request: &Request) -> Result<LinkRequest, Rejection> {
    let link: body::MagicLinkBody = request.json()?;
    Ok(LinkRequest {
        email: link.email.value(),
        way: LinkInitiator::Client {
            redirect_uri: link.redirect_uri.value(),
            code_challenge: link.code_challenge.map(Parsed::value),
        },
        actor_type: link.actor_type.map(Parsed::value),
        language: request.language(),
        mark: cookie::mark_of(request.cookies()),
    })
}

/// Writes that a link was asked for.
pub fn link_sent(sent: &LinkSent) -> Response {
    data(body::LinkSentBody { sent: true, expires_at: DateTime(sent.expires_at), request_id: sent.request_id.as_str() })
}

/// Reads `POST /v1/auth/verify`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn verify(request: &Request) -> Result<VerifyRequest, Rejection> {
    let verify: body::VerifyBody = request.json()?;
    let evidence = match (verify.token, verify.request_id) {
        (Some(Parsed(token)), None) => MailedProof::Token(SingleUseToken::parse(&token)),
        (None, Some(Parsed(request_id))) => {
            let code: String = field("code", verify.code)?;
            MailedProof::Code(RequestId::parse(&request_id).zip(MailCode::parse(&code)))
        }
        (None, None) | (Some(_), Some(_)) => {
            let problem = "The body must have either the field \"token\", or the fields \"requestId\" and \"code\".";
            return Err(Rejection::InvalidRequest(problem.to_owned()));
        }
    };
    let shown = Shown::Client(verify.code_verifier.map(|verifier| verifier.value().0));
    Ok(VerifyRequest { evidence, shown, language: request.language() })
}

/// Writes what a client's return from a provider came to.
pub fn finished(finished: &Finished, request: &Request) -> Response {
    match finished {
        Finished::SignedIn(outcome) => outcome::response(outcome, request),
        Finished::Linked(user) => identities::linked(&user.identities),
    }
}

/// Reads `POST /v1/auth/second-factor`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn second_factor(request: &Request) -> Result<SecondFactorAnswer, Rejection> {
    let shown: body::SecondFactorBody = request.json()?;
    Ok(SecondFactorAnswer {
        partial: SessionId::parse(&shown.session_id.value()),
        code: Code::parse(&shown.code.value()),
    })
}

/// Reads the code of a second factor; `None` for what no code ever was.
///
/// # Errors
///
/// When it is missing.
pub fn second_factor_code(request: &Request) -> Result<Option<Code>, Rejection> {
    Ok(Code::parse(&request.json::<body::CodeBody>()?.code.value()))
}

/// Reads the code that a change of the second factor may need; `None` when there is none, or what no code ever was.
///
/// # Errors
///
/// When the body is malformed.
pub fn optional_second_factor_code(request: &Request) -> Result<Option<Code>, Rejection> {
    Ok(request.optional_json::<body::OptionalCodeBody>()?.code.and_then(|code| Code::parse(&code.value())))
}

/// Writes what goes into an authenticator app.
pub fn totp_shown(invitation: &Enrolment) -> Response {
    data(body::TotpBody {
        secret: invitation.secret.reveal(),
        otpauth_uri: invitation.uri.reveal(),
        qr_svg: invitation.qr.reveal(),
    })
}

/// Writes recovery codes, which are shown once.
pub fn recovery_codes(given: &GivenCodes) -> Response {
    data(body::RecoveryCodesBody { recovery_codes: given.codes.iter().map(Secret::reveal).collect() })
}

/// Writes an access token: of a session that is fresh again, or of a browser's.
pub fn access_token(access: &Issued) -> Response {
    data(body::AccessTokenBody { access_token: access.token.reveal(), expires_at: DateTime(access.expires_at) })
}

/// Reads `POST /v1/auth/refresh`: the refresh token, or else the cookie.
///
/// # Errors
///
/// When there is neither.
pub fn refresh(request: &Request) -> Result<RefreshRequest, Rejection> {
    let cookie = cookie::session_of(request.cookies());
    match (request.optional_json::<body::RefreshBody>()?.refresh_token, cookie) {
        (Some(Parsed(token)), cookie) => Ok(RefreshRequest::Token { token: Secret::new(token), cookie }),
        (None, Some(cookie)) => Ok(RefreshRequest::Cookie { cookie, source: request.source() }),
        (None, None) => Err(must_be("refreshToken", String::MUST_BE)),
    }
}

/// Writes what keeping a session alive gave.
pub fn refreshed(refreshed: &Refreshed) -> Response {
    match refreshed {
        Refreshed::Tokens(tokens) => data(outcome::TokensBody::of(tokens)),
        Refreshed::Access(access) => access_token(access),
    }
}

/// Reads whether `POST /v1/auth/logout` means every session.
///
/// # Errors
///
/// When the body is malformed.
pub fn logout_everywhere(request: &Request) -> Result<bool, Rejection> {
    Ok(request.optional_json::<body::LogoutBody>()?.everywhere.is_some_and(Parsed::value))
}

/// Writes that a session was ended, and has its browser forget it.
pub fn logged_out(request: &Request) -> Response {
    let mut response = done();
    if cookie::session_of(request.cookies()).is_some() {
        cookie::sign_out(&mut response);
    }
    response
}

/// Writes that something was done that has nothing else to tell.
pub fn done() -> Response {
    data(DoneBody::DONE)
}

/// Writes the answer to `GET /v1/auth/session`.
pub fn session(session: &Session, user: &User, access: &Issued) -> Response {
    data(body::CurrentSessionBody {
        user: outcome::UserBody::of(user),
        session_id: session.id.to_string(),
        expires_at: DateTime(access.expires_at),
        access_token: access.token.reveal(),
        amr: session.amr(),
        identities: body::IdentityBody::all(&user.identities),
    })
}

/// Writes the answer to `GET /v1/auth/session/external-token`.
pub fn external_token(token: &Secret, expires_at: Timestamp) -> Response {
    data(body::ExternalTokenBody { auth_token: token.reveal(), expires_at: DateTime(expires_at) })
}

/// Reads which part of their sessions `GET /v1/auth/sessions` asks for.
///
/// # Errors
///
/// When a parameter is not what it must be; the text says what.
pub fn page_of_sessions(request: &Request) -> Result<PageRequest, Rejection> {
    let query = request.query()?;
    let limit =
        query.find("limit").map(|text| text.parse().ok().filter(|limit| (1..=PageRequest::MAX).contains(limit)));
    let limit = limit.unwrap_or(Some(PageRequest::USUAL)).ok_or_else(|| must_be("limit", "a number from 1 to 100"))?;
    let after = query.find("cursor").map(Cursor::parse);
    let must = "the \"next\" of the previous page";
    Ok(PageRequest { after: after.map(|cursor| cursor.ok_or_else(|| must_be("cursor", must))).transpose()?, limit })
}

/// Writes the answer to `GET /v1/auth/sessions`.
pub fn sessions<'a>(listed: &'a Listing) -> Response {
    let listed_session = |session: &'a Session| body::ListedSessionBody {
        id: session.id.to_string(),
        created_at: DateTime(session.created_at),
        last_used_at: DateTime(session.last_used_at),
        expires_at: DateTime(session.ends_at()),
        current: session.id == listed.own,
        client: session.client.as_deref(),
        amr: session.amr(),
    };
    data(body::SessionsBody {
        sessions: listed.sessions.iter().map(listed_session).collect(),
        next: listed.next.map(|next| next.to_string()),
    })
}

/// Writes a JSON Web Key Set (RFC 7517 section 5).
pub fn key_set(keys: &[Jwk]) -> Response {
    published(&body::KeySetBody { keys })
}

/// Writes the issuer's metadata: what a verifier of access tokens needs (OpenID Connect Discovery section 3).
pub fn metadata(issuer: &str, algorithms: &[Algorithm]) -> Response {
    published(&body::MetadataBody {
        issuer,
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        id_token_signing_alg_values_supported: algorithms,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
    })
}

/// What everybody may know may be cached; no longer than a key is published before it signs.
fn published<T: Serialize>(body: &T) -> Response {
    let mut response = response::json(StatusCode::OK, body);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
