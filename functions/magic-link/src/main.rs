//! `POST /v1/auth/magic-link`: mails a link, for a client of the API (JSON) or for our sign-in page (a form).

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::magic_link::SendLink;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{browser, v1};

fn main() -> Result<(), StartError> {
    serve(SendLink::open, handle, error_response)
}

async fn handle(send_link: &SendLink, request: Arc<Request>) -> Result<Response, Error> {
    match request.route_key() {
        "POST /v1/auth/magic-link" if request.is_form() => {
            let sent = send_link.send(browser::magic_link(&request)?, request.caller()).await?;
            Ok(browser::link_sent(&sent, &request))
        }
        "POST /v1/auth/magic-link" => {
            let sent = send_link.send(v1::magic_link(&request)?, request.caller()).await?;
            Ok(v1::link_sent(&sent))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(send_link: &SendLink, request: &Request, failure: &Error) -> Response {
    if request.is_form() {
        browser::link_error_response(send_link.site(), request, failure)
    } else {
        v1::error_response(send_link, request, failure)
    }
}
