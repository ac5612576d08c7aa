//! `/v1/auth/identities` and what is below it: a person looks after what leads to their account. `/v1/auth/undo`: the reader of
//! a notice says that it was not them.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::identities::Identities;
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, mailbox};
use doorward::web::request::Request;
use doorward::web::response::Response;
use doorward::web::v1;

fn main() -> Result<(), StartError> {
    serve(Identities::open, handle, error_response)
}

async fn handle(identities: &Identities, request: Arc<Request>) -> Result<Response, Error> {
    let (undoing, provider, caller) = (&identities.undoing, request.path_parameter("provider"), request.caller());
    match request.route_key() {
        "GET /v1/auth/identities" => {
            let all = identities.all(request.credential()?, caller).await?;
            Ok(v1::identities::identities(&all))
        }
        "POST /v1/auth/identities/{provider}" => {
            let credential = request.credential()?;
            let started = identities.start(v1::identities::link(&request, provider)?, credential, caller).await?;
            Ok(v1::login_started(&started))
        }
        "DELETE /v1/auth/identities/{provider}" => {
            let user = identities.unlink(provider, request.credential()?, caller).await?;
            Ok(v1::identities::identities(&user.identities))
        }
        "GET /v1/auth/undo" => {
            let token = browser::link_token(&request)?;
            let undo = undoing.show(token.as_ref(), caller).await?;
            let token = token.ok_or(Rejection::MagicLinkInvalid)?;
            Ok(mailbox::undo_opened(undoing.site(), &request, &token, &undo))
        }
        "POST /v1/auth/undo" => {
            undoing.undo(mailbox::undo(&request)?, &request.source(), caller).await?;
            Ok(mailbox::undone(undoing.site(), &request))
        }
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(identities: &Identities, request: &Request, failure: &Error) -> Response {
    match request.route_key() {
        "GET /v1/auth/undo" | "POST /v1/auth/undo" => {
            browser::error_response(identities.undoing.site(), request, failure)
        }
        _ => v1::error_response(identities, request, failure),
    }
}
