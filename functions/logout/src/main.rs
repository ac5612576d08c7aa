//! `POST /v1/auth/logout`: ends this session, or all of them.

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::logout::Logout;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Logout::open, handle).await
}

async fn handle(logout: &Logout, request: Request) -> Result<Reply, Failure> {
    let (token, everywhere) = (request.bearer()?, v1::logout_everywhere(&request)?);
    if everywhere {
        logout.everywhere(&token, request.caller()).await?;
    } else {
        logout.here(&token, request.caller()).await?;
    }
    Ok(v1::done())
}
