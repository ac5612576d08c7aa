//! Mails that tell a person of a change to their second factor.

use askama::Template;

use super::{Letter, Mail};
use crate::device::Occasion;
use crate::text;

/// What such a mail says.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// Who writes, and in which language.
    pub letter: Letter<'a>,
    /// What happened.
    pub news: News,
    /// When, and with what.
    pub happened: Occasion,
    /// Where the person looks after their sign-in.
    pub url: &'a str,
}

/// What happened to a second factor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum News {
    /// The authenticator app was set up.
    Enrolled,
    /// The authenticator app was switched off.
    Disabled,
    /// A recovery code was used; so many are left.
    RecoveryCodeUsed(u64),
    /// New recovery codes took the place of those before.
    RecoveryCodesRenewed,
    /// Too many wrong codes: none are accepted for a while.
    Locked,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
}

#[derive(Template)]
#[template(path = "mail/notice.html")]
struct Html<'a>(&'a Notice<'a>);

#[derive(Template)]
#[template(path = "mail/notice.txt")]
struct Text<'a>(&'a Notice<'a>);

impl Notice<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    ///
    /// Only when a template is at fault.
    pub fn compose(&self) -> Result<Mail, askama::Error> {
        Ok(Mail { subject: self.subject(), text: Text(self).render()?, html: Html(self).render()? })
    }

    fn words(&self) -> &'static text::Notice {
        let notices = &self.letter.texts().notices;
        match self.news {
            News::Enrolled => &notices.enrolled,
            News::Disabled => &notices.disabled,
            News::RecoveryCodeUsed(_) => &notices.recovery_code_used,
            News::RecoveryCodesRenewed => &notices.recovery_codes_renewed,
            News::Locked => &notices.locked,
            News::PasskeyAdded => &notices.passkey_added,
            News::PasskeyRemoved => &notices.passkey_removed,
        }
    }

    fn subject(&self) -> String {
        self.words().subject.fill([&self.letter.brand.name])
    }

    fn what_happened(&self) -> String {
        self.words().text.fill([&self.letter.brand.name])
    }

    fn codes_left(&self) -> Option<String> {
        match self.news {
            News::RecoveryCodeUsed(left) => {
                Some(self.letter.texts().notices.codes_left.fill(left, self.letter.language))
            }
            News::Enrolled
            | News::Disabled
            | News::RecoveryCodesRenewed
            | News::Locked
            | News::PasskeyAdded
            | News::PasskeyRemoved => None,
        }
    }

    fn happened(&self) -> String {
        let texts = &self.letter.texts().notices;
        match self.happened.told(self.letter.language) {
            (moment, Some(device)) => texts.happened_from.fill([&moment, &device]),
            (moment, None) => texts.happened.fill([&moment]),
        }
    }
}
