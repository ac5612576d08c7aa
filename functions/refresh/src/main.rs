//! `POST /v1/auth/refresh`: moves a session on to its next generation.

use std::sync::Arc;

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::refresh::Refresh;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Refresh::open, handle, v1::refuse).await
}

async fn handle(refresh: &Refresh, request: Arc<Request>) -> Result<Reply, Failure> {
    let wanted = v1::refresh(&request)?;
    let tokens = refresh.refresh(wanted, request.caller()).await?;
    Ok(v1::refreshed(&tokens))
}
