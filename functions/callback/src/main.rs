//! Finishes a sign-in with a provider: for a client of the API, in the browser, and for the contracts `gateway`, `actor` and `social`.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::callback::Callback;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{actor, browser, gateway, social, v1};

fn main() -> Result<(), StartError> {
    serve(Callback::open, handle, error_response)
}

async fn handle(callback: &Callback, request: Arc<Request>) -> Result<Response, Error> {
    let provider = request.path_parameter("provider");
    match request.route_key() {
        "POST /v1/auth/callback" => {
            let finished = callback.finish_or_link(v1::callback(&request)?, request.credential(), request.caller());
            Ok(v1::finished(&finished.await?, &request))
        }
        "GET /accounts/oauth/callback" => {
            let returned = gateway::callback(&request)?;
            let returned = callback.finish_gateway(returned, request.is_navigation(), request.caller()).await?;
            Ok(gateway::returned(&returned, &request))
        }
        "GET /v1/auth/callback/{provider}" | "POST /v1/auth/callback/{provider}" => {
            if let Some(again) = browser::passing_on(callback.site(), &request) {
                return Ok(again);
            }
            let landing = callback.land(browser::callback(&request, provider)?, request.caller()).await?;
            Ok(browser::landed(&landing, browser::transaction(&request).as_ref(), &request))
        }
        "GET /auth/social/{provider}/callback" | "POST /auth/social/{provider}/callback" => {
            if let Some(again) = social::passing_on(callback.site(), &request) {
                return Ok(again);
            }
            let returned = social::callback(&request, provider)?;
            let outcome = callback.finish_in_browser(returned, social::wants_json(&request), request.caller()).await?;
            Ok(social::outcome(&outcome, provider, callback.frontend_url(), &request))
        }
        "GET /auth/{actor_type}/{provider}/callback" | "POST /auth/{actor_type}/{provider}/callback" => {
            let actor_type = request.path_parameter("actor_type");
            let returned = actor::callback(&request, actor_type, provider)?;
            Ok(actor::answer(&callback.finish_actor(returned, request.caller()).await?, &request))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(callback: &Callback, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "GET /auth/social/{provider}/callback" | "POST /auth/social/{provider}/callback" => {
            social::sign_in_error_response(
                failure,
                request.path_parameter("provider"),
                callback.frontend_url(),
                request,
            )
        }
        "GET /v1/auth/callback/{provider}" | "POST /v1/auth/callback/{provider}" => {
            browser::error_response(callback.site(), request, failure)
        }
        "GET /auth/{actor_type}/{provider}/callback" | "POST /auth/{actor_type}/{provider}/callback" => {
            actor::error_response(failure)
        }
        "GET /accounts/oauth/callback" => gateway::error_response(failure, request),
        _ => v1::error_response(callback, request, failure),
    }
}
