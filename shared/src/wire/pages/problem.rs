//! The page of something that went wrong: a fixed text for each code, and nothing of what was sent.

use askama::Template;
use http::StatusCode;

use super::{Page, View};
use crate::failure::{Denied, Failure};
use crate::text::Problem;
use crate::wire::reply::Reply;
use crate::wire::v1;

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
    /// Where the person wanted to go; empty when that is unknown.
    pub return_to: &'a str,
}

impl Page for ProblemPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        self.status
    }
}

/// The page for a failure.
pub fn refused(view: View<'_>, failure: &Failure, return_to: &str) -> Reply {
    let (code, status, _) = v1::told(failure);
    let problems = &view.language.texts().problems;
    let problem = match failure {
        // The contract has one code for all of these; a person wants to know.
        Failure::Denied(Denied::InvalidInvite) => problems.invite_invalid,
        Failure::Denied(Denied::InviteExpired) => problems.invite_expired,
        Failure::Denied(Denied::InviteRevoked) => problems.invite_revoked,
        Failure::Denied(Denied::InviteUsed) => problems.invite_used,
        Failure::Denied(_) | Failure::Broken(_) => problems.of_code(code),
    };
    let mut reply = ProblemPage { view, status, problem, return_to }.reply();
    v1::add_headers(&mut reply, failure);
    reply
}

/// The page for somebody without an account where none can be made.
pub fn registration_required(view: View<'_>) -> Reply {
    let problem = view.language.texts().registration;
    ProblemPage { view, status: StatusCode::OK, problem, return_to: "" }.reply()
}
