//! Signs people in by a passkey, asks for one as a second factor, and keeps them.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::passkeys::{PasskeyFlow, PasskeyId};
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, security};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::v1;

fn main() -> Result<(), StartError> {
    serve(PasskeyFlow::open, handle, error_response)
}

async fn handle(passkeys: &PasskeyFlow, request: Arc<Request>) -> Result<Response, Error> {
    let caller = request.caller();
    match request.route_key() {
        "POST /v1/auth/passkeys/challenge" => {
            Ok(v1::passkeys::asked(&passkeys.ask_to_sign_in(&request.source(), caller).await?))
        }
        "POST /v1/auth/passkeys/sign-in" if request.is_form() => {
            let form = browser::passkeys::sign_in(&request)?;
            let (target, source) = (form.target.as_deref(), request.source());
            let done = passkeys.sign_in_in_browser(form.answered, target, &source, form.language, caller).await?;
            Ok(browser::passkeys::signed_in(&request, &done))
        }
        "POST /v1/auth/passkeys/sign-in" => {
            Ok(v1::signed_in(&passkeys.sign_in(v1::passkeys::presented(&request)?, caller).await?, &request))
        }
        "POST /v1/auth/second-factor/passkey/challenge" => {
            let partial = v1::passkeys::partial(&request)?;
            Ok(v1::passkeys::asked(&passkeys.ask_for_second_factor(partial, caller).await?))
        }
        "POST /v1/auth/second-factor/passkey" if request.is_form() => {
            let (partial, answered) = browser::passkeys::second_factor(&request)?;
            let done = passkeys.complete_in_browser(partial, answered, &request.source(), caller).await?;
            Ok(browser::completed(&done, &request))
        }
        "POST /v1/auth/second-factor/passkey" => {
            let (partial, answered) = v1::passkeys::second_factor(&request)?;
            Ok(v1::signed_in(&passkeys.complete(partial, answered, &request.source(), caller).await?, &request))
        }
        "POST /v1/auth/second-factor/step-up/passkey/challenge" => {
            Ok(v1::passkeys::asked(&passkeys.ask_to_step_up(request.credential()?, caller).await?))
        }
        "POST /v1/auth/second-factor/step-up/passkey" if request.is_form() => {
            let answered = browser::passkeys::presented(&request)?;
            passkeys.step_up(request.credential()?, answered, caller).await?;
            Ok(security::changed(&request))
        }
        "POST /v1/auth/second-factor/step-up/passkey" => {
            let answered = v1::passkeys::presented(&request)?;
            Ok(v1::access_token(&passkeys.step_up(request.credential()?, answered, caller).await?))
        }
        _ => keep(passkeys, &request).await,
    }
}

/// What people do with their passkeys once they are in.
async fn keep(passkeys: &PasskeyFlow, request: &Request) -> Result<Response, Error> {
    let (id, caller) = (PasskeyId::parse(request.path_parameter("id")), request.caller());
    match request.route_key() {
        "POST /v1/auth/passkeys/registration" => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(request)?);
            Ok(v1::passkeys::asked(&passkeys.ask_to_register(credential, code, caller).await?))
        }
        "POST /v1/auth/passkeys" if request.is_form() => {
            let (answered, name) = browser::passkeys::attested(request)?;
            let registered = passkeys.register(request.credential()?, answered, name, caller).await?;
            Ok(browser::passkeys::registered(passkeys.site(), request, &registered))
        }
        "POST /v1/auth/passkeys" => {
            let (answered, name) = v1::passkeys::attested(request)?;
            Ok(v1::passkeys::registered(&passkeys.register(request.credential()?, answered, name, caller).await?))
        }
        "GET /v1/auth/passkeys" => Ok(v1::passkeys::passkeys(&passkeys.list(request.credential()?, caller).await?)),
        "PATCH /v1/auth/passkeys/{id}" => {
            let name = v1::passkeys::name(request)?;
            let (id, passkey) = passkeys.rename(request.credential()?, id, &name, caller).await?;
            Ok(v1::passkeys::passkey(id, &passkey))
        }
        "POST /v1/auth/passkeys/{id}/rename" => {
            let name = browser::passkeys::name(request)?;
            passkeys.rename(request.credential()?, id, &name, caller).await?;
            Ok(security::changed(request))
        }
        "DELETE /v1/auth/passkeys/{id}" => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(request)?);
            passkeys.remove(credential, id, code, caller).await?;
            Ok(v1::done())
        }
        "POST /v1/auth/passkeys/{id}/remove" => {
            let (credential, code) = (request.credential()?, security::code(request)?);
            passkeys.remove(credential, id, code, caller).await?;
            Ok(security::changed(request))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(passkeys: &PasskeyFlow, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "POST /v1/auth/passkeys/sign-in" if request.is_form() => {
            browser::passkeys::sign_in_error_response(passkeys.site(), request, failure)
        }
        "POST /v1/auth/second-factor/passkey" if request.is_form() => {
            browser::second_factor_error_response(passkeys.site(), request, failure)
        }
        _ if request.is_form() => security::change_error_response(passkeys.site(), request, failure),
        _ => v1::error_response(passkeys, request, failure),
    }
}
