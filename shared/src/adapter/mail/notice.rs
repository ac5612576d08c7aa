//! Mails that tell a person of a change to how they sign in.

use askama::Template;

use domain::account::undo::LinkChange;
use domain::request::device::Occasion;
use domain::text;

use super::{Letter, Mail};

/// What such a mail says.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// Who writes, and in which language.
    pub letter: Letter<'a>,
    /// What happened.
    pub news: News<'a>,
    /// When, and with what.
    pub happened: Occasion,
    /// Where the person looks after their sign-in, or undoes what happened.
    pub url: &'a str,
}

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum News<'a> {
    /// An identity leads to the account now, or does no more.
    Identity {
        /// Which of the two.
        change: LinkChange,
        /// The identity as people read it.
        identity: &'a str,
    },
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
            News::Identity { change: LinkChange::Linked, .. } => &notices.linked,
            News::Identity { change: LinkChange::Unlinked, .. } => &notices.unlinked,
            News::Identity { change: LinkChange::Invited, .. } => &notices.invited,
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
            News::Identity { .. }
            | News::Enrolled
            | News::Disabled
            | News::RecoveryCodesRenewed
            | News::Locked
            | News::PasskeyAdded
            | News::PasskeyRemoved => None,
        }
    }

    /// The identity that it is about, if it is about one: then its button undoes what happened.
    fn identity(&self) -> Option<&str> {
        match self.news {
            News::Identity { identity, .. } => Some(identity),
            _ => None,
        }
    }

    /// What to do when it was somebody else.
    fn not_you(&self) -> &'static str {
        let texts = self.letter.texts();
        match self.news {
            News::Identity { change, .. } => texts.undo.consequence(change),
            _ => texts.notices.not_you,
        }
    }

    fn button(&self) -> &'static str {
        let texts = self.letter.texts();
        if self.identity().is_some() { texts.undo.submit } else { texts.notices.check }
    }

    fn happened(&self) -> String {
        let texts = &self.letter.texts().notices;
        match self.happened.told(self.letter.language) {
            (moment, Some(device)) => texts.happened_from.fill([&moment, &device]),
            (moment, None) => texts.happened.fill([&moment]),
        }
    }
}
