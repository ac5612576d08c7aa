//! `POST /v1/auth/callback/external`, `POST /api/v1/lab/login/callback/`: an external login tells whom it let in. The second
//! ends in a slash, which no route key may do: its route is `/api/v1/lab/login/{path+}`, and other paths end here.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::external_callback::ExternalCallback;
use doorward::function::{StartError, serve};
use doorward::web::lab;
use doorward::web::request::Request;
use doorward::web::response::Response;

fn main() -> Result<(), StartError> {
    serve(ExternalCallback::open, handle, lab::error_response)
}

async fn handle(external: &ExternalCallback, request: Arc<Request>) -> Result<Response, Error> {
    let caller = request.caller();
    match request.route_key() {
        "POST /v1/auth/callback/external" => {
            let system = external.admit(lab::api_key(&request), caller).await?;
            Ok(lab::going_on(&external.confirm(lab::confirmation(&request), &system, caller).await?))
        }
        "POST /api/v1/lab/login/{path+}"
            if matches!(request.path(), "/api/v1/lab/login/callback/" | "/api/v1/lab/login/callback") =>
        {
            let system = external.admit(lab::api_key(&request), caller).await?;
            external.confirm_unbound(lab::confirmation(&request), &system, caller).await?;
            Ok(lab::done())
        }
        _ => Err(Rejection::NotFound.into()),
    }
}
