//! The pages that ask a mailbox something, and what they lead to. None of them uses anything up: a person presses a button.

use askama::Template;

use domain::account::proof::Proof;
use domain::account::undo::{LinkChange, Undo};
use domain::magic_link::Wish;
use domain::secret::SingleUseToken;
use domain::text::{self, Problem};

use super::page::{Page, View};

/// The page that asks whether an identity is the mailbox's owner's.
#[derive(Debug, Template)]
#[template(path = "pages/wish.html")]
pub struct AskMailboxPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The link's token.
    pub token: &'a SingleUseToken,
    /// The request that the mail was sent for.
    pub request: &'a str,
    /// What is asked.
    pub wish: &'a Wish,
}

impl AskMailboxPage<'_> {
    fn words(&self) -> &'static text::WishTexts {
        self.texts().wishes.of(self.wish.purpose)
    }

    fn text(&self) -> String {
        self.words().text.fill([&self.view.site.brand.name])
    }

    fn label(&self) -> &str {
        self.wish.proof.label()
    }

    fn account(&self) -> Vec<String> {
        match &self.wish.proof {
            Proof::Subject { profile, .. } => {
                profile.name.iter().cloned().chain(profile.email.iter().map(ToString::to_string)).collect()
            }
            Proof::Mailbox(address) => vec![address.to_string()],
        }
    }
}

impl Page for AskMailboxPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/v1/auth/verify/identity", vec![("token", self.token.reveal())]))
    }
}

/// The page on which the reader of a notice says that it was not them.
#[derive(Debug, Template)]
#[template(path = "pages/undo.html")]
pub struct UndoPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The notice's secret.
    pub token: &'a SingleUseToken,
    /// What it undoes.
    pub undo: &'a Undo,
}

impl UndoPage<'_> {
    fn what_happened(&self) -> String {
        let notices = &self.texts().notices;
        let notice = match self.undo.change {
            LinkChange::Linked => &notices.linked,
            LinkChange::Unlinked => &notices.unlinked,
            LinkChange::Invited => &notices.invited,
        };
        notice.text.fill([&self.view.site.brand.name])
    }

    fn moment(&self) -> String {
        self.texts().notices.happened.fill([&self.texts().common.moment(self.undo.happened_at)])
    }

    fn consequence(&self) -> &'static str {
        self.texts().undo.consequence(self.undo.change)
    }
}

impl Page for UndoPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/v1/auth/undo", vec![("token", self.token.reveal())]))
    }
}

/// The page that says what was done.
#[derive(Debug, Template)]
#[template(path = "pages/done.html")]
pub struct DonePage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// What was done.
    pub done: Problem,
    /// Where it leads on.
    pub onward: &'a str,
}

impl Page for DonePage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }
}
