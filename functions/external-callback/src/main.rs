//! `POST /v1/auth/callback/external`, `POST /api/v1/lab/login/callback/`: an external login tells whom it let in. The second
//! ends in a slash, which no route key may do: its route is `/api/v1/lab/login/{path+}`, and other paths end here.

use std::sync::Arc;

use doorward::error::{Denied, Failure};
use doorward::flow::external_callback::ExternalCallback;
use doorward::function::{StartError, serve};
use doorward::web::lab;
use doorward::web::reply::Reply;
use doorward::web::request::Request;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(ExternalCallback::open, handle, lab::refuse).await
}

async fn handle(external: &ExternalCallback, request: Arc<Request>) -> Result<Reply, Failure> {
    let (_, path) = request.route();
    let (["v1", "auth", "callback", "external"] | ["api", "v1", "lab", "login", "callback"]) =
        path.strip_suffix(&[""]).unwrap_or(&path)
    else {
        return Err(Denied::NotFound.into());
    };
    let caller = request.caller();
    let system = external.admit(lab::api_key(&request), caller).await?;
    let said = lab::confirmation(&request);
    match path.as_slice() {
        ["v1", ..] => Ok(lab::going_on(&external.confirm(said, &system, caller).await?)),
        _ => {
            external.confirm_unbound(said, &system, caller).await?;
            Ok(lab::done())
        }
    }
}
