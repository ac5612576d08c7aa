//! `POST /v1/auth/logout`, and `DELETE /auth/session` of contract `actor`: ends this session, or all of them, for a client of the API (JSON) or from our pages (a form).

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::logout::Logout;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{actor, browser, v1};

fn main() -> Result<(), StartError> {
    serve(Logout::open, handle, error_response)
}

async fn handle(logout: &Logout, request: Arc<Request>) -> Result<Response, Error> {
    let (credential, caller) = (request.credential()?, request.caller());
    match request.route_key() {
        "DELETE /auth/session" => {
            logout.session(credential, caller).await?;
            Ok(actor::session_ended(&request))
        }
        "POST /v1/auth/logout" if request.is_form() => {
            logout.here(credential, caller).await?;
            Ok(browser::logged_out(&request))
        }
        "POST /v1/auth/logout" => {
            if v1::logout_everywhere(&request)? {
                logout.everywhere(credential, caller).await?;
            } else {
                logout.here(credential, caller).await?;
            }
            Ok(v1::logged_out(&request))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(logout: &Logout, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "DELETE /auth/session" => actor::session_end_error_response(request, failure),
        _ if request.is_form() => browser::logout_error_response(logout.site(), request, failure),
        _ => v1::error_response(logout, request, failure),
    }
}
