//! The sign-in page, and the form for a mail once more with its fault.

use std::time::Duration;

use askama::Template;
use http::StatusCode;
use http::header::RETRY_AFTER;

use super::{Page, View};
use crate::door::Outside;
use crate::provider::Listed;
use crate::text::Problem;
use crate::wire::reply::Reply;

/// The sign-in page.
#[derive(Debug, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignIn<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// Where the person goes afterwards.
    pub return_to: &'a str,
    /// The providers to choose from, in order.
    pub providers: &'a [Listed],
    /// Whether a mail can be asked for.
    pub mail: bool,
    /// What went wrong before the person came here.
    pub problem: Option<Problem>,
    /// The address as it was typed.
    pub email: &'a str,
    /// What is wrong with the form; then this is the answer to it, and has no providers.
    pub fault: Option<MailFault>,
}

/// Why no mail was sent.
#[derive(Clone, Copy, Debug)]
pub enum MailFault {
    /// That is no address.
    NotAnAddress,
    /// Too many mails; the form works again after this time.
    TooMany(Duration),
}

impl<'a> SignIn<'a> {
    /// The page as somebody first sees it, perhaps after something went wrong.
    pub fn of(view: View<'a>, outside: &'a Outside, error: Option<&str>) -> Self {
        let Outside { return_to, providers, mail } = outside;
        let problem = error.map(|code| view.language.texts().problems.of_code(code));
        Self { view, return_to: return_to.as_str(), providers, mail: *mail, problem, email: "", fault: None }
    }
}

impl SignIn<'_> {
    fn fault_text(&self) -> Option<String> {
        let texts = &self.texts().sign_in;
        self.fault.map(|fault| match fault {
            MailFault::NotAnAddress => texts.email_fault.to_owned(),
            MailFault::TooMany(wait) => texts.limit_fault.fill(minutes(wait), self.view.language),
        })
    }

    fn providers(&self) -> &[Listed] {
        self.providers
    }

    fn start_of(&self, provider: &str) -> String {
        self.view.address(&format!("/v1/auth/login/{provider}"), &[("redirect_uri", self.return_to)])
    }

    /// The answer; it says when a form that came too often may come again.
    pub fn reply_in_time(&self) -> Reply {
        let mut reply = self.reply();
        if let Some(MailFault::TooMany(wait)) = self.fault {
            reply.headers_mut().insert(RETRY_AFTER, wait.as_secs().into());
        }
        reply
    }
}

impl Page for SignIn<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        match self.fault {
            None => StatusCode::OK,
            Some(MailFault::NotAnAddress) => StatusCode::BAD_REQUEST,
            Some(MailFault::TooMany(_)) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/login", vec![("return_to", self.return_to)]))
    }

    fn is_scripted(&self) -> bool {
        self.fault.is_none()
    }
}

/// Whole minutes, at least one.
pub(super) fn minutes(span: Duration) -> u64 {
    span.as_secs().div_ceil(60).max(1)
}
