//! The pages that mails lead to when a mailbox is asked, or its reader says that it was not them.

use domain::account::undo::Undo;
use domain::browser::binding::{Binding, Shown, TransactionName};
use domain::error::Denied;
use domain::magic_link::{LinkOpened, OpenedIn};
use domain::page::brand::Site;
use domain::secret::SingleUseToken;
use domain::sign_in::outcome::Granted;

use super::{address, mail_request, view};
use crate::web::cookie;
use crate::web::pages::{self, AskMailbox, Done, Page, UndoChange};
use crate::web::reply::{self, Reply};
use crate::web::request::Request;

/// Shows what a mailbox is asked: a button, or why there is none.
pub fn wish_opened(site: &Site, request: &Request, token: &SingleUseToken, opened: &LinkOpened) -> Reply {
    let view = view(site, request);
    match (&opened.wish, &opened.browser) {
        (Some(wish), Ok(OpenedIn::TheSame)) => {
            AskMailbox { view, token, request: opened.request_id.as_str(), wish }.reply()
        }
        (..) => pages::wish_elsewhere(view, token),
    }
}

/// Reads the form of that page: `token`, and what the browser shows of the binding to its `request`.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn wish(request: &Request) -> Result<(Option<SingleUseToken>, Shown), Denied> {
    let form = request.form()?;
    let bound = mail_request(&form).and_then(|id| cookie::bindings_of(request).find(&id.transaction()));
    Ok((form.find("token").and_then(SingleUseToken::parse), Shown::Browser(bound)))
}

/// Sends a browser whose mailbox said yes where it wanted to go, or says that an address was proven.
pub fn wish_granted(site: &Site, granted: &Granted, transaction: Option<&TransactionName>, request: &Request) -> Reply {
    match granted {
        Granted::Joined(landing) => super::landed(landing, transaction, request),
        Granted::Proven => {
            let view = view(site, request);
            Done { done: view.language.texts().wishes.proven, onward: &view.address("/login", &[]), view }.reply()
        }
    }
}

/// Shows what the reader of a notice may undo.
pub fn undo_opened(site: &Site, request: &Request, token: &SingleUseToken, undo: &Undo) -> Reply {
    UndoChange { view: view(site, request), token, undo }.reply()
}

/// Reads the form of that page.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn undo(request: &Request) -> Result<Option<SingleUseToken>, Denied> {
    Ok(request.form()?.find("token").and_then(SingleUseToken::parse))
}

/// Says that it is undone.
pub fn undone(site: &Site, request: &Request) -> Reply {
    let view = view(site, request);
    let done = view.language.texts().undo.done;
    Done { done, onward: &view.address("/login", &[]), view }.reply()
}

/// Sends a browser whose mailbox was asked to the page that says so.
pub(in crate::web) fn asked(binding: &Binding, request: &Request) -> Reply {
    let mut reply = reply::see_other(&address("/login/link-mailed", &[], request));
    cookie::bind(&mut reply, binding);
    reply
}
