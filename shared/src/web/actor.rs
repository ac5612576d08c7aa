//! The contract `actor`: one JSON Web Token per sign-in, actor types in the path, fields in snake_case.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use lambda_http::Body;
use serde::{Deserialize, Serialize};

use domain::account::User;
use domain::account::email::EmailAddress;
use domain::account::invite::{InviteAcceptance, InviteCredential, Names};
use domain::error::{Error, Rejection};
use domain::provider::external;
use domain::provider::state::State;
use domain::redirect::channel::ReturnChannel;
use domain::second_factor::code::Code;
use domain::secret::Secret;
use domain::session::access_token::Issued;
use domain::session::assurance::{MAX_TRIES, SecondFactorAnswer};
use domain::session_id::SessionId;
use domain::sign_in::callback::{CallbackRequest, ProviderAnswer};
use domain::sign_in::login::{Initiator, LoginRequest, LoginStarted};
use domain::sign_in::outcome::{ActorAnswer, ActorChallenge, CookieOutcome};

use super::authorization_response::names;
use super::cookie;
use super::date_time::DateTime;
use super::refusal::{add_headers, error_parts};
use super::request::{Name, Parsed, Request};
use super::response::{self, DoneBody, Response};

/// Starts a sign-in with a provider.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorLoginBody {
    callback_url: Option<Parsed<String>>,
}

/// Where to send the person.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorLoginStartedBody<'a> {
    location: &'a str,
}

/// A token: it opens a session, or accepts an invite, or belongs to a challenge.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorTokenBody<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_challenge: Option<MfaChallengeBody<'a>>,
}

/// The person has yet to show a second factor.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MfaChallengeBody<'a> {
    id: &'a str,
    methods: &'a [String],
    expires_at: DateTime,
    attempts: u32,
    max_attempts: u32,
}

/// Shows a second factor that is due.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorSecondFactorBody {
    method: Parsed<String>,
    code: Parsed<String>,
}

/// Who is signed in.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorSessionBody<'a> {
    user: ActorBody<'a>,
}

/// A person, without an id as long as they have no session.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorBody<'a> {
    actor_id: &'a str,
    actor_type: &'a str,
    auth_identity_id: &'a str,
}

/// Accepts an invite, by its token or else by the address that was invited.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorInviteAcceptanceBody {
    invite_token: Option<Parsed<String>>,
    email: Option<Parsed<EmailAddress>>,
    first_name: Option<Parsed<Name>>,
    last_name: Option<Parsed<Name>>,
}

/// An invite was accepted.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorAcceptedBody<'a> {
    user: ActorUserBody<'a>,
    token: &'a str,
}

/// An account. What is not known is null.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorUserBody<'a> {
    id: &'a str,
    email: Option<String>,
    email_verified: bool,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    user_name: Option<&'a str>,
    picture: Option<&'a str>,
    actor_type: &'a str,
    role: Option<&'a str>,
    created_at: DateTime,
    updated_at: DateTime,
}

/// Why there is no outcome.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ActorErrorBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Reads `POST /auth/{actor_type}/{provider}`.
///
/// # Errors
///
/// When the body is malformed, or for an external login, to which this contract has no way to bind its client.
pub fn login(request: &Request, actor_type: &str, provider: &str) -> Result<LoginRequest, Rejection> {
    if provider == external::NAME {
        return Err(Rejection::InvalidProvider);
    }
    Ok(LoginRequest {
        provider: provider.to_owned(),
        way: Initiator::Actor {
            callback_url: request.optional_json::<ActorLoginBody>()?.callback_url.map(Parsed::value),
            source: request.source(),
        },
        scopes: Vec::new(),
        state: None,
        code_challenge: None,
        actor_type: Some(actor_type.to_owned()),
        link_to: None,
    })
}

/// Writes that a sign-in is under way.
pub fn login_started(started: &LoginStarted) -> Response {
    response::json(StatusCode::OK, &ActorLoginStartedBody { location: &started.auth_url })
}

/// Reads `GET,POST /auth/{actor_type}/{provider}/callback`: every parameter that the provider sent comes in the query.
///
/// # Errors
///
/// When the state or the provider's answer is missing, or a parameter comes twice.
pub fn callback(request: &Request, actor_type: &str, provider: &str) -> Result<CallbackRequest, Rejection> {
    let query = request.query()?;
    let missing = |name: &str| Rejection::InvalidRequest(format!("The parameter \"{name}\" is missing."));
    let answer = ProviderAnswer::of(query.text("code"), query.find("error"), query.find("error_description"));
    let state = query.find("state").ok_or_else(|| missing("state"))?;
    if answer == ProviderAnswer::Nothing {
        return Err(missing("code"));
    }
    Ok(CallbackRequest {
        channel: ReturnChannel::App,
        provider: Some(provider.to_owned()),
        actor_type: Some(actor_type.to_owned()),
        answer,
        state: State::parse(state),
        iss: query.text("iss"),
        code_challenge: None,
        names: query.find("user").and_then(names).unwrap_or_default(),
        repeatable: request.repeatable()?,
        language: request.language(),
        shows_pages: false,
    })
}

