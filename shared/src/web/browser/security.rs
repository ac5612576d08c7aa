//! The pages on which a person sets up their second factor, and the forms of these pages.

use domain::error::{Error, Rejection};
use domain::page::SecurityOverview;
use domain::page::brand::Site;
use domain::redirect::SECURITY_PAGE;
use domain::second_factor::EnrolmentOutcome;
use domain::second_factor::code::Code;
use domain::second_factor::recovery::GivenCodes;
use domain::second_factor::totp::Enrolment;

use super::{address, code_fault, error_response, fault_parameters, signed_out, view};
use crate::web::pages::{CodeFault, EnrolPage, Page, RecoveryCodesPage, SecurityPage, View};
use crate::web::request::{Parameters, Request};
use crate::web::response::{self, Response};

/// Shows what is set up.
pub fn managed(view: View<'_>, protection: &SecurityOverview, query: &Parameters) -> Response {
    SecurityPage { view, protection, fault: code_fault(query) }.response()
}

/// Reads the code of a form; `None` when there is none, or what no code ever was.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn code(request: &Request) -> Result<Option<Code>, Rejection> {
    Ok(request.form()?.find("code").and_then(Code::parse))
}

/// Shows what goes into an authenticator app, and asks for its first code.
pub fn totp_shown(site: &Site, request: &Request, invitation: &Enrolment) -> Response {
    enrolment(site, request, invitation, None)
}

/// Shows the recovery codes, or asks for the app's first code again.
pub fn confirmed(site: &Site, request: &Request, confirmed: &EnrolmentOutcome) -> Response {
    match confirmed {
        EnrolmentOutcome::Codes(given) => recovery_codes(site, request, given),
        EnrolmentOutcome::Wrong(invitation) => enrolment(site, request, invitation, Some(CodeFault::Wrong)),
    }
}

/// Shows recovery codes, once.
pub fn recovery_codes(site: &Site, request: &Request, given: &GivenCodes) -> Response {
    RecoveryCodesPage { view: view(site, request), given }.response()
}

/// Sends the browser back to what is set up.
pub fn changed(request: &Request) -> Response {
    response::see_other(&address(SECURITY_PAGE, &[], request))
}

/// Sends a browser whose code was not taken back to where it was typed, one whose person has to show first that it is
/// them to where they can, and one without a session to the sign-in page; anything else is a page.
pub fn change_error_response(site: &Site, request: &Request, failure: &Error) -> Response {
    match failure {
        Error::Rejection(
            Rejection::InvalidPasskey
            | Rejection::SecondFactorClosed
            | Rejection::SecondFactorInvalid
            | Rejection::SecondFactorLocked(_),
        ) => {
            let [(error, code), (wait, seconds)] = fault_parameters(failure);
            response::see_other(&address(SECURITY_PAGE, &[(error, &code), (wait, &seconds)], request))
        }
        Error::Rejection(Rejection::NotFresh) => changed(request),
        Error::Rejection(Rejection::Unauthorized(_)) => {
            let back = format!("{}{SECURITY_PAGE}", site.public_url);
            signed_out(&[("return_to", &back)], request)
        }
        Error::Rejection(_) | Error::Fault(_) => error_response(site, request, failure),
    }
}

fn enrolment(site: &Site, request: &Request, invitation: &Enrolment, fault: Option<CodeFault>) -> Response {
    let Enrolment { secret: key, uri, qr } = invitation;
    EnrolPage { view: view(site, request), qr_svg: qr.reveal(), uri, key, fault }.response()
}
