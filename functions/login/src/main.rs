//! Starts a sign-in with a provider: for a client of the API, for a browser, and for the contracts `actor` and `social`.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::login::Login;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{actor, browser, social, v1};

fn main() -> Result<(), StartError> {
    serve(Login::open, handle, error_response)
}

async fn handle(login: &Login, request: Arc<Request>) -> Result<Response, Error> {
    let provider = request.path_parameter("provider");
    match request.route_key() {
        "POST /v1/auth/login" => {
            let started = login.start(v1::login(&request)?, request.caller()).await?;
            Ok(v1::login_started(&started))
        }
        "GET /v1/auth/login/{provider}" => {
            let started = login.start(browser::login(&request, provider)?, request.caller()).await?;
            Ok(browser::login_started(&started))
        }
        "GET /auth/social/{provider}" | "POST /auth/social/{provider}" => {
            let started = login.start(social::login(&request, provider), request.caller()).await?;
            Ok(browser::login_started(&started))
        }
        "POST /auth/{actor_type}/{provider}" => {
            let actor_type = request.path_parameter("actor_type");
            let started = login.start(actor::login(&request, actor_type, provider)?, request.caller()).await?;
            Ok(actor::login_started(&started))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(login: &Login, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "GET /auth/social/{provider}" | "POST /auth/social/{provider}" => {
            social::sign_in_error_response(failure, request.path_parameter("provider"), login.frontend_url(), request)
        }
        "GET /v1/auth/login/{provider}" => browser::error_response(login.site(), request, failure),
        "POST /auth/{actor_type}/{provider}" => actor::error_response(failure),
        _ => v1::error_response(login, request, failure),
    }
}
