//! The forms of our pages that bring what an authenticator said: a script filled in `credential`, and the rest is a
//! navigation as everywhere else.

use domain::error::{Error, Rejection};
use domain::language::Language;
use domain::page::brand::Site;
use domain::passkey::PasskeyName;
use domain::passkey::ceremony::RegistrationResponse;
use domain::passkey::challenge::{CeremonyResponse, transaction};
use domain::secret::SingleUseToken;
use domain::session_id::SessionId;
use domain::sign_in::outcome::{BrowserSignIn, Registered};

use super::{address, chosen_language, completed, error_response, partial_session, security};
use crate::web::cookie;
use crate::web::passkey::by_itself;
use crate::web::refusal::error_parts;
use crate::web::request::{Field, Parameters, Request, Text, must_be};
use crate::web::response::{self, Response};

/// A form that signs somebody in by a passkey.
#[derive(Debug)]
pub struct PasskeySignIn {
    /// What the authenticator said.
    pub answered: CeremonyResponse,
    /// Where the browser wants to go.
    pub target: Option<String>,
    /// The language that the person chose, for our page.
    pub language: Option<Language>,
}

/// Reads `POST /v1/auth/passkeys/sign-in`: `request_id`, `credential` and `return_to`.
///
/// # Errors
///
/// When the body is no form, or what it says is malformed.
pub fn sign_in(request: &Request) -> Result<PasskeySignIn, Rejection> {
    let form = request.form()?;
    Ok(PasskeySignIn {
        answered: answered(request, &form)?,
        target: form.text("return_to"),
        language: chosen_language(&form),
    })
}

/// Sends a browser that signed in by a passkey where it wanted to go.
pub fn signed_in(request: &Request, done: &BrowserSignIn) -> Response {
    let mut response = completed(done, request);
    if let Some(id) = request.form().ok().as_ref().and_then(request_id) {
        cookie::release(&mut response, &transaction(&id));
    }
    response
}

/// Sends a browser whose passkey did not verify back to the sign-in page; anything else is a page.
pub fn sign_in_error_response(site: &Site, request: &Request, failure: &Error) -> Response {
    match (request.form(), failure) {
        (Ok(form), Error::Rejection(Rejection::InvalidPasskey)) => {
            let (code, ..) = error_parts(failure);
            let return_to = form.find("return_to").unwrap_or_default();
            response::see_other(&address("/login", &[("return_to", return_to), ("error", code)], request))
        }
        _ => error_response(site, request, failure),
    }
}

/// Reads the form of somebody who shows a passkey again: `request_id` and `credential`.
///
/// # Errors
///
/// When the body is no form, or what it says is malformed.
pub fn presented(request: &Request) -> Result<CeremonyResponse, Rejection> {
    answered(request, &request.form()?)
}

/// Reads the form of the page that asks for a second factor: the same and `session_id`.
///
/// # Errors
///
/// As [`presented`].
pub fn second_factor(request: &Request) -> Result<(Option<SessionId>, CeremonyResponse), Rejection> {
    Ok((partial_session(&request.form()?), presented(request)?))
}

/// Reads the form that registers a passkey: `request_id`, `credential`, and perhaps a `name`.
///
/// # Errors
///
/// As [`presented`].
pub fn attested(request: &Request) -> Result<(CeremonyResponse<RegistrationResponse>, PasskeyName), Rejection> {
    let form = request.form()?;
    let answered = answered(request, &form)?;
    let name = if form.find("name").is_some() { name(request)? } else { by_itself(request, &answered) };
    Ok((answered, name))
}

/// Reads the form that gives a passkey another `name`.
///
/// # Errors
///
/// When the body is no form, or the name is none.
pub fn name(request: &Request) -> Result<PasskeyName, Rejection> {
    let form = request.form()?;
    form.find("name").and_then(PasskeyName::parse).ok_or_else(|| must_be("name", PasskeyName::MUST_BE))
}

/// Shows the recovery codes that came with a first passkey, or else what is set up.
pub fn registered(site: &Site, request: &Request, registered: &Registered) -> Response {
    match &registered.recovery_codes {
        Some(codes) => security::recovery_codes(site, request, codes),
        None => security::changed(request),
    }
}

fn answered<A: Field>(request: &Request, form: &Parameters) -> Result<CeremonyResponse<A>, Rejection> {
    Ok(CeremonyResponse {
        request: request_id(form),
        presented: form.json("credential")?,
        bindings: cookie::bindings_of(request.cookies()),
    })
}

fn request_id(form: &Parameters) -> Option<SingleUseToken> {
    form.find("request_id").and_then(SingleUseToken::parse)
}
