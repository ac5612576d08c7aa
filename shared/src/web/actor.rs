//! The contract `actor`: one JSON Web Token per sign-in, actor types in the path, fields in snake_case.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use lambda_http::Body;
use serde_json::{Value, json};

use domain::account::invite::{Acceptance, Names, Presented};
use domain::account::{User, display_text};
use domain::error::{Denied, Failure};
use domain::provider::external;
use domain::provider::state::State;
use domain::redirect::channel::Channel;
use domain::second_factor::code::Code;
use domain::secret::Secret;
use domain::session::access_token::Issued;
use domain::session::assurance::{Answer, MOST_TRIES};
use domain::session_id::SessionId;
use domain::sign_in::outcome::{ActorAnswer, Challenge, Put, SignedIn};
use domain::sign_in::{CallbackRequest, LoginRequest, LoginStarted, ProviderAnswer, Way};

use super::browser::names;
use super::reply::{self, Reply};
use super::request::Request;
use super::{cookie, v1};

/// Reads `POST /auth/{actor_type}/{provider}`.
///
/// # Errors
///
/// When the body is malformed, or for an external login, to which this contract has no way to bind its client.
pub fn login(request: &Request, actor_type: &str, provider: &str) -> Result<LoginRequest, Denied> {
    if provider == external::NAME {
        return Err(Denied::InvalidProvider);
    }
    Ok(LoginRequest {
        provider: provider.to_owned(),
        way: Way::Actor {
            callback_url: request.optional_fields()?.optional_text("callback_url")?,
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
pub fn login_started(started: &LoginStarted) -> Reply {
    reply::json(StatusCode::OK, &json!({"location": started.auth_url}))
}

/// Reads `GET,POST /auth/{actor_type}/{provider}/callback`: every parameter that the provider sent comes in the query.
///
/// # Errors
///
/// When the state or the provider's answer is missing, or a parameter comes twice.
pub fn callback(request: &Request, actor_type: &str, provider: &str) -> Result<CallbackRequest, Denied> {
    let query = request.query()?;
    let missing = |name: &str| Denied::InvalidRequest(format!("The parameter \"{name}\" is missing."));
    let answer = ProviderAnswer::of(query.text("code"), query.find("error"), query.find("error_description"));
    let state = query.find("state").ok_or_else(|| missing("state"))?;
    if answer == ProviderAnswer::Nothing {
        return Err(missing("code"));
    }
    Ok(CallbackRequest {
        channel: Channel::App,
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
pub fn answer(answer: &ActorAnswer, request: &Request) -> Reply {
    let mut body = json!({"token": answer.token.reveal()});
    if let Some(challenge) = &answer.challenge {
        if !request.route_key().starts_with("GET ") {
            return second_factor_required(challenge);
        }
        body["mfa_challenge"] = json!({
            "id": challenge.id,
            "methods": challenge.methods,
            "expires_at": challenge.valid_until.rfc3339(),
            "attempts": 0,
            "max_attempts": MOST_TRIES,
        });
    }
    reply::json(StatusCode::OK, &body)
}

/// Reads `POST /auth/mfa/challenges/{id}/verify`: `method` and `code`. The token that came with the challenge may be in the
/// header Authorization, where the client does not keep its session in a cookie.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn verification(request: &Request, id: &str) -> Result<(Answer, Option<Secret>), Denied> {
    let fields = request.fields()?;
    let (method, code) = (fields.text("method")?, Code::parse(&fields.text("code")?));
    let code = code.filter(|code| code.method() == method);
    Ok((Answer { partial: SessionId::parse(id), code }, request.credential()?.bearer))
}

/// Writes a token that opens a session.
pub fn token(token: &Issued) -> Reply {
    reply::json(StatusCode::OK, &json!({"token": token.token.reveal()}))
}

/// Writes who is signed in, and has the browser keep their session, where there is one: a person who has yet to register,
/// or to show a second factor, is known and has none.
pub fn session(put: &Put, request: &Request) -> Reply {
    let (actor_id, actor_type, auth_identity_id) = match put {
        Put::Kept(signed_in) => {
            let session = &signed_in.session;
            (session.user_id(), &session.actor_type, session.auth_identity_id.as_deref().unwrap_or_default())
        }
        Put::Nothing { actor_type, auth_identity_id } => ("", actor_type, &auth_identity_id[..]),
    };
    let user = json!({"actor_id": actor_id, "actor_type": actor_type, "auth_identity_id": auth_identity_id});
    let mut reply = reply::json(StatusCode::OK, &json!({"user": user}));
    if let Put::Kept(signed_in) = put {
        cookie::sign_in(&mut reply, &signed_in.session, &signed_in.credentials, request.caller().now);
    }
    reply
}

/// Writes that a session was ended, and has its browser forget it.
pub fn session_ended(request: &Request) -> Reply {
    let mut reply = reply::json(StatusCode::OK, &json!({"success": true}));
    if cookie::session_of(request).is_some() {
        cookie::sign_out(&mut reply);
    }
    reply
}

/// Whose session is over already is logged out, too; anything else is refused.
pub fn session_end_refused(request: &Request, failure: &Failure) -> Reply {
    match failure {
        Failure::Denied(Denied::Unauthorized(_)) => session_ended(request),
        _ => refused(failure),
    }
}

/// Refuses, and says where to go on: at `POST /v1/auth/second-factor`.
fn second_factor_required(challenge: &Challenge) -> Reply {
    let (session_id, methods) = (&challenge.id, challenge.methods.join(" "));
    let challenge = format!("Doorward-Second-Factor session_id=\"{session_id}\", methods=\"{methods}\"");
    let mut reply = unauthorized();
    // An id and our own words, which every header can carry.
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        reply.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    reply
}

/// Reads `POST /auth/{actor_type}/invites/accept`.
///
/// # Errors
///
/// When a field is malformed.
pub fn acceptance(request: &Request, actor_type: &str) -> Result<Acceptance, Denied> {
    let fields = request.optional_fields()?;
    let name = |field| fields.parsed(field, "a name that can be shown", display_text);
    Ok(Acceptance {
        actor_type: Some(actor_type.to_owned()),
        invite: match fields.optional_text("invite_token")? {
            Some(token) => Presented::token(&token),
            None => Presented::Address,
        },
        email: fields.optional_text("email")?.map(|_| fields.email("email")).transpose()?,
        names: Names { name: name("first_name")?, last_name: name("last_name")?, user_name: None },
    })
}

/// Writes that an invite was accepted.
pub fn accepted(signed_in: &SignedIn<Issued>) -> Reply {
    let body = json!({"user": user_body(&signed_in.user), "token": signed_in.credentials.token.reveal()});
    reply::json(StatusCode::OK, &body)
}

/// Writes why there is no outcome.
pub fn refused(failure: &Failure) -> Reply {
    let message = message(failure);
    let mut refused = match failure {
        Failure::Denied(denied) => match refusal(denied) {
            Refusal::Unauthorized => unauthorized(),
            Refusal::InFlight => reply::json(
                StatusCode::CONFLICT,
                &json!({"code": "unknown_error", "message": message, "type": "QueryRunnerAlreadyReleasedError"}),
            ),
            Refusal::Duplicate => reply::json(
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!({"code": "invalid_request_error", "message": message, "type": "duplicate_error"}),
            ),
            Refusal::Plain(status, kind) => reply::json(status, &json!({"message": message, "type": kind})),
        },
        Failure::Broken(_) => reply::json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"code": "api_error", "message": message, "type": "database_error"}),
        ),
    };
    if let Failure::Denied(Denied::RateLimited(_) | Denied::SecondFactorLocked(_)) = failure {
        v1::add_headers(&mut refused, failure);
    }
    refused
}

/// In the contract's own words, where those of `v1` would name a field of `v1`'s, or lead elsewhere.
fn message(failure: &Failure) -> &str {
    match failure {
        Failure::Denied(Denied::InvalidActorType) => "There is no such actor type.",
        Failure::Denied(Denied::InvalidRedirect) => {
            "The field \"callback_url\" must equal one of the allowed redirects."
        }
        Failure::Denied(Denied::StateInFlight) => {
            "The request conflicted with another request. You may retry the request with the provided Idempotency-Key."
        }
        _ => v1::told(failure).2,
    }
}

/// The ways in which the contract refuses.
enum Refusal {
    Duplicate,
    InFlight,
    Plain(StatusCode, &'static str),
    Unauthorized,
}

fn refusal(denied: &Denied) -> Refusal {
    match denied {
        Denied::AccessDenied
        | Denied::CodeExpired
        | Denied::CodeUsed
        | Denied::InvalidCode
        | Denied::SecondFactorInvalid
        | Denied::SignUpClosed
        | Denied::Unauthorized(_) => Refusal::Unauthorized,
        Denied::AccountExists => Refusal::Duplicate,
        Denied::StateInFlight => Refusal::InFlight,
        Denied::InvalidActorType | Denied::InvalidProvider | Denied::NotFound => {
            Refusal::Plain(StatusCode::NOT_FOUND, "not_found")
        }
        Denied::InvalidRequest(_) | Denied::PayloadTooLarge | Denied::UnsupportedMediaType => {
            Refusal::Plain(StatusCode::BAD_REQUEST, "invalid_data")
        }
        // The contract has no status for a limit; HTTP has (RFC 6585 section 4).
        Denied::MailedLately(_)
        | Denied::RateLimited(_)
        | Denied::SecondFactorClosed
        | Denied::SecondFactorLocked(_) => Refusal::Plain(StatusCode::TOO_MANY_REQUESTS, "not_allowed"),
        Denied::Forbidden
        | Denied::InvalidInvite
        | Denied::InvalidPasskey
        | Denied::InvalidRedirect
        | Denied::InvalidState(_)
        | Denied::InviteExpired
        | Denied::InviteRevoked
        | Denied::InviteUsed
        | Denied::LastIdentity
        | Denied::MagicLinkExpired
        | Denied::MagicLinkInvalid
        | Denied::MagicLinkUsed
        | Denied::NotAuthenticatedYet
        | Denied::NotFresh
        | Denied::NotPermitted(_)
        | Denied::RefreshTokenExpired
        | Denied::RefreshTokenInvalid
        | Denied::RefreshTokenRevoked => Refusal::Plain(StatusCode::BAD_REQUEST, "not_allowed"),
    }
}

fn unauthorized() -> Reply {
    let mut reply = Reply::new(Body::from("Unauthorized"));
    *reply.status_mut() = StatusCode::UNAUTHORIZED;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    reply
}

fn user_body(user: &User) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "first_name": user.name,
        "last_name": user.last_name,
        "user_name": user.user_name,
        "picture": user.picture,
        "actor_type": user.actor_type,
        "role": user.role,
        "created_at": user.created_at.rfc3339(),
        "updated_at": user.updated_at.rfc3339(),
    })
}
