//! The mail that carries an invitation.

use askama::Template;

use domain::clock::Timestamp;
use domain::secret::Secret;

use super::{ComposedMail, MailContext};

/// What such a mail says.
#[derive(Clone, Copy, Debug)]
pub struct InviteMail<'a> {
    /// Who writes, and in which language.
    pub letter: MailContext<'a>,
    /// The link.
    pub url: &'a Secret,
    /// The role that comes with the invite, if one does.
    pub role: Option<&'a str>,
    /// Until when the invite is good.
    pub valid_until: Timestamp,
}

#[derive(Template)]
#[template(path = "mail/invite.html")]
struct InviteHtml<'a>(&'a InviteMail<'a>);

#[derive(Template)]
#[template(path = "mail/invite.txt")]
struct InviteText<'a>(&'a InviteMail<'a>);

impl InviteMail<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    ///
    /// Only when a template is at fault.
    pub fn compose(&self) -> Result<ComposedMail, askama::Error> {
        Ok(ComposedMail { subject: self.subject(), text: InviteText(self).render()?, html: InviteHtml(self).render()? })
    }

    fn subject(&self) -> String {
        self.letter.texts().invite.heading.fill([&self.letter.brand.name])
    }

    fn role(&self) -> Option<String> {
        self.role.map(|role| self.letter.texts().invite.role.fill([role]))
    }

    fn lifetime(&self) -> String {
        let texts = self.letter.texts();
        texts.invite.lifetime.fill([&texts.common.moment(self.valid_until)])
    }
}
