//! Where a browser goes on when it is known what its sign-in came to.

use domain::browser::binding::{Binding, TransactionName};
use domain::sign_in::outcome::{BrowserOutcome, Outcome};

use super::cookie;
use super::pages::address;
use super::refusal::error_parts;
use super::request::Request;
use super::response::{self, Response};

/// Sends the browser where it wanted to go from the start, signed in or with the code of what went wrong.
pub fn landed(landing: &BrowserOutcome, transaction: Option<&TransactionName>, request: &Request) -> Response {
    let mut response = match &landing.result {
        Ok(Outcome::Session(signed_in)) => {
            let mut response = response::see_other(landing.target.as_str());
            cookie::keep(&mut response, signed_in, request.caller().now);
            response
        }
        Ok(Outcome::SecondFactorRequired(partial)) => response::see_other(&address(
            CHALLENGE_PAGE,
            &[("session_id", &partial.id.to_string())],
            request.language(),
        )),
        Ok(Outcome::MailboxAsked(binding)) => mailbox_asked(binding, request),
        Ok(Outcome::RegistrationRequired(_)) => registration_required(request),
        Err(failure) => {
            let (code, ..) = error_parts(failure);
            response::see_other(&landing.target.with_query([("error", code)]))
        }
    };
    if let Some(transaction) = transaction {
        cookie::release(&mut response, transaction);
    }
    response
}

/// Sends the browser to the page that says that an account takes an invitation here.
pub fn registration_required(request: &Request) -> Response {
    response::see_other(&address("/login/registration", &[], request.language()))
}

/// Sends a browser whose mailbox was asked to the page that says so.
pub(super) fn mailbox_asked(binding: &Binding, request: &Request) -> Response {
    let mut response = response::see_other(&address("/login/link-mailed", &[], request.language()));
    cookie::bind(&mut response, binding);
    response
}

/// Our page that asks for a second factor.
pub(super) const CHALLENGE_PAGE: &str = "/login/second-factor";
