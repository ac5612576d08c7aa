//! `/v1/auth/identities` and what is below it: a person looks after what leads to their account. `/v1/auth/undo`: the reader of
//! a notice says that it was not them.

use std::sync::Arc;

use doorward::error::{Denied, Failure};
use doorward::flow::identities::Identities;
use doorward::flow::undo::Undoing;
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, mailbox};
use doorward::web::reply::Reply;
use doorward::web::request::Request;
use doorward::web::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Identities::open, handle, refuse).await
}

async fn handle(identities: &Identities, request: Arc<Request>) -> Result<Reply, Failure> {
    let (method, path) = request.route();
    if let ["v1", "auth", "undo"] = path.as_slice() {
        return undo(&identities.undoing, &request).await;
    }
    let (credential, caller) = (request.credential()?, request.caller());
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

async fn undo(undoing: &Undoing, request: &Request) -> Result<Reply, Failure> {
    if request.route().0 == "GET" {
        let token = browser::link_token(request)?;
        let undo = undoing.show(token.as_ref(), request.caller()).await?;
        let token = token.ok_or(Denied::MagicLinkInvalid)?;
        Ok(mailbox::undo_opened(undoing.site(), request, &token, &undo))
    } else {
        undoing.undo(mailbox::undo(request)?, &request.source(), request.caller()).await?;
        Ok(mailbox::undone(undoing.site(), request))
    }
}

fn refuse(identities: &Identities, request: &Request, failure: &Failure) -> Reply {
    match request.route().1.as_slice() {
        ["v1", "auth", "undo"] => browser::refused(identities.undoing.site(), request, failure),
        _ => v1::refuse(identities, request, failure),
    }
}