/// Writes what a sign-in came to: a token that either opens a session or, without `actor_id`, accepts an invite.
///
/// A second factor that is due is told in two ways. Whoever asks by GET is the client of the contract's own service, which
/// looks for a challenge in the answer. The contract's text knows POST alone, and no challenge: there, an answer with a
/// token in it would be taken for success.
pub fn answer(answer: &ActorAnswer, request: &Request) -> Response {
    let challenge = match &answer.challenge {
        Some(challenge) if !request.route_key().starts_with("GET ") => return second_factor_required(challenge),
        challenge => challenge.as_ref(),
    };
    let body = ActorTokenBody { token: answer.token.reveal(), mfa_challenge: challenge.map(MfaChallengeBody::of) };
    response::json(StatusCode::OK, &body)
}

/// Reads `POST /auth/mfa/challenges/{id}/verify`: `method` and `code`. The token that came with the challenge may be in the
/// header Authorization, where the client does not keep its session in a cookie.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn verification(request: &Request, id: &str) -> Result<(SecondFactorAnswer, Option<Secret>), Rejection> {
    let ActorSecondFactorBody { method, code } = request.json()?;
    let code = Code::parse(&code.value()).filter(|code| code.method() == method.0);
    Ok((SecondFactorAnswer { partial: SessionId::parse(id), code }, request.credential()?.bearer))
}

/// Writes a token that opens a session.
pub fn token(token: &Issued) -> Response {
    response::json(StatusCode::OK, &ActorTokenBody { token: token.token.reveal(), mfa_challenge: None })
}

/// Writes who is signed in, and has the browser keep their session, where there is one: a person who has yet to register,
/// or to show a second factor, is known and has none.
pub fn session(put: &CookieOutcome, request: &Request) -> Response {
    let (actor_id, actor_type, auth_identity_id) = match put {
        CookieOutcome::Kept(signed_in) => {
            let session = &signed_in.session;
            (session.user_id(), &session.actor_type, session.auth_identity_id.as_deref().unwrap_or_default())
        }
        CookieOutcome::Nothing { actor_type, auth_identity_id } => ("", actor_type, &auth_identity_id[..]),
    };
    let body = ActorSessionBody { user: ActorBody { actor_id, actor_type, auth_identity_id } };
    let mut response = response::json(StatusCode::OK, &body);
    if let CookieOutcome::Kept(signed_in) = put {
        cookie::keep(&mut response, signed_in, request.caller().now);
    }
    response
}

/// Writes that a session was ended, and has its browser forget it.
pub fn session_ended(request: &Request) -> Response {
    let mut response = response::json(StatusCode::OK, &DoneBody::DONE);
    if cookie::session_of(request.cookies()).is_some() {
        cookie::sign_out(&mut response);
    }
    response
}

/// Whose session is over already is logged out, too; anything else is refused.
pub fn session_end_error_response(request: &Request, failure: &Error) -> Response {
    match failure {
        Error::Rejection(Rejection::Unauthorized(_)) => session_ended(request),
        _ => error_response(failure),
    }
}

