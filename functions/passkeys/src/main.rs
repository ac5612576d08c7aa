//! Signs people in by a passkey, asks for one as a second factor, and keeps them.

use std::sync::Arc;

use doorward::error::{Denied, Failure};
use doorward::flow::passkeys::{PasskeyId, Passkeys};
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, security};
use doorward::web::reply::Reply;
use doorward::web::request::Request;
use doorward::web::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Passkeys::open, handle, refuse).await
}

async fn handle(passkeys: &Passkeys, request: Arc<Request>) -> Result<Reply, Failure> {
    let (_, path) = request.route();
    match path.as_slice() {
        ["v1", "auth", "passkeys", rest @ ..] => keep(passkeys, &request, rest).await,
        ["v1", "auth", "second-factor", rest @ ..] => show(passkeys, &request, rest).await,
        _ => Err(Denied::NotFound.into()),
    }
}

async fn keep(passkeys: &Passkeys, request: &Request, rest: &[&str]) -> Result<Reply, Failure> {
    let caller = request.caller();
    match (request.route().0, rest) {
        ("POST", ["challenge"]) => Ok(v1::passkeys::asked(&passkeys.ask_to_sign_in(&request.source(), caller).await?)),
        ("POST", ["sign-in"]) if request.is_form() => {
            let form = browser::passkeys::sign_in(request)?;
            let (target, source) = (form.target.as_deref(), request.source());
            let done = passkeys.sign_in_in_browser(form.answered, target, &source, form.language, caller).await?;
            Ok(browser::passkeys::signed_in(request, &done))
        }
        ("POST", ["sign-in"]) => Ok(v1::signed_in(&passkeys.sign_in(v1::passkeys::presented(request)?, caller).await?)),
        ("POST", ["registration"]) => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(request)?);
            Ok(v1::passkeys::asked(&passkeys.ask_to_register(credential, code, caller).await?))
        }
        ("POST", []) if request.is_form() => {
            let (answered, name) = browser::passkeys::attested(request)?;
            let registered = passkeys.register(request.credential()?, answered, name, caller).await?;
            Ok(browser::passkeys::registered(passkeys.site(), request, &registered))
        }
        ("POST", []) => {
            let (answered, name) = v1::passkeys::attested(request)?;
            Ok(v1::passkeys::registered(&passkeys.register(request.credential()?, answered, name, caller).await?))
        }
        ("GET", []) => Ok(v1::passkeys::passkeys(&passkeys.list(request.credential()?, caller).await?)),
        ("PATCH", [id]) => {
            let name = v1::passkeys::name(request)?;
            let (id, passkey) = passkeys.rename(request.credential()?, PasskeyId::parse(id), &name, caller).await?;
            Ok(v1::passkeys::passkey(id, &passkey))
        }
        ("POST", [id, "rename"]) => {
            let name = browser::passkeys::name(request)?;
            passkeys.rename(request.credential()?, PasskeyId::parse(id), &name, caller).await?;
            Ok(security::changed(request))
        }
        ("DELETE", [id]) => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(request)?);
            passkeys.remove(credential, PasskeyId::parse(id), code, caller).await?;
            Ok(v1::done())
        }
        ("POST", [id, "remove"]) => {
            let (credential, code) = (request.credential()?, security::code(request)?);
            passkeys.remove(credential, PasskeyId::parse(id), code, caller).await?;
            Ok(security::changed(request))
        }
        _ => Err(Denied::NotFound.into()),
    }
}

async fn show(passkeys: &Passkeys, request: &Request, rest: &[&str]) -> Result<Reply, Failure> {
    let caller = request.caller();
    match (request.route().0, rest) {
        ("POST", ["passkey", "challenge"]) => {
            let partial = v1::passkeys::partial(request)?;
            Ok(v1::passkeys::asked(&passkeys.ask_for_second_factor(partial, caller).await?))
        }
        ("POST", ["passkey"]) if request.is_form() => {
            let (partial, answered) = browser::passkeys::second_factor(request)?;
            let done = passkeys.complete_in_browser(partial, answered, &request.source(), caller).await?;
            Ok(browser::completed(&done, request))
        }
        ("POST", ["passkey"]) => {
            let (partial, answered) = v1::passkeys::second_factor(request)?;
            Ok(v1::completed(&passkeys.complete(partial, answered, &request.source(), caller).await?, request))
        }
        ("POST", ["step-up", "passkey", "challenge"]) => {
            Ok(v1::passkeys::asked(&passkeys.ask_to_step_up(request.credential()?, caller).await?))
        }
        ("POST", ["step-up", "passkey"]) if request.is_form() => {
            let answered = browser::passkeys::presented(request)?;
            passkeys.step_up(request.credential()?, answered, caller).await?;
            Ok(security::changed(request))
        }
        ("POST", ["step-up", "passkey"]) => {
            let answered = v1::passkeys::presented(request)?;
            Ok(v1::access_token(&passkeys.step_up(request.credential()?, answered, caller).await?))
        }
        _ => Err(Denied::NotFound.into()),
    }
}

fn refuse(passkeys: &Passkeys, request: &Request, failure: &Failure) -> Reply {
    match request.route().1.as_slice() {
        ["v1", "auth", "passkeys", "sign-in"] if request.is_form() => {
            browser::passkeys::sign_in_refused(passkeys.site(), request, failure)
        }
        ["v1", "auth", "second-factor", "passkey"] if request.is_form() => {
            browser::second_factor_refused(passkeys.site(), request, failure)
        }
        _ if request.is_form() => security::change_refused(passkeys.site(), request, failure),
        _ => v1::refuse(passkeys, request, failure),
    }
}
