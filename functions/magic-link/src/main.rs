//! `POST /v1/auth/magic-link`: mails a link.

use doorward::app::{StartError, serve};
use doorward::failure::Failure;
use doorward::flow::magic_link::SendLink;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(SendLink::open, handle).await
}

async fn handle(send_link: &SendLink, request: Request) -> Result<Reply, Failure> {
    let wanted = v1::magic_link(&request)?;
    let sent = send_link.send(wanted, request.caller()).await?;
    Ok(v1::link_sent(&sent))
}