/// Refuses, and says where to go on: at `POST /v1/auth/second-factor`.
fn second_factor_required(challenge: &ActorChallenge) -> Response {
    let (session_id, methods) = (&challenge.id, challenge.methods.join(" "));
    let challenge = format!("Doorward-Second-Factor session_id=\"{session_id}\", methods=\"{methods}\"");
    let mut response = unauthorized();
    // An id and our own words, which every header can carry.
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Reads `POST /auth/{actor_type}/invites/accept`.
///
/// # Errors
///
/// When a field is malformed.
pub fn acceptance(request: &Request, actor_type: &str) -> Result<InviteAcceptance, Rejection> {
    let accept: ActorInviteAcceptanceBody = request.optional_json()?;
    let name = |name: Option<Parsed<Name>>| name.map(|name| name.value().0);
    Ok(InviteAcceptance {
        actor_type: Some(actor_type.to_owned()),
        invite: match accept.invite_token {
            Some(Parsed(token)) => InviteCredential::token(&token),
            None => InviteCredential::Address,
        },
        email: accept.email.map(Parsed::value),
        names: Names { name: name(accept.first_name), last_name: name(accept.last_name), user_name: None },
    })
}

/// Writes that an invite was accepted.
pub fn accepted(user: &User, token: &Issued) -> Response {
    response::json(StatusCode::OK, &ActorAcceptedBody { user: ActorUserBody::of(user), token: token.token.reveal() })
}

/// Writes why there is no outcome.
pub fn error_response(failure: &Error) -> Response {
    let message = message(failure);
    let mut response = match failure {
        Error::Rejection(denied) => match refusal(denied) {
            ActorError::Unauthorized => unauthorized(),
            ActorError::InFlight => {
                ActorErrorBody { code: Some("unknown_error"), message, kind: "QueryRunnerAlreadyReleasedError" }
                    .response(StatusCode::CONFLICT)
            }
            ActorError::Duplicate => {
                ActorErrorBody { code: Some("invalid_request_error"), message, kind: "duplicate_error" }
                    .response(StatusCode::UNPROCESSABLE_ENTITY)
            }
            ActorError::Plain(status, kind) => ActorErrorBody { code: None, message, kind }.response(status),
        },
        Error::Fault(_) => ActorErrorBody { code: Some("api_error"), message, kind: "database_error" }
            .response(StatusCode::INTERNAL_SERVER_ERROR),
    };
    if let Error::Rejection(Rejection::RateLimited(_) | Rejection::SecondFactorLocked(_)) = failure {
        add_headers(&mut response, failure);
    }
    response
}

/// In the contract's own words, where those of `v1` would name a field of `v1`'s, or lead elsewhere.
fn message(failure: &Error) -> &str {
    match failure {
        Error::Rejection(Rejection::InvalidActorType) => "There is no such actor type.",
        Error::Rejection(Rejection::InvalidRedirect) => {
            "The field \"callback_url\" must equal one of the allowed redirects."
        }
        Error::Rejection(Rejection::StateInFlight) => {
            "The request conflicted with another request. You may retry the request with the provided Idempotency-Key."
        }
        _ => error_parts(failure).2,
    }
}

/// The ways in which the contract refuses.
enum ActorError {
    Duplicate,
    InFlight,
    Plain(StatusCode, &'static str),
    Unauthorized,
}

fn refusal(denied: &Rejection) -> ActorError {
    match denied {
        Rejection::AccessDenied
        | Rejection::CodeExpired
        | Rejection::CodeUsed
        | Rejection::InvalidCode
        | Rejection::SecondFactorInvalid
        | Rejection::SignUpClosed
        | Rejection::Unauthorized(_) => ActorError::Unauthorized,
        Rejection::AccountExists => ActorError::Duplicate,
        Rejection::StateInFlight => ActorError::InFlight,
        Rejection::InvalidActorType | Rejection::InvalidProvider | Rejection::NotFound => {
            ActorError::Plain(StatusCode::NOT_FOUND, "not_found")
        }
        Rejection::InvalidRequest(_) | Rejection::PayloadTooLarge | Rejection::UnsupportedMediaType => {
            ActorError::Plain(StatusCode::BAD_REQUEST, "invalid_data")
        }
        // The contract has no status for a limit; HTTP has (RFC 6585 section 4).
        Rejection::MailedLately(_)
        | Rejection::RateLimited(_)
        | Rejection::SecondFactorClosed
        | Rejection::SecondFactorLocked(_) => ActorError::Plain(StatusCode::TOO_MANY_REQUESTS, "not_allowed"),
        Rejection::Forbidden
        | Rejection::InvalidInvite
        | Rejection::InvalidPasskey
        | Rejection::InvalidRedirect
        | Rejection::InvalidState(_)
        | Rejection::InviteExpired
        | Rejection::InviteRevoked
        | Rejection::InviteUsed
        | Rejection::LastIdentity
        | Rejection::MagicLinkExpired
        | Rejection::MagicLinkInvalid
        | Rejection::MagicLinkUsed
        | Rejection::NotAuthenticatedYet
        | Rejection::NotFresh
        | Rejection::NotPermitted(_)
        | Rejection::RefreshTokenExpired
        | Rejection::RefreshTokenInvalid
        | Rejection::RefreshTokenRevoked => ActorError::Plain(StatusCode::BAD_REQUEST, "not_allowed"),
    }
}

fn unauthorized() -> Response {
    let mut response = Response::new(Body::from("Unauthorized"));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

impl ActorErrorBody<'_> {
    fn response(&self, status: StatusCode) -> Response {
        response::json(status, self)
    }
}

impl<'a> MfaChallengeBody<'a> {
    fn of(challenge: &'a ActorChallenge) -> Self {
        Self {
            id: &challenge.id,
            methods: &challenge.methods,
            expires_at: DateTime(challenge.valid_until),
            attempts: 0,
            max_attempts: MAX_TRIES,
        }
    }
}

impl<'a> ActorUserBody<'a> {
    fn of(user: &'a User) -> Self {
        Self {
            id: &user.id,
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email_verified,
            first_name: user.name.as_deref(),
            last_name: user.last_name.as_deref(),
            user_name: user.user_name.as_deref(),
            picture: user.picture.as_deref(),
            actor_type: &user.actor_type,
            role: user.role.as_deref(),
            created_at: DateTime(user.created_at),
            updated_at: DateTime(user.updated_at),
        }
    }
}
