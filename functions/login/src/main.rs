//! `POST /v1/auth/login`: starts a sign-in with a provider.

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::login::Login;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Login::open, handle).await
}

async fn handle(login: &Login, request: Request) -> Result<Reply, Failure> {
    let wanted = v1::login(&request)?;
    let started = login.start(wanted, request.caller()).await?;
    Ok(v1::login_started(&started))
}
