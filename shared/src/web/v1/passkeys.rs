//! Passkeys in the contract `v1`.

use serde_json::{Value, json};

use domain::error::Denied;
use domain::passkey::ceremony::{Attestation, Presented};
use domain::passkey::challenge::{Question, Reply as Answered};
use domain::passkey::{KeptPasskeys, Passkey, PasskeyId, PasskeyName};
use domain::request::device::Device;
use domain::secret::{Secret, SingleUseToken};
use domain::session_id::SessionId;
use domain::sign_in::outcome::Registered;

use super::{cookie, data, without_nulls};
use crate::web::reply::Reply;
use crate::web::request::{Fields, Request, must_be};

/// Writes what an authenticator is asked, with the cookie that binds it to the browser that asked.
pub fn asked(question: &Question) -> Reply {
    let mut reply = data(json!({
        "requestId": question.request.reveal(),
        "expiresAt": question.expires_at.rfc3339(),
        "publicKey": question.options,
    }));
    if let Some(binding) = &question.binding {
        cookie::bind(&mut reply, binding);
    }
    reply
}

/// Reads `requestId` and `credential` of somebody who shows a passkey.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn presented(request: &Request) -> Result<Answered, Denied> {
    answered(request, &request.fields()?, PRESENTED, Presented::parse)
}

/// Reads `POST /v1/auth/second-factor/passkey`: the same and the partial session, `sessionId`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn second_factor(request: &Request) -> Result<(Option<SessionId>, Answered), Denied> {
    Ok((partial(request)?, presented(request)?))
}

/// Reads the partial session, `sessionId`; `None` for what never was one.
///
/// # Errors
///
/// When it is missing.
pub fn partial(request: &Request) -> Result<Option<SessionId>, Denied> {
    Ok(SessionId::parse(&request.fields()?.text("sessionId")?))
}

/// Reads `POST /v1/auth/passkeys`: `requestId`, `credential`, and perhaps a `name`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn attested(request: &Request) -> Result<(Answered<Attestation>, PasskeyName), Denied> {
    let fields = request.fields()?;
    let name = fields.parsed("name", NAME, PasskeyName::parse)?;
    let answered = answered(request, &fields, ATTESTED, Attestation::parse)?;
    let name = name.unwrap_or_else(|| by_itself(request, &answered));
    Ok((answered, name))
}

/// What a passkey is called that nobody gave a name.
pub(in crate::web) fn by_itself(request: &Request, answered: &Answered<Attestation>) -> PasskeyName {
    let device = request.caller().client.as_deref().and_then(Device::read);
    let device = device.and_then(|device| device.told(request.language()));
    PasskeyName::by_itself(&answered.presented, device.as_deref())
}

/// Reads `PATCH /v1/auth/passkeys/{id}`: a `name`.
///
/// # Errors
///
/// When it is missing or malformed.
pub fn name(request: &Request) -> Result<PasskeyName, Denied> {
    request.fields()?.parsed("name", NAME, PasskeyName::parse)?.ok_or_else(|| must_be("name", NAME))
}

/// Writes that a passkey was registered.
pub fn registered(registered: &Registered) -> Reply {
    let codes = registered.recovery_codes.as_ref();
    data(without_nulls(json!({
        "passkey": body(registered.id, &registered.passkey),
        "recoveryCodes": codes.map(|given| given.codes.iter().map(Secret::reveal).collect::<Vec<_>>()),
    })))
}

/// Writes one passkey.
pub fn passkey(id: PasskeyId, passkey: &Passkey) -> Reply {
    data(json!({"passkey": body(id, passkey)}))
}

/// Writes all of them.
pub fn passkeys(passkeys: &KeptPasskeys) -> Reply {
    let all: Vec<_> = passkeys.oldest_first().into_iter().map(|(id, passkey)| body(id, passkey)).collect();
    data(json!({"passkeys": all}))
}

fn answered<A>(
    request: &Request,
    fields: &Fields,
    must: &str,
    parse: fn(Value) -> Option<A>,
) -> Result<Answered<A>, Denied> {
    Ok(Answered {
        request: SingleUseToken::parse(&fields.text("requestId")?),
        presented: fields.json("credential", must, parse)?,
        bindings: cookie::bindings_of(request),
    })
}

fn body(id: PasskeyId, passkey: &Passkey) -> Value {
    without_nulls(json!({
        "id": id,
        "name": passkey.title,
        "createdAt": passkey.created_at.rfc3339(),
        "lastUsedAt": passkey.last_used_at.map(|at| at.rfc3339()),
        "backedUp": passkey.backed_up,
    }))
}

/// What a new passkey is told as.
pub(in crate::web) const ATTESTED: &str = "a RegistrationResponseJSON (WebAuthn Level 3 section 5.1)";
/// What a signature is told as.
pub(in crate::web) const PRESENTED: &str = "an AuthenticationResponseJSON (WebAuthn Level 3 section 5.1)";
/// What a name is.
pub(in crate::web) const NAME: &str = "1 to 64 characters without control characters";
