//! What a mailbox is asked, and what the reader of a notice may undo.

use super::{Counted, Pattern, Problem};
use crate::account::undo::LinkChange;
use crate::magic_link::Purpose;

/// What a mailbox is asked about an identity that came with its address.
#[derive(Debug)]
pub struct Wishes {
    /// Whether it joins the mailbox's account.
    pub join: Wish,
    /// Whether the account that it made is the mailbox's.
    pub prove: Wish,
    /// The mail's button.
    pub button: &'static str,
    /// How long the link is good: minutes.
    pub lifetime: Counted,
    /// The page of somebody whose mailbox was asked.
    pub mailed: Problem,
    /// Said in another browser than theirs.
    pub elsewhere: Problem,
    /// The page after an address was proven.
    pub proven: Problem,
}

/// One question.
#[derive(Debug)]
pub struct Wish {
    /// The mail's subject: the brand.
    pub subject: Pattern<1>,
    /// Heading of mail and page.
    pub title: &'static str,
    /// What came with the address: the brand. The identity follows.
    pub text: Pattern<1>,
    /// What a yes does.
    pub yes: &'static str,
    /// The page's button.
    pub submit: &'static str,
    /// What to do when it was somebody else.
    pub not_you: &'static str,
}

/// "This was not me".
#[derive(Debug)]
pub struct Undo {
    /// The page's title and heading.
    pub title: &'static str,
    /// What the button does about an identity that was joined.
    pub removes: &'static str,
    /// What it does about one that was taken away.
    pub ends: &'static str,
    /// The button, in the mail and on the page.
    pub submit: &'static str,
    /// What to do when it was the reader.
    pub ignore: &'static str,
    /// The page afterwards.
    pub done: Problem,
}

impl Undo {
    /// What the button does about `change`.
    pub const fn consequence(&self, change: LinkChange) -> &'static str {
        match change {
            LinkChange::Unlinked => self.ends,
            LinkChange::Linked | LinkChange::Invited => self.removes,
        }
    }
}

impl Wishes {
    /// The question for `purpose`.
    pub const fn of(&self, purpose: Purpose) -> &Wish {
        match purpose {
            Purpose::Join => &self.join,
            Purpose::Prove => &self.prove,
        }
    }
}
