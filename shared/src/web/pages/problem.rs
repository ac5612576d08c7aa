//! The page of something that went wrong: a fixed text for each code, and nothing of what was sent.

use askama::Template;
use http::StatusCode;

use domain::error::{Error, Rejection};
use domain::magic_link::LinkOpened;
use domain::redirect::ReturnTo;
use domain::secret::SingleUseToken;
use domain::text::Problem;

use super::page::{Page, View};
use crate::web::refusal::{add_headers, error_parts};
use crate::web::response::Response;

/// The page of something that went wrong.
#[derive(Debug, Template)]
#[template(path = "pages/problem.html")]
pub struct ProblemPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The status.
    pub status: StatusCode,
    /// What went wrong.
    pub problem: Problem,
    /// The request's id, for whoever asks for help; empty on a page that tells what is known.
    pub reference: &'a str,
    /// Where the same is told in another language: path and parameters.
    pub place: (&'a str, Vec<(&'a str, &'a str)>),
    /// For whom another mail can be asked for.
    pub again: Option<Again<'a>>,
}

/// A mail that can be asked for once more.
#[derive(Debug)]
pub struct Again<'a> {
    /// Whom it goes to.
    pub email: &'a str,
    /// Where the person goes afterwards.
    pub return_to: &'a str,
}

impl ProblemPage<'_> {
    fn reference_text(&self) -> Option<String> {
        (!self.reference.is_empty()).then(|| self.texts().common.reference.fill([self.reference]))
    }
}

impl Page for ProblemPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        self.status
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(self.place.clone())
    }
}

/// The page for a failure of the request `reference`.
pub fn error_response(view: View<'_>, failure: &Error, reference: &str) -> Response {
    let ((_, status, _), code) = (error_parts(failure), code_of(failure));
    let (problem, place) = (view.language.texts().problems.of_code(code), (PLACE, vec![("error", code)]));
    let mut response = ProblemPage { view, status, problem, reference, place, again: None }.response();
    add_headers(&mut response, failure);
    response
}

/// The page of a failure once more, in another language: what failed was perhaps a form, which is not sent again for that.
pub fn told_again(view: View<'_>, code: &str) -> Response {
    let (problem, place) = (view.language.texts().problems.of_code(code), (PLACE, vec![("error", code)]));
    ProblemPage { view, status: StatusCode::OK, problem, reference: "", place, again: None }.response()
}

/// The page of a link that does not open here: it was used, or its time is over, and another mail can be asked for; or another
/// browser asked for it.
pub fn link_closed(view: View<'_>, token: &SingleUseToken, opened: &LinkOpened) -> Response {
    let Err(over) = &opened.browser else { return told_again(view, "LINK_ELSEWHERE") };
    let ((code, status, _), email) = (error_parts(&over.clone().into()), opened.email.to_string());
    let return_to = opened.target.as_ref().map(ReturnTo::as_str).unwrap_or_default();
    let (problem, again) = (view.language.texts().problems.of_code(code), Some(Again { email: &email, return_to }));
    let place = ("/v1/auth/verify", vec![("token", token.reveal())]);
    ProblemPage { view, status, problem, reference: "", place, again }.response()
}

/// The page for somebody without an account where none can be made.
pub fn registration_required(view: View<'_>) -> Response {
    let (problem, place) = (view.language.texts().registration, ("/login/registration", Vec::new()));
    ProblemPage { view, status: StatusCode::OK, problem, reference: "", place, again: None }.response()
}

/// The page for somebody whose mailbox was asked about the identity that they came by.
pub fn link_mailed(view: View<'_>) -> Response {
    let (problem, place) = (view.language.texts().wishes.mailed, ("/login/link-mailed", Vec::new()));
    ProblemPage { view, status: StatusCode::OK, problem, reference: "", place, again: None }.response()
}

/// The page of a link that asks something, in another browser than the one in which the identity came.
pub fn wish_elsewhere(view: View<'_>, token: &SingleUseToken) -> Response {
    let place = ("/v1/auth/verify/identity", vec![("token", token.reveal())]);
    let problem = view.language.texts().wishes.elsewhere;
    ProblemPage { view, status: StatusCode::OK, problem, reference: "", place, again: None }.response()
}

/// What our pages call a failure. The contract has one code for all that can be wrong with an invite; a person wants to
/// know.
fn code_of(failure: &Error) -> &'static str {
    match failure {
        Error::Rejection(Rejection::InvalidInvite) => "INVITE_INVALID",
        Error::Rejection(Rejection::InviteExpired) => "INVITE_EXPIRED",
        Error::Rejection(Rejection::InviteRevoked) => "INVITE_REVOKED",
        Error::Rejection(Rejection::InviteUsed) => "INVITE_USED",
        Error::Rejection(_) | Error::Fault(_) => error_parts(failure).0,
    }
}

const PLACE: &str = "/login/problem";
