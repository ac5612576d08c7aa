//! The pages on which a person sets up their second factor, and the forms of these pages.

use std::time::Duration;

use domain::error::{Denied, Failure};
use domain::page::Protection;
use domain::page::brand::Site;
use domain::redirect::SECURITY_PAGE;
use domain::second_factor::Confirmed;
use domain::second_factor::code::Code;
use domain::second_factor::recovery::GivenCodes;
use domain::second_factor::totp::Invitation;

use super::{address, refused, signed_out, view};
use crate::web::pages::{CodeFault, Enrol, Manage, Page, RecoveryCodes, View};
use crate::web::reply::{self, Reply};
use crate::web::request::{Parameters, Request};
use crate::web::v1;

/// Shows what is set up.
pub fn managed(view: View<'_>, protection: &Protection, query: &Parameters) -> Reply {
    Manage { view, protection, fault: fault(query) }.reply()
}

/// What is wrong with the code that was typed before, as the page's own address says.
pub(super) fn fault(query: &Parameters) -> Option<CodeFault> {
    match query.find("error") {
        Some("SECOND_FACTOR_INVALID") => Some(CodeFault::Wrong),
        Some("INVALID_CODE") => Some(CodeFault::Passkey),
        Some("SECOND_FACTOR_LOCKED") => Some(match query.find("wait").and_then(|wait| wait.parse().ok()) {
            Some(seconds) => CodeFault::Locked(Duration::from_secs(seconds)),
            None => CodeFault::Closed,
        }),
        _ => None,
    }
}

/// What the page's own address says of a failure: its code and, where waiting helps, for how many seconds.
pub(super) fn told(failure: &Failure) -> [(&'static str, String); 2] {
    let wait = match failure {
        Failure::Denied(Denied::SecondFactorLocked(wait)) => wait.as_secs().to_string(),
        Failure::Denied(_) | Failure::Broken(_) => String::new(),
    };
    [("error", v1::told(failure).0.to_owned()), ("wait", wait)]
}

/// Reads the code of a form; `None` when there is none, or what no code ever was.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn code(request: &Request) -> Result<Option<Code>, Denied> {
    Ok(request.form()?.find("code").and_then(Code::parse))
}

/// Shows what goes into an authenticator app, and asks for its first code.
pub fn totp_shown(site: &Site, request: &Request, invitation: &Invitation) -> Reply {
    enrolment(site, request, invitation, None)
}

/// Shows the recovery codes, or asks for the app's first code again.
pub fn confirmed(site: &Site, request: &Request, confirmed: &Confirmed) -> Reply {
    match confirmed {
        Confirmed::Codes(given) => recovery_codes(site, request, given),
        Confirmed::Wrong(invitation) => enrolment(site, request, invitation, Some(CodeFault::Wrong)),
    }
}

/// Shows recovery codes, once.
pub fn recovery_codes(site: &Site, request: &Request, given: &GivenCodes) -> Reply {
    RecoveryCodes { view: view(site, request), given }.reply()
}

/// Sends the browser back to what is set up.
pub fn changed(request: &Request) -> Reply {
    reply::see_other(&address(SECURITY_PAGE, &[], request))
}

/// Sends a browser whose code was not taken back to where it was typed, one whose person has to show first that it is
/// them to where they can, and one without a session to the sign-in page; anything else is a page.
pub fn change_refused(site: &Site, request: &Request, failure: &Failure) -> Reply {
    match failure {
        Failure::Denied(
            Denied::InvalidPasskey
            | Denied::SecondFactorClosed
            | Denied::SecondFactorInvalid
            | Denied::SecondFactorLocked(_),
        ) => {
            let [(error, code), (wait, seconds)] = told(failure);
            reply::see_other(&address(SECURITY_PAGE, &[(error, &code), (wait, &seconds)], request))
        }
        Failure::Denied(Denied::NotFresh) => changed(request),
        Failure::Denied(Denied::Unauthorized(_)) => {
            let back = format!("{}{SECURITY_PAGE}", site.public_url);
            signed_out(&[("return_to", &back)], request)
        }
        Failure::Denied(_) | Failure::Broken(_) => refused(site, request, failure),
    }
}

fn enrolment(site: &Site, request: &Request, invitation: &Invitation, fault: Option<CodeFault>) -> Reply {
    let Invitation { secret: key, uri, qr } = invitation;
    Enrol { view: view(site, request), qr_svg: qr.reveal(), uri, key, fault }.reply()
}
