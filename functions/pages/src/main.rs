//! `GET /login` and everything beneath: the hosted pages; `GET /` leads there.

use std::sync::Arc;

use doorward::error::{Error, Rejection};
use doorward::flow::pages::{PageVisitor, Pages, Waiting};
use doorward::function::{StartError, serve};
use doorward::web::browser::{self, security};
use doorward::web::cookie;
use doorward::web::pages::{self, CheckMailPage, InvitePage, Page, SignInPage, SignedInPage, View};
use doorward::web::request::Request;
use doorward::web::response::{self, Response};

fn main() -> Result<(), StartError> {
    serve(Pages::open, handle, error_response)
}

async fn handle(pages: &Pages, request: Arc<Request>) -> Result<Response, Error> {
    let view = view(pages, &request);
    match request.route_key() {
        "GET /" => Ok(response::found("/login")),
        "GET /favicon.ico" => Ok(pages::icon(pages.site())),
        "GET /login" => {
            let query = request.query()?;
            if let Some(session) = browser::second_factor_due(&query) {
                return Ok(response::see_other(&view.address("/login/second-factor", &[("session_id", session)])));
            }
            let visitor =
                pages.visitor(query.find("return_to"), cookie::session_of(request.cookies()), request.caller()).await?;
            Ok(match &visitor {
                PageVisitor::SignedIn(inside) => SignedInPage { view, inside }.response(),
                PageVisitor::SignedOut(outside) => SignInPage::of(view, outside, query.find("error")).response(),
            })
        }
        "GET /login/{page+}" => page(pages, &request, view).await,
        _ => Err(Rejection::NotFound.into()),
    }
}

async fn page(pages: &Pages, request: &Request, view: View<'_>) -> Result<Response, Error> {
    match request.path() {
        "/login/check-mail" => {
            let query = request.query()?;
            let (asked, bindings) = (browser::mail_request(&query), cookie::bindings_of(request.cookies()));
            let session = cookie::session_of(request.cookies());
            Ok(match pages.mail_sent(asked, &bindings, session, request.caller()).await? {
                Waiting::Mail(sent) => {
                    CheckMailPage { view, sent: &sent, wrong: query.find("error").is_some() }.response()
                }
                Waiting::SignedIn(inside) => {
                    response::see_other(&view.address("/login", &[("return_to", inside.return_to.as_str())]))
                }
            })
        }
        "/login/second-factor" => {
            let query = request.query()?;
            let asked = browser::challenge(&query)?;
            let methods = pages.challenge(asked.partial, request.caller()).await?;
            Ok(asked.page(view, &methods).response())
        }
        "/login/security" => {
            let protection = pages.security(cookie::session_of(request.cookies()), request.caller()).await?;
            Ok(security::managed(view, &protection, &request.query()?))
        }
        "/login/invite" => {
            let invited = pages.invited(browser::link_token(request)?, request.caller()).await?;
            Ok(InvitePage { view, invited: &invited }.response())
        }
        "/login/link-mailed" => Ok(pages::link_mailed(view)),
        "/login/registration" => Ok(pages::registration_required(view)),
        "/login/problem" => Ok(pages::told_again(view, request.query()?.find("error").unwrap_or_default())),
        "/login/doorward.js" => Ok(pages::script()),
        "/login/icon.svg" => Ok(pages::icon(pages.site())),
        _ => Err(Rejection::NotFound.into()),
    }
}

fn error_response(pages: &Pages, request: &Request, failure: &Error) -> Response {
    match request.path() {
        "/login/security" => security::change_error_response(pages.site(), request, failure),
        _ => browser::error_response(pages.site(), request, failure),
    }
}

fn view<'a>(pages: &'a Pages, request: &Request) -> View<'a> {
    View { site: pages.site(), language: request.language() }
}
