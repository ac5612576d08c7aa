//! The mail that carries a magic link and a code.

use std::time::Duration;

use askama::Template;

use domain::request::device::RequestDetails;
use domain::secret::Secret;

use super::{ComposedMail, MailContext};

/// What such a mail says.
#[derive(Clone, Copy, Debug)]
pub struct SignInMail<'a> {
    /// Who writes, and in which language.
    pub letter: MailContext<'a>,
    /// The link.
    pub url: &'a Secret,
    /// The code as people read it.
    pub code: &'a Secret,
    /// How long both are good.
    pub lifetime: Duration,
    /// Who asked for it.
    pub asked: RequestDetails,
}

#[derive(Template)]
#[template(path = "mail/sign_in.html")]
struct MagicLinkHtml<'a>(&'a SignInMail<'a>);

#[derive(Template)]
#[template(path = "mail/sign_in.txt")]
struct MagicLinkText<'a>(&'a SignInMail<'a>);

impl SignInMail<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    ///
    /// Only when a template is at fault.
    pub fn compose(&self) -> Result<ComposedMail, askama::Error> {
        Ok(ComposedMail {
            subject: self.subject(),
            text: MagicLinkText(self).render()?,
            html: MagicLinkHtml(self).render()?,
        })
    }

    fn subject(&self) -> String {
        self.letter.texts().mail.subject.fill([&self.letter.brand.name])
    }

    fn lifetime(&self) -> String {
        let minutes = self.lifetime.as_secs().div_ceil(60).max(1);
        self.letter.texts().mail.lifetime.fill(minutes, self.letter.language)
    }

    fn asked(&self) -> String {
        let texts = &self.letter.texts().mail;
        match self.asked.told(self.letter.language) {
            (moment, Some(device)) => texts.asked_from.fill([&moment, &device]),
            (moment, None) => texts.asked.fill([&moment]),
        }
    }
}
