//! What people read, on pages and in mails, in six languages: one file per language, each with every text.

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod pattern;
mod pt;
#[cfg(test)]
mod tests;
mod texts;

pub use pattern::{Message, Plural};
pub use texts::*;

use crate::account::undo::LinkChange;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::magic_link::LinkPurpose;

impl Language {
    /// All texts of the language.
    pub const fn texts(self) -> &'static Texts {
        match self {
            Self::De => &de::TEXTS,
            Self::En => &en::TEXTS,
            Self::Es => &es::TEXTS,
            Self::Fr => &fr::TEXTS,
            Self::Ja => &ja::TEXTS,
            Self::Pt => &pt::TEXTS,
        }
    }
}

impl ProblemsTexts {
    /// What went wrong by its code, wherever the code comes from.
    pub fn of_code(&self, code: &str) -> Problem {
        match code {
            "ACCESS_DENIED" => self.access_denied,
            "ACCOUNT_EXISTS" => self.account_exists,
            "FORBIDDEN" => self.forbidden,
            "INVALID_PROVIDER" => self.invalid_provider,
            "INVALID_REDIRECT" => self.invalid_redirect,
            "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" => self.invalid_request,
            "INVALID_STATE" => self.invalid_state,
            "INVITE_EXPIRED" => self.invite_expired,
            "INVITE_INVALID" => self.invite_invalid,
            "INVITE_REVOKED" => self.invite_revoked,
            "INVITE_USED" => self.invite_used,
            "LINK_ELSEWHERE" => self.link_elsewhere,
            "MAGIC_LINK_EXPIRED" => self.link_expired,
            "MAGIC_LINK_INVALID" => self.link_invalid,
            "MAGIC_LINK_USED" => self.link_used,
            "NOT_FOUND" => self.not_found,
            "PROVIDER_UNAVAILABLE" => self.provider_unavailable,
            "RATE_LIMITED" => self.rate_limited,
            "SECOND_FACTOR_LOCKED" => self.second_factor_locked,
            "SIGN_UP_CLOSED" => self.sign_up_closed,
            "UNAUTHORIZED" => self.unauthorized,
            "INTERNAL" | "UNAVAILABLE" => self.unavailable,
            _ => self.invalid_code,
        }
    }
}

impl CommonTexts {
    /// The moment as people read it, to the minute, in UTC.
    pub fn moment(&self, moment: Timestamp) -> String {
        let (year, month, day, time) = moment.utc();
        self.moment.fill([&day.to_string(), self.months[usize::from(month - 1) % 12], &year.to_string(), &time])
    }

    /// The day of the moment as people read it, in UTC.
    pub fn date(&self, moment: Timestamp) -> String {
        let (year, month, day, _) = moment.utc();
        self.date.fill([&day.to_string(), self.months[usize::from(month - 1) % 12], &year.to_string()])
    }
}

impl UndoTexts {
    /// What the button does about `change`.
    pub const fn consequence(&self, change: LinkChange) -> &'static str {
        match change {
            LinkChange::Unlinked => self.ends,
            LinkChange::Linked | LinkChange::Invited => self.removes,
        }
    }
}

impl WishesTexts {
    /// The question for `purpose`.
    pub const fn of(&self, purpose: LinkPurpose) -> &WishTexts {
        match purpose {
            LinkPurpose::Join => &self.join,
            LinkPurpose::Prove => &self.prove,
        }
    }
}
