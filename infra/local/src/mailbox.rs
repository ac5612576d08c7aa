//! The mails that would have been sent.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

const MAX_MAILS: usize = 10_000;

/// A mail.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The message id that the sender was told.
    pub id: String,
    /// Sender.
    pub from: String,
    /// Recipient; several would be separated by commas.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text body.
    pub text: String,
    /// HTML body.
    pub html: String,
    /// RFC 3339.
    pub sent_at: String,
}

/// All mails, newest first.
#[derive(Default)]
pub struct Mailbox(Mutex<VecDeque<Mail>>);

impl Mailbox {
    /// Takes a mail.
    pub fn deliver(&self, mail: Mail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.truncate(MAX_MAILS - 1);
        mails.push_front(mail);
    }

    /// All mails, or those to one address, newest first.
    pub fn mails(&self, to: Option<&String>) -> Vec<Mail> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().filter(|mail| to.is_none_or(|to| mail.to == *to)).cloned().collect()
    }

    /// The mail with this id.
    pub fn mail(&self, id: &str) -> Option<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|mail| mail.id == id).cloned()
    }

    /// Forgets all mails.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
