//! Passkeys in the contract `v1`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use domain::error::Rejection;
use domain::passkey::ceremony::{AuthenticationResponse, RegistrationResponse};
use domain::passkey::challenge::{CeremonyRequest, CeremonyResponse};
use domain::passkey::{self, PasskeyId, PasskeyName, StoredPasskeys};
use domain::secret::{Secret, SingleUseToken};
use domain::session_id::SessionId;
use domain::sign_in::outcome;

use crate::web::cookie;
use crate::web::date_time::DateTime;
use crate::web::passkey::by_itself;
use crate::web::request::{Parsed, Request, Text, must_be};
use crate::web::response::{Response, data};

/// What an authenticator is asked.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CeremonyBody<'a> {
    request_id: &'a str,
    expires_at: DateTime,
    #[cfg_attr(feature = "openapi", schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    public_key: &'a Value,
}

/// Shows a passkey.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShownPasskeyBody {
    request_id: Parsed<String>,
    credential: Parsed<AuthenticationResponse>,
}

/// Shows a passkey as a second factor that is due.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeySecondFactorBody {
    session_id: Parsed<String>,
    request_id: Parsed<String>,
    credential: Parsed<AuthenticationResponse>,
}

/// Asks for a passkey as a second factor that is due.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorChallengeBody {
    session_id: Parsed<String>,
}

/// Registers a passkey.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyRegistrationBody {
    name: Option<Parsed<PasskeyName>>,
    request_id: Parsed<String>,
    credential: Parsed<RegistrationResponse>,
}

/// Gives a passkey another name.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PasskeyNameBody {
    name: Option<Parsed<PasskeyName>>,
}

/// A passkey was registered; where it is the first factor of its person, with recovery codes, shown once.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegisteredBody<'a> {
    passkey: PasskeyBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<&'a str>>,
}

/// One of a person's passkeys.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OnePasskeyBody<'a> {
    passkey: PasskeyBody<'a>,
}

/// All of them, the oldest first.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PasskeysBody<'a> {
    passkeys: Vec<PasskeyBody<'a>>,
}

/// A passkey as its person sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyBody<'a> {
    id: String,
    name: &'a str,
    created_at: DateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime>,
    backed_up: bool,
}

/// Writes what an authenticator is asked, with the cookie that binds it to the browser that asked.
pub fn asked(question: &CeremonyRequest) -> Response {
    let mut response = data(CeremonyBody {
        request_id: question.request.reveal(),
        expires_at: DateTime(question.expires_at),
        public_key: &question.options,
    });
    if let Some(binding) = &question.binding {
        cookie::bind(&mut response, binding);
    }
    response
}

/// Reads `requestId` and `credential` of somebody who shows a passkey.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn presented(request: &Request) -> Result<CeremonyResponse, Rejection> {
    let ShownPasskeyBody { request_id, credential } = request.json()?;
    Ok(answered(request, request_id, credential))
}

/// Reads `POST /v1/auth/second-factor/passkey`: the same and the partial session, `sessionId`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn second_factor(request: &Request) -> Result<(Option<SessionId>, CeremonyResponse), Rejection> {
    let PasskeySecondFactorBody { session_id, request_id, credential } = request.json()?;
    Ok((SessionId::parse(&session_id.value()), answered(request, request_id, credential)))
}

/// Reads the partial session, `sessionId`; `None` for what never was one.
///
/// # Errors
///
/// When it is missing.
pub fn partial(request: &Request) -> Result<Option<SessionId>, Rejection> {
    Ok(SessionId::parse(&request.json::<SecondFactorChallengeBody>()?.session_id.value()))
}

/// Reads `POST /v1/auth/passkeys`: `requestId`, `credential`, and perhaps a `name`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn attested(request: &Request) -> Result<(CeremonyResponse<RegistrationResponse>, PasskeyName), Rejection> {
    let PasskeyRegistrationBody { name, request_id, credential } = request.json()?;
    let answered = answered(request, request_id, credential);
    let name = name.map_or_else(|| by_itself(request, &answered), Parsed::value);
    Ok((answered, name))
}

/// Reads `PATCH /v1/auth/passkeys/{id}`: a `name`.
///
/// # Errors
///
/// When it is missing or malformed.
pub fn name(request: &Request) -> Result<PasskeyName, Rejection> {
    let PasskeyNameBody { name } = request.json()?;
    name.map(Parsed::value).ok_or_else(|| must_be("name", PasskeyName::MUST_BE))
}

/// Writes that a passkey was registered.
pub fn registered(registered: &outcome::Registered) -> Response {
    let codes = registered.recovery_codes.as_ref();
    data(RegisteredBody {
        passkey: PasskeyBody::of(registered.id, &registered.passkey),
        recovery_codes: codes.map(|given| given.codes.iter().map(Secret::reveal).collect()),
    })
}

/// Writes one passkey.
pub fn passkey(id: PasskeyId, passkey: &passkey::Passkey) -> Response {
    data(OnePasskeyBody { passkey: PasskeyBody::of(id, passkey) })
}

/// Writes all of them.
pub fn passkeys(passkeys: &StoredPasskeys) -> Response {
    let all = passkeys.oldest_first().into_iter().map(|(id, passkey)| PasskeyBody::of(id, passkey));
    data(PasskeysBody { passkeys: all.collect() })
}

fn answered<A>(request: &Request, id: Parsed<String>, credential: Parsed<A>) -> CeremonyResponse<A> {
    CeremonyResponse {
        request: SingleUseToken::parse(&id.value()),
        presented: credential.value(),
        bindings: cookie::bindings_of(request.cookies()),
    }
}

impl<'a> PasskeyBody<'a> {
    fn of(id: PasskeyId, passkey: &'a passkey::Passkey) -> Self {
        Self {
            id: id.to_string(),
            name: passkey.title.as_str(),
            created_at: DateTime(passkey.created_at),
            last_used_at: passkey.last_used_at.map(DateTime),
            backed_up: passkey.backed_up,
        }
    }
}
