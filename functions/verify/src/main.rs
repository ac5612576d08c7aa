//! `/v1/auth/verify`: takes a mailed link or code, for a client of the API (JSON) or from our pages (a form), and shows the
//! page that a mailed link opens. `/v1/auth/verify/identity`: a mailbox says whether an identity is its owner's.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::verify::Verify;
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, mailbox};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::v1;

fn main() -> Result<(), StartError> {
    serve(Verify::open, handle, error_response)
}

async fn handle(verify: &Verify, request: Arc<Request>) -> Result<Response, Error> {
    let caller = request.caller();
    match request.route_key() {
        "GET /v1/auth/verify" => {
            let token = browser::link_token(&request)?.ok_or(Rejection::MagicLinkInvalid)?;
            let opened = verify.show(&token, &browser::bindings(&request), caller).await?;
            Ok(browser::link_opened(verify.site(), &request, &token, &opened))
        }
        "POST /v1/auth/verify" if request.is_form() => {
            let landing = verify.land(browser::verify(&request)?, &request.source(), caller).await?;
            Ok(browser::landed(&landing, browser::mail_transaction(&request).as_ref(), &request))
        }
        "POST /v1/auth/verify" => {
            let outcome = verify.open_link(v1::verify(&request)?, caller).await?;
            Ok(v1::outcome(&outcome, &request))
        }
        "GET /v1/auth/verify/identity" => {
            let token = browser::link_token(&request)?.ok_or(Rejection::MagicLinkInvalid)?;
            let opened = verify.show_wish(&token, &browser::bindings(&request), caller).await?;
            Ok(mailbox::wish_opened(verify.site(), &request, &token, &opened))
        }
        "POST /v1/auth/verify/identity" => {
            let (token, shown) = mailbox::wish(&request)?;
            let granted = verify.grant(token, shown, &request.source(), caller).await?;
            let transaction = browser::mail_transaction(&request);
            Ok(mailbox::wish_granted(verify.site(), &granted, transaction.as_ref(), &request))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(verify: &Verify, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "POST /v1/auth/verify" | "POST /v1/auth/verify/identity" if !request.is_form() => {
            v1::error_response(verify, request, failure)
        }
        _ => browser::verify_error_response(verify.site(), request, failure),
    }
}
