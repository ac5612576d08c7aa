//! `POST /v1/auth/callback`: finishes a sign-in with a provider.

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::callback::Callback;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Callback::open, handle).await
}

async fn handle(callback: &Callback, request: Request) -> Result<Reply, Failure> {
    let returned = v1::callback(&request)?;
    let outcome = callback.finish(returned, request.caller()).await?;
    Ok(v1::outcome(&outcome))
}
