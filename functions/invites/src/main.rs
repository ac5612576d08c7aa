//! `/v1/auth/invites` and what is below it: admins invite people, and those who were invited accept, as clients of the API
//! or with the form of our page; contract `actor` accepts in its own words.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::invites::ManageInvites;
use doorward::function::{StartError, serve};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::{actor, browser, v1};

fn main() -> Result<(), StartError> {
    serve(ManageInvites::open, handle, error_response)
}

async fn handle(invites: &ManageInvites, request: Arc<Request>) -> Result<Response, Error> {
    let (credential, caller) = (request.bearer(), request.caller());
    match request.route_key() {
        "POST /v1/auth/invites" => {
            let invite = invites.invite(v1::invites::invitation(&request)?, credential?, caller).await?;
            Ok(v1::invites::invited(&invite))
        }
        "GET /v1/auth/invites" => {
            let actor_type = request.query()?.text("actorType");
            let pending = invites.pending(actor_type.as_deref(), credential?, caller).await?;
            Ok(v1::invites::invites(&pending))
        }
        "DELETE /v1/auth/invites/{id}" => {
            invites.revoke(request.path_parameter("id"), credential?, caller).await?;
            Ok(v1::done())
        }
        "POST /v1/auth/invites/accept" if request.is_form() => {
            let (invite, language) = browser::acceptance(&request)?;
            let completed = invites.acceptances.in_browser(invite, &request.source(), language, caller).await?;
            Ok(browser::completed(&completed, &request))
        }
        "POST /v1/auth/invites/accept" => {
            let acceptance = v1::invites::acceptance(&request)?;
            let signed_in = invites.acceptances.for_client(acceptance, &credential?, caller).await?;
            Ok(v1::signed_in(&signed_in, &request))
        }
        "POST /auth/{actor_type}/invites/accept" => {
            let acceptance = actor::acceptance(&request, request.path_parameter("actor_type"))?;
            let (user, token) = invites.acceptances.for_actor(acceptance, &credential?, caller).await?;
            Ok(actor::accepted(&user, &token))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(invites: &ManageInvites, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "POST /auth/{actor_type}/invites/accept" => actor::error_response(failure),
        _ if request.is_form() => browser::error_response(invites.site(), request, failure),
        _ => v1::error_response(invites, request, failure),
    }
}
