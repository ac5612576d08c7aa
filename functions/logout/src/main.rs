//! `POST /v1/auth/logout`, and `DELETE /auth/session` of contract `actor`: ends this session, or all of them, for a client of the API (JSON) or from our pages (a form).

use std::sync::Arc;

use doorward::error::Failure;
use doorward::flow::logout::Logout;
use doorward::function::{StartError, serve};
use doorward::web::reply::Reply;
use doorward::web::request::Request;
use doorward::web::{actor, browser, v1};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    serve(Logout::open, handle, refuse).await
}

async fn handle(logout: &Logout, request: Arc<Request>) -> Result<Reply, Failure> {
    let credential = request.credential()?;
    if let ("DELETE", ["auth", "session"]) = (request.route().0, request.route().1.as_slice()) {
        logout.session(credential, request.caller()).await?;
        return Ok(actor::session_ended(&request));
    }
    if request.is_form() {
        logout.here(credential, request.caller()).await?;
        return Ok(browser::logged_out(&request));
    }
    if v1::logout_everywhere(&request)? {
        logout.everywhere(credential, request.caller()).await?;
    } else {
        logout.here(credential, request.caller()).await?;
    }
    Ok(v1::logged_out(&request))
}

fn refuse(logout: &Logout, request: &Request, failure: &Failure) -> Reply {
    if let ["auth", "session"] = request.route().1.as_slice() {
        actor::session_end_refused(request, failure)
    } else if request.is_form() {
        browser::logout_refused(logout.site(), request, failure)
    } else {
        v1::refuse(logout, request, failure)
    }
}
