//! The page that waits for the code of a mail.

use askama::Template;

use domain::page::{MailSent, MailState};
use domain::text::Problem;

use super::page::{Page, View};
use super::sign_in::minutes;

/// The page after a mail was asked for.
#[derive(Debug, Template)]
#[template(path = "pages/check_mail.html")]
pub struct CheckMailPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The mail and how its code stands.
    pub sent: &'a MailSent,
    /// Whether another code was typed just now.
    pub wrong: bool,
}

impl CheckMailPage<'_> {
    /// Why the code can no longer be used.
    fn over(&self) -> Option<Problem> {
        let texts = &self.texts().check_mail;
        match self.sent.standing {
            MailState::Waiting => None,
            MailState::Used => Some(texts.used),
            MailState::Expired => Some(texts.expired),
            MailState::Spent => Some(texts.spent),
        }
    }

    fn fault_text(&self) -> Option<String> {
        let left = self.sent.tries_left.into();
        self.wrong.then(|| self.texts().check_mail.wrong.fill(left, self.view.language))
    }

    fn sent_to(&self) -> (&'static str, &'static str) {
        let texts = &self.texts().check_mail;
        if self.sent.certain { texts.sent.around() } else { texts.sent_perhaps.around() }
    }

    fn lifetime(&self) -> String {
        self.texts().check_mail.lifetime.fill(minutes(self.sent.time_left), self.view.language)
    }

    fn resend_text(&self) -> Option<(&'static str, &'static str)> {
        let seconds = self.sent.resend_in.as_secs();
        (seconds > 0).then(|| self.texts().check_mail.resend_in.form(seconds, self.view.language).around())
    }
}

impl Page for CheckMailPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/login/check-mail", vec![("request", self.sent.request.as_str())]))
    }

    fn is_scripted(&self) -> bool {
        !self.sent.is_over() || !self.sent.resend_in.is_zero()
    }
}
