//! The sign-in page, and the form for a mail once more with its fault.

use std::time::Duration;

use askama::Template;
use http::StatusCode;

use domain::error::MailedLately;
use domain::page::SignedOutVisitor;
use domain::provider::Listed;
use domain::text::Problem;

use super::page::{Page, View};

/// The sign-in page.
#[derive(Debug, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage<'a> {
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
    pub fault: Option<MailFault<'a>>,
}

/// Why no mail was sent.
#[derive(Clone, Copy, Debug)]
pub enum MailFault<'a> {
    /// A mail went to the mailbox a moment ago.
    Lately(&'a MailedLately),
    /// That is no address.
    NotAnAddress,
    /// Too many mails; the form works again after this time.
    TooMany(Duration),
}

impl<'a> SignInPage<'a> {
    /// The page as somebody first sees it, perhaps after something went wrong.
    pub fn of(view: View<'a>, outside: &'a SignedOutVisitor, error: Option<&str>) -> Self {
        let SignedOutVisitor { return_to, providers, mail } = outside;
        let problem = error.map(|code| view.language.texts().problems.of_code(code));
        Self { view, return_to: return_to.as_str(), providers, mail: *mail, problem, email: "", fault: None }
    }
}

impl SignInPage<'_> {
    fn fault_text(&self) -> Option<String> {
        let texts = &self.texts().sign_in;
        self.fault.map(|fault| match fault {
            MailFault::Lately(mailed) => {
                let counted = if mailed.certain { &texts.lately } else { &texts.lately_perhaps };
                let text = counted.fill(mailed.ago.as_secs(), self.view.language);
                let wait = self.texts().check_mail.resend_in.fill(mailed.wait.as_secs().max(1), self.view.language);
                format!("{text} {wait}")
            }
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

    /// The page that takes the code, where the mail went out for this very browser.
    fn waiting_page(&self) -> Option<String> {
        let Some(MailFault::Lately(MailedLately { request: Some(request), .. })) = self.fault else { return None };
        Some(self.view.address("/login/check-mail", &[("request", request)]))
    }
}

impl Page for SignInPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        match self.fault {
            None => StatusCode::OK,
            Some(MailFault::NotAnAddress) => StatusCode::BAD_REQUEST,
            Some(MailFault::Lately(_) | MailFault::TooMany(_)) => StatusCode::TOO_MANY_REQUESTS,
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
