//! `GET /v1/auth/session`, `GET /v1/auth/sessions`, `DELETE /v1/auth/sessions/{id}`: a person looks at their sessions.

use doorward::app::{StartError, serve};
use doorward::failure::{Denied, Failure};
use doorward::flow::session::Lookup;
use doorward::wire::reply::Reply;
use doorward::wire::request::Request;
use doorward::wire::v1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Lookup::open, handle).await
}

async fn handle(lookup: &Lookup, request: Request) -> Result<Reply, Failure> {
    let (token, caller) = (request.bearer()?, request.caller());
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", ["v1", "auth", "session"]) => {
            let found = lookup.current(token, caller).await?;
            Ok(v1::session(&found.session, &found.user, &found.access))
        }
        ("GET", ["v1", "auth", "sessions"]) => {
            let (sessions, current) = lookup.all(&token, caller).await?;
            Ok(v1::sessions(&sessions, &current))
        }
        ("DELETE", ["v1", "auth", "sessions", id]) => {
            lookup.end(id, &token, caller).await?;
            Ok(v1::done())
        }
        _ => Err(Denied::NotFound.into()),
    }
}
