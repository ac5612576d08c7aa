//! The pages that mails lead to when a mailbox is asked, or its reader says that it was not them.

use domain::account::undo::Undo;
use domain::browser::binding::{Shown, TransactionName};
use domain::error::Rejection;
use domain::magic_link::{LinkOpened, OpenedIn};
use domain::page::brand::Site;
use domain::secret::SingleUseToken;
use domain::sign_in::outcome::Granted;

use super::{mail_request, view};
use crate::web::cookie;
use crate::web::landing::landed;
use crate::web::pages::{self, AskMailboxPage, DonePage, Page, UndoPage};
use crate::web::request::Request;
use crate::web::response::Response;

/// Shows what a mailbox is asked: a button, or why there is none.
pub fn wish_opened(site: &Site, request: &Request, token: &SingleUseToken, opened: &LinkOpened) -> Response {
    let view = view(site, request);
    match (&opened.wish, &opened.browser) {
        (Some(wish), Ok(OpenedIn::TheSame)) => {
            AskMailboxPage { view, token, request: opened.request_id.as_str(), wish }.response()
        }
        (..) => pages::wish_elsewhere(view, token),
    }
}

/// Reads the form of that page: `token`, and what the browser shows of the binding to its `request`.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn wish(request: &Request) -> Result<(Option<SingleUseToken>, Shown), Rejection> {
    let form = request.form()?;
    let bound = mail_request(&form).and_then(|id| cookie::bindings_of(request.cookies()).find(&id.transaction()));
    Ok((form.find("token").and_then(SingleUseToken::parse), Shown::Browser(bound)))
}

/// Sends a browser whose mailbox said yes where it wanted to go, or says that an address was proven.
pub fn wish_granted(
    site: &Site,
    granted: &Granted,
    transaction: Option<&TransactionName>,
    request: &Request,
) -> Response {
    match granted {
        Granted::Joined(landing) => landed(landing, transaction, request),
        Granted::Proven => {
            let view = view(site, request);
            DonePage { done: view.language.texts().wishes.proven, onward: &view.address("/login", &[]), view }
                .response()
        }
    }
}

/// Shows what the reader of a notice may undo.
pub fn undo_opened(site: &Site, request: &Request, token: &SingleUseToken, undo: &Undo) -> Response {
    UndoPage { view: view(site, request), token, undo }.response()
}

/// Reads the form of that page.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn undo(request: &Request) -> Result<Option<SingleUseToken>, Rejection> {
    Ok(request.form()?.find("token").and_then(SingleUseToken::parse))
}

/// Says that it is undone.
pub fn undone(site: &Site, request: &Request) -> Response {
    let view = view(site, request);
    let done = view.language.texts().undo.done;
    DonePage { done, onward: &view.address("/login", &[]), view }.response()
}
