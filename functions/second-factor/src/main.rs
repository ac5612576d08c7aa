//! Asks for a second factor on the way in, in the words of contract `actor` as well, and lets people set theirs up.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::second_factor::SecondFactor;
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, security};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{actor, v1};

fn main() -> Result<(), StartError> {
    serve(SecondFactor::open, handle, error_response)
}

async fn handle(factor: &SecondFactor, request: Arc<Request>) -> Result<Response, Error> {
    let caller = request.caller();
    match request.route_key() {
        "POST /auth/mfa/challenges/{id}/verify" => {
            let (answer, token) = actor::verification(&request, request.path_parameter("id"))?;
            Ok(v1::signed_in(&factor.complete_for_actor(answer, token, caller).await?, &request))
        }
        "POST /v1/auth/second-factor" if request.is_form() => {
            let answer = browser::second_factor(&request)?;
            let completed = factor.complete_in_browser(answer, &request.source(), caller).await?;
            Ok(browser::completed(&completed, &request))
        }
        "POST /v1/auth/second-factor" => {
            let answer = v1::second_factor(&request)?;
            Ok(v1::signed_in(&factor.complete(answer, &request.source(), caller).await?, &request))
        }
        "POST /v1/auth/second-factor/step-up" if request.is_form() => {
            factor.step_up(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::changed(&request))
        }
        "POST /v1/auth/second-factor/step-up" => {
            let (credential, code) = (request.credential()?, v1::second_factor_code(&request)?);
            Ok(v1::access_token(&factor.step_up(credential, code, caller).await?))
        }
        "POST /v1/auth/second-factor/totp" if request.is_form() => {
            let shown = factor.show(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::totp_shown(factor.site(), &request, &shown))
        }
        "POST /v1/auth/second-factor/totp/confirm" if request.is_form() => {
            let confirmed = factor.confirm_on_page(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::confirmed(factor.site(), &request, &confirmed))
        }
        "POST /v1/auth/second-factor/totp/remove" => {
            factor.remove(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::changed(&request))
        }
        "POST /v1/auth/second-factor/recovery-codes" if request.is_form() => {
            let codes = factor.renew_codes(request.credential()?, security::code(&request)?, caller).await?;
            Ok(security::recovery_codes(factor.site(), &request, &codes))
        }
        "POST /v1/auth/second-factor/totp" => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(&request)?);
            Ok(v1::totp_shown(&factor.show(credential, code, caller).await?))
        }
        "POST /v1/auth/second-factor/totp/confirm" => {
            let (credential, code) = (request.credential()?, v1::second_factor_code(&request)?);
            Ok(v1::recovery_codes(&factor.confirm(credential, code, caller).await?))
        }
        "DELETE /v1/auth/second-factor/totp" => {
            let (credential, code) = (request.credential()?, v1::second_factor_code(&request)?);
            factor.remove(credential, code, caller).await?;
            Ok(v1::done())
        }
        "POST /v1/auth/second-factor/recovery-codes" => {
            let (credential, code) = (request.credential()?, v1::optional_second_factor_code(&request)?);
            Ok(v1::recovery_codes(&factor.renew_codes(credential, code, caller).await?))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(factor: &SecondFactor, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "POST /v1/auth/second-factor" if request.is_form() => {
            browser::second_factor_error_response(factor.site(), request, failure)
        }
        "POST /auth/mfa/challenges/{id}/verify" => actor::error_response(failure),
        _ if request.is_form() => security::change_error_response(factor.site(), request, failure),
        _ => v1::error_response(factor, request, failure),
    }
}
