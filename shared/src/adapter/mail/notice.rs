//! Mails that tell a person of a change to how they sign in.

use askama::Template;

use domain::account::undo::LinkChange;
use domain::request::device::RequestDetails;
use domain::text;

use super::{ComposedMail, MailContext};

/// What such a mail says.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// Who writes, and in which language.
    pub letter: MailContext<'a>,
    /// What happened.
    pub news: NoticeKind<'a>,
    /// When, and with what.
    pub happened: RequestDetails,
    /// Where the person looks after their sign-in, or undoes what happened.
    pub url: &'a str,
}

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoticeKind<'a> {
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
struct NoticeHtml<'a>(&'a Notice<'a>);

#[derive(Template)]
#[template(path = "mail/notice.txt")]
struct NoticeText<'a>(&'a Notice<'a>);

impl Notice<'_> {
    /// Writes the mail.
    ///
    /// # Errors
    ///
    /// Only when a template is at fault.
    pub fn compose(&self) -> Result<ComposedMail, askama::Error> {
        Ok(ComposedMail { subject: self.subject(), text: NoticeText(self).render()?, html: NoticeHtml(self).render()? })
    }

    fn words(&self) -> &'static text::NoticeTexts {
        let notices = &self.letter.texts().notices;
        match self.news {
            NoticeKind::Identity { change: LinkChange::Linked, .. } => &notices.linked,
            NoticeKind::Identity { change: LinkChange::Unlinked, .. } => &notices.unlinked,
            NoticeKind::Identity { change: LinkChange::Invited, .. } => &notices.invited,
            NoticeKind::Enrolled => &notices.enrolled,
            NoticeKind::Disabled => &notices.disabled,
            NoticeKind::RecoveryCodeUsed(_) => &notices.recovery_code_used,
            NoticeKind::RecoveryCodesRenewed => &notices.recovery_codes_renewed,
            NoticeKind::Locked => &notices.locked,
            NoticeKind::PasskeyAdded => &notices.passkey_added,
            NoticeKind::PasskeyRemoved => &notices.passkey_removed,
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
            NoticeKind::RecoveryCodeUsed(left) => {
                Some(self.letter.texts().notices.codes_left.fill(left, self.letter.language))
            }
            NoticeKind::Identity { .. }
            | NoticeKind::Enrolled
            | NoticeKind::Disabled
            | NoticeKind::RecoveryCodesRenewed
            | NoticeKind::Locked
            | NoticeKind::PasskeyAdded
            | NoticeKind::PasskeyRemoved => None,
        }
    }

    /// The identity that it is about, if it is about one: then its button undoes what happened.
    fn identity(&self) -> Option<&str> {
        match self.news {
            NoticeKind::Identity { identity, .. } => Some(identity),
            _ => None,
        }
    }

    /// What to do when it was somebody else.
    fn not_you(&self) -> &'static str {
        let texts = self.letter.texts();
        match self.news {
            NoticeKind::Identity { change, .. } => texts.undo.consequence(change),
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
