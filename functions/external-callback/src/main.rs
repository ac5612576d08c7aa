//! `POST /v1/auth/callback/external`, `POST /api/v1/lab/login/callback/`: an external login tells whom it let in.

use std::sync::Arc;

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::external_callback::ExternalCallback;
use doorward::wire::lab;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(ExternalCallback::open, handle, lab::refuse).await
}

async fn handle(external: &ExternalCallback, request: Arc<Request>) -> Result<Reply, Failure> {
    let caller = request.caller();
    let system = external.admit(lab::api_key(&request), caller).await?;
    let said = lab::confirmation(&request);
    match request.route().1.as_slice() {
        ["v1", ..] => Ok(lab::going_on(&external.confirm(said, &system, caller).await?)),
        _ => {
            external.confirm_unbound(said, &system, caller).await?;
            Ok(lab::done())
        }
    }
}
