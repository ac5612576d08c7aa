//! The pages on which a person sets up their second factor, and the forms of these pages.

use domain::error::{Denied, Failure};
use domain::page::Protection;
use domain::page::brand::Site;
use domain::redirect::SECURITY_PAGE;
use domain::second_factor::Confirmed;
use domain::second_factor::code::Code;
use domain::second_factor::recovery::GivenCodes;
use domain::second_factor::totp::Invitation;

use super::{address, code_fault, error_response, fault_parameters, signed_out, view};
use crate::web::pages::{CodeFault, Enrol, Manage, Page, RecoveryCodes, View};
use crate::web::request::{Parameters, Request};
use crate::web::response::{self, Response};

/// Shows what is set up.
pub fn managed(view: View<'_>, protection: &Protection, query: &Parameters) -> Response {
    Manage { view, protection, fault: code_fault(query) }.response()
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
pub fn totp_shown(site: &Site, request: &Request, invitation: &Invitation) -> Response {
    enrolment(site, request, invitation, None)
}

/// Shows the recovery codes, or asks for the app's first code again.
pub fn confirmed(site: &Site, request: &Request, confirmed: &Confirmed) -> Response {
    match confirmed {
        Confirmed::Codes(given) => recovery_codes(site, request, given),
        Confirmed::Wrong(invitation) => enrolment(site, request, invitation, Some(CodeFault::Wrong)),
    }
}

/// Shows recovery codes, once.
pub fn recovery_codes(site: &Site, request: &Request, given: &GivenCodes) -> Response {
    RecoveryCodes { view: view(site, request), given }.response()
}

/// Sends the browser back to what is set up.
pub fn changed(request: &Request) -> Response {
    response::see_other(&address(SECURITY_PAGE, &[], request))
}

/// Sends a browser whose code was not taken back to where it was typed, one whose person has to show first that it is
/// them to where they can, and one without a session to the sign-in page; anything else is a page.
pub fn change_error_response(site: &Site, request: &Request, failure: &Failure) -> Response {
    match failure {
        Failure::Denied(
            Denied::InvalidPasskey
            | Denied::SecondFactorClosed
            | Denied::SecondFactorInvalid
            | Denied::SecondFactorLocked(_),
        ) => {
            let [(error, code), (wait, seconds)] = fault_parameters(failure);
            response::see_other(&address(SECURITY_PAGE, &[(error, &code), (wait, &seconds)], request))
        }
        Failure::Denied(Denied::NotFresh) => changed(request),
        Failure::Denied(Denied::Unauthorized(_)) => {
            let back = format!("{}{SECURITY_PAGE}", site.public_url);
            signed_out(&[("return_to", &back)], request)
        }
        Failure::Denied(_) | Failure::Broken(_) => error_response(site, request, failure),
    }
}

fn enrolment(site: &Site, request: &Request, invitation: &Invitation, fault: Option<CodeFault>) -> Response {
    let Invitation { secret: key, uri, qr } = invitation;
    Enrol { view: view(site, request), qr_svg: qr.reveal(), uri, key, fault }.response()
}
