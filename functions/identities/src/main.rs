//! `/v1/auth/identities` and what is below it: a person looks after what leads to their account.

use std::sync::Arc;

use doorward::app::{StartError, serve};
use doorward::failure::{Denied, Failure};
use doorward::flow::identities::Identities;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Identities::open, handle, v1::refuse).await
}

async fn handle(identities: &Identities, request: Arc<Request>) -> Result<Reply, Failure> {
    let (credential, caller) = (request.credential()?, request.caller());
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", ["v1", "auth", "identities"]) => {
            let all = identities.all(credential, caller).await?;
            Ok(v1::identities::identities(&all))
        }
        ("POST", ["v1", "auth", "identities", provider]) => {
            let started = identities.start(v1::identities::link(&request, provider)?, credential, caller).await?;
            Ok(v1::login_started(&started))
        }
        ("DELETE", ["v1", "auth", "identities", provider]) => {
            let user = identities.unlink(provider, credential, caller).await?;
            Ok(v1::identities::identities(&user.identities))
        }
        _ => Err(Denied::NotFound.into()),
    }
}
