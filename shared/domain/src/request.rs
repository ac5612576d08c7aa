//! The circumstances of one request.

pub mod device;
pub mod limit;
pub mod origin;
pub mod reach;
pub mod viewer;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use crate::clock::Timestamp;
use crate::secret::Secret;

/// Who asks, from where, and when.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The gateway's id for the request (for a rotation: the invocation's): in the answer, in the gateway's own log,
    /// and in every line of ours about the request.
    pub request_id: String,
    /// The network address as the gateway saw it, or as one said that has proven that it may; never a header that anybody
    /// can send.
    pub source_ip: String,
    /// What the client calls itself; display data.
    pub client: Option<String>,
    /// When the request arrived. It is the request's one "now".
    pub now: Timestamp,
    /// Whom the request turns out to be about, whoever is counted for it.
    pub subject: Arc<Subject>,
    /// What the request states of the person whom a server serves; nobody has looked at its key yet.
    pub stated: Option<Stated>,
    /// The server that states the address, by the label of its API key, once that was found to be one.
    pub backend: Option<String>,
}

/// What a server that signs people in for its users states of the one whom it serves.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The person's network address; `None` for what is none.
    pub address: Option<IpAddr>,
    /// The API key that came along.
    pub key: Option<Secret>,
}

/// Whom a request is about, as far as it is known by now: what its refusals name in the audit log. Only what was verified is
/// known, never what a request claims. What is noted first stays.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The person's id, `usr_…`.
    pub user: OnceLock<String>,
    /// The session's public id, `ses_…`.
    pub session: OnceLock<String>,
    /// The hash of the mailbox's canonical address: the log holds no addresses.
    pub mailbox: OnceLock<String>,
    attempt: OnceLock<Attempt>,
    decided: OnceLock<()>,
}

/// What a request attempts, where its refusal has an event of its own.
#[derive(Clone, Copy, Debug)]
pub enum Attempt {
    /// To send, list, take back or accept an invite.
    Invite,
    /// To undo what a notice told of.
    LinkUndo,
    /// To sign in by a passkey, or to change one.
    Passkey,
    /// To show a second factor, or to change one.
    SecondFactor,
    /// To sign in, by this method (an `amr` value).
    SignIn(&'static str),
}

impl Subject {
    /// Notes the person.
    pub fn is_user(&self, id: &str) {
        self.user.get_or_init(|| id.to_owned());
    }

    /// Notes the session.
    pub fn is_session(&self, id: impl fmt::Display) {
        self.session.get_or_init(|| id.to_string());
    }

    /// Notes the mailbox, by the hash of its address.
    pub fn is_mailbox(&self, hash: &str) {
        self.mailbox.get_or_init(|| hash.to_owned());
    }

    /// Notes what the request attempts.
    pub fn attempts(&self, attempt: Attempt) {
        self.attempt.get_or_init(|| attempt);
    }

    /// What the request attempts, once that is known.
    pub fn attempt(&self) -> Option<Attempt> {
        self.attempt.get().copied()
    }

    /// Notes that the audit log has heard of a decision about the request.
    pub fn is_decided(&self) {
        self.decided.get_or_init(|| ());
    }

    /// Whether the audit log has heard of a decision about the request.
    pub fn was_decided(&self) -> bool {
        self.decided.get().is_some()
    }
}
