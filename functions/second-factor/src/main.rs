//! Asks for a second factor on the way in, in the words of contract `actor` as well, and lets people set theirs up.

use std::sync::Arc;

use doorward::error::{Denied, Failure};
use doorward::flow::second_factor::SecondFactor;
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, security};
use doorward::web::reply::Reply;
use doorward::web::request::Request;
use doorward::web::{actor, v1};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(SecondFactor::open, handle, refuse).await
}

async fn handle(factor: &SecondFactor, request: Arc<Request>) -> Result<Reply, Failure> {
    let caller = request.caller();
    let (method, path) = request.route();
    let rest = match path.as_slice() {
        ["v1", "auth", "second-factor", rest @ ..] => rest,
        ["auth", "mfa", "challenges", id, "verify"] => {
            let (answer, token) = actor::verification(&request, id)?;
            return Ok(actor::token(&factor.complete_for_actor(answer, token, caller).await?));
        }
        _ => return Err(Denied::NotFound.into()),
    };
    match (method, rest) {
        ("POST", []) if request.is_form() => {
            let answer = browser::second_factor(&request)?;
            let completed = factor.complete_in_browser(answer, &request.source(), caller).await?;
            Ok(browser::completed(&completed, &request))
        }
        ("POST", []) => {
            let answer = v1::second_factor(&request)?;
            Ok(v1::completed(&factor.complete(answer, &request.source(), caller).await?, &request))
        }
        ("POST", ["step-up"]) if request.is_form() => {
            factor.step_up(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::changed(&request))
        }
        ("POST", ["step-up"]) => {
            let (credential, code) = (request.credential()?, v1::second_factor_code(&request)?);
            Ok(v1::access_token(&factor.step_up(credential, code, caller).await?))
        }
        ("POST", ["totp"]) if request.is_form() => {
            let shown = factor.show(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::totp_shown(factor.site(), &request, &shown))
        }
        ("POST", ["totp", "confirm"]) if request.is_form() => {
            let confirmed = factor.confirm_on_page(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::confirmed(factor.site(), &request, &confirmed))
        }
        ("POST", ["totp", "remove"]) => {
            factor.remove(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::changed(&request))
        }
        ("POST", ["recovery-codes"]) if request.is_form() => {
            let codes = factor.renew_codes(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::recovery_codes(factor.site(), &request, &codes))
        }
        ("POST", ["totp"]) => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(&request)?);
            Ok(v1::totp_shown(&factor.show(credential, code, caller).await?))
        }
        ("POST", ["totp", "confirm"]) => {
            let (credential, code) = (request.credential()?, v1::second_factor_code(&request)?);
            Ok(v1::recovery_codes(&factor.confirm(credential, code, caller).await?))
        }
        ("DELETE", ["totp"]) => {
            let (credential, code) = (request.credential()?, v1::second_factor_code(&request)?);
            factor.remove(credential, code, caller).await?;
            Ok(v1::done())
        }
        ("POST", ["recovery-codes"]) => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(&request)?);
            Ok(v1::recovery_codes(&factor.renew_codes(credential, code, caller).await?))
        }
        _ => Err(Denied::NotFound.into()),
    }
}

fn refuse(factor: &SecondFactor, request: &Request, failure: &Failure) -> Reply {
    match request.route().1.as_slice() {
        ["v1", "auth", "second-factor"] if request.is_form() => {
            browser::second_factor_refused(factor.site(), request, failure)
        }
        ["auth", ..] => actor::refused(failure),
        _ if request.is_form() => security::change_refused(factor.site(), request, failure),
        _ => v1::refuse(factor, request, failure),
    }
}
