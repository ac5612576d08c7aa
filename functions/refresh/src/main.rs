//! `POST /v1/auth/refresh`: moves a session on to its next generation. `POST /auth/token/refresh`: renews the one token of a
//! session under contract `actor`.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::refresh::Refresh;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{actor, v1};

fn main() -> Result<(), StartError> {
    serve(Refresh::open, handle, error_response)
}

async fn handle(refresh: &Refresh, request: Arc<Request>) -> Result<Response, Error> {
    match request.route_key() {
        "POST /v1/auth/refresh" => {
            let refreshed = refresh.refresh(v1::refresh(&request)?, request.caller()).await?;
            Ok(v1::refreshed(&refreshed))
        }
        "POST /auth/token/refresh" => Ok(actor::token(&refresh.renew(request.credential()?, request.caller()).await?)),
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(refresh: &Refresh, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "POST /auth/token/refresh" => actor::error_response(failure),
        _ => v1::error_response(refresh, request, failure),
    }
}
