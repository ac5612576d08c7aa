//! `POST /v1/auth/refresh`: moves a session on to its next generation. `POST /auth/token/refresh`: renews the one token of a
//! session under contract `actor`.

use std::sync::Arc;

use doorward::error::{Denied, Failure};
use doorward::flow::refresh::Refresh;
use doorward::function::{StartError, serve};
use doorward::web::reply::Reply;
use doorward::web::request::Request;
use doorward::web::{actor, v1};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Refresh::open, handle, refuse).await
}

async fn handle(refresh: &Refresh, request: Arc<Request>) -> Result<Reply, Failure> {
    match request.route_key() {
        "POST /v1/auth/refresh" => {
            let refreshed = refresh.refresh(v1::refresh(&request)?, request.caller()).await?;
            Ok(v1::refreshed(&refreshed))
        }
        "POST /auth/token/refresh" => Ok(actor::token(&refresh.renew(request.credential()?, request.caller()).await?)),
        _ => Err(Denied::NotFound.into()),
    }
}

fn refuse(refresh: &Refresh, request: &Request, failure: &Failure) -> Reply {
    match request.route_key() {
        "POST /auth/token/refresh" => actor::refused(failure),
        _ => v1::refuse(refresh, request, failure),
    }
}
