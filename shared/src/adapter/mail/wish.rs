//! The mail that asks a mailbox about an identity that came with its address.

use std::time::Duration;

use askama::Template;

use domain::account::proof::Proof;
use domain::magic_link::LinkPurpose;
use domain::request::device::RequestDetails;
use domain::secret::Secret;
use domain::text;

use super::{ComposedMail, MailContext};

/// What such a mail says.
#[derive(Clone, Copy, Debug)]
pub struct WishMail<'a> {
    /// Who writes, and in which language.
    pub letter: MailContext<'a>,
    /// The link.
    pub url: &'a Secret,
    /// What opening it does.
    pub purpose: LinkPurpose,
    /// What came with the address.
    pub proof: &'a Proof,
    /// How long the link is good.
    pub lifetime: Duration,
    /// Who brought the identity.
    pub asked: RequestDetails,
}

#[derive(Template)]
#[template(path = "mail/wish.html")]
struct WishHtml<'a>(&'a WishMail<'a>);

#[derive(Template)]
#[template(path = "mail/wish.txt")]
struct WishText<'a>(&'a WishMail<'a>);

impl WishMail<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    ///
    /// Only when a template is at fault.
    pub fn compose(&self) -> Result<ComposedMail, askama::Error> {
        Ok(ComposedMail { subject: self.subject(), text: WishText(self).render()?, html: WishHtml(self).render()? })
    }

    fn words(&self) -> &'static text::WishTexts {
        self.letter.texts().wishes.of(self.purpose)
    }

    fn subject(&self) -> String {
        self.words().subject.fill([&self.letter.brand.name])
    }

    fn text(&self) -> String {
        self.words().text.fill([&self.letter.brand.name])
    }

    fn identity(&self) -> String {
        self.proof.told()
    }

    fn lifetime(&self) -> String {
        let minutes = self.lifetime.as_secs().div_ceil(60).max(1);
        self.letter.texts().wishes.lifetime.fill(minutes, self.letter.language)
    }

    fn asked(&self) -> String {
        let texts = &self.letter.texts().notices;
        match self.asked.told(self.letter.language) {
            (moment, Some(device)) => texts.happened_from.fill([&moment, &device]),
            (moment, None) => texts.happened.fill([&moment]),
        }
    }
}
