//! `POST /v1/auth/verify`: opens a mailed link.

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::verify::Verify;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Verify::open, handle).await
}

async fn handle(verify: &Verify, request: Request) -> Result<Reply, Failure> {
    let opened = v1::verify(&request)?;
    let outcome = verify.open_link(opened, request.caller()).await?;
    Ok(v1::outcome(&outcome))
}
