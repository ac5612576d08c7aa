//! A person looks at their sessions, and ends one; contract `social` looks at the one that asks, and contract `actor`
//! puts it into a cookie.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::session::Lookup;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{actor, social, v1};

fn main() -> Result<(), StartError> {
    serve(Lookup::open, handle, error_response)
}

async fn handle(lookup: &Lookup, request: Arc<Request>) -> Result<Response, Error> {
    let caller = request.caller();
    match request.route_key() {
        "GET /v1/auth/session" => {
            let (found, access) = lookup.current(request.credential()?, caller).await?;
            Ok(v1::session(&found.session, &found.user, &access))
        }
        "GET /v1/auth/session/external-token" => {
            let (token, expires_at) = lookup.external_token(request.credential()?, caller).await?;
            Ok(v1::external_token(&token, expires_at))
        }
        "GET /v1/auth/sessions" => {
            let page = v1::page_of_sessions(&request)?;
            Ok(v1::sessions(&lookup.page(page, request.credential()?, caller).await?))
        }
        "DELETE /v1/auth/sessions/{id}" => {
            lookup.end(request.path_parameter("id"), request.credential()?, caller).await?;
            Ok(v1::done())
        }
        "GET /auth/session/current" => {
            let found = lookup.of_either(request.credential()?, caller).await?;
            Ok(social::current(&found.session, &found.user))
        }
        "POST /auth/session" => {
            let put = lookup.put_into_cookie(request.bearer()?, caller).await?;
            Ok(actor::session(&put, &request))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(lookup: &Lookup, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "GET /auth/session/current" => social::current_error_response(failure),
        "POST /auth/session" => actor::error_response(failure),
        _ => v1::error_response(lookup, request, failure),
    }
}
