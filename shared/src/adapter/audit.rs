//! The audit trail: one JSON line per decision, tied to its request, and no token in any of them.

use std::fmt::Debug;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use domain::account::LinkReason;
use domain::account::invite::InviteId;
use domain::account::undo::LinkChange;
use domain::error::{Error, Rejection};
use domain::magic_link::LinkPurpose;
use domain::passkey::PasskeyId;
use domain::redirect::RefusedTarget;
use domain::request::{Attempt, RequestContext, Subject};
use domain::session::EndReason;
use domain::session_id::SessionId;

use super::log;

/// Everything that is worth a line. The set is closed: a new decision needs a new name here.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "a field is what its name says; users and sessions by their ids, systems by their keys' labels"
)]
pub enum Event<'a> {
    /// An external login said whom it let in.
    ExternalLoginConfirmed { system: &'a str },
    /// What an external login said was refused.
    ExternalLoginRefused {
        system: &'a str,
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// Somebody got back the token of the external login by which they came.
    ExternalTokenRead { session: SessionId, user: &'a str },
    /// An identity was joined to an account.
    IdentityLinked {
        user: &'a str,
        #[serde(serialize_with = "debug")]
        reason: LinkReason,
    },
    /// An identity leads to its account no more.
    IdentityUnlinked { user: &'a str, provider: &'a str },
    /// An invite was accepted.
    InviteAccepted { invite: InviteId, user: &'a str },
    /// Somebody who wanted something of an invite was refused.
    InviteRefused {
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// An invite was taken back.
    InviteRevoked { invite: InviteId, by: &'a str },
    /// An invite was mailed.
    InviteSent { invite: InviteId, by: &'a str },
    /// Keys were replaced, and those before are refused.
    KeysRevoked { secret: &'a str },
    /// Keys moved on.
    KeysRotated { secret: &'a str },
    /// A limit was reached.
    LimitReached { limit: &'a str },
    /// A mailbox was asked about an identity that came with its address.
    LinkMailed {
        user: &'a str,
        #[serde(rename = "mail_request")]
        request: &'a str,
        #[serde(serialize_with = "debug")]
        purpose: LinkPurpose,
    },
    /// The reader of a notice said that it was not them: what it told of is undone, and every session is over.
    LinkUndone {
        user: &'a str,
        #[serde(serialize_with = "debug")]
        change: LinkChange,
    },
    /// Somebody who wanted to undo something was refused.
    LinkUndoRefused {
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// A mailbox said that an account is its own.
    AddressProven { user: &'a str },
    /// A person was sent to a provider.
    LoginStarted { provider: &'a str },
    /// A magic link was mailed.
    MailSent {
        #[serde(rename = "mail_request")]
        request: &'a str,
    },
    /// A magic link was asked for by somebody who may not sign up; no mail went out.
    MailWithheld {
        #[serde(rename = "mail_request")]
        request: &'a str,
    },
    /// A request came around CloudFront, or CloudFront does not say who asks.
    OriginRefused { reason: &'a str },
    /// Somebody who had yet to show a second factor gave up. Which partial session it was is nothing to write down.
    PartialSessionEnded { user: &'a str },
    /// A passkey was registered.
    PasskeyAdded { user: &'a str, passkey: PasskeyId },
    /// A person was asked for a new passkey.
    PasskeyAsked { user: &'a str },
    /// A passkey has signed less often than before: somebody has a copy of its key. Somebody should look.
    PasskeyCloned { user: &'a str, passkey: PasskeyId },
    /// A passkey was refused.
    PasskeyRefused {
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// A passkey was taken off an account.
    PasskeyRemoved { user: &'a str, passkey: PasskeyId },
    /// A passkey got another name.
    PasskeyRenamed { user: &'a str, passkey: PasskeyId },
    /// A refresh token was refused.
    RefreshRefused {
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// A refresh token came again: the session was ended. Somebody should look.
    RefreshReuseDetected { session: SessionId, user: &'a str },
    /// Recovery codes took the place of those before.
    RecoveryCodesRenewed { user: &'a str },
    /// A recovery code was used.
    RecoveryCodeUsed { user: &'a str, left: u64 },
    /// Somebody has shown who they are, and an account takes an invite: they were given a registration token.
    RegistrationRequired { actor_type: &'a str },
    /// A request was refused of which no other line tells.
    RequestRefused {
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// A second factor was set up.
    SecondFactorEnrolled { user: &'a str },
    /// Too many codes in a row were wrong: for a while, none counts. Somebody should look.
    SecondFactorLocked { user: &'a str },
    /// A code of a second factor was refused.
    SecondFactorRefused {
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// A second factor was taken off an account.
    SecondFactorRemoved { user: &'a str },
    /// Somebody has shown their first factor and has yet to show the second.
    SecondFactorRequired { user: &'a str },
    /// A seed was shown to be set up.
    SecondFactorShown { user: &'a str },
    /// A request was given up when its time was over: what it was about may have happened or not.
    RequestGivenUp,
    /// A session is kept in a cookie from now on.
    SessionPutIntoCookie { session: SessionId, user: &'a str },
    /// A session moved on to its next generation.
    SessionRefreshed { session: SessionId, user: &'a str },
    /// A session was ended.
    SessionRevoked {
        session: SessionId,
        user: &'a str,
        #[serde(serialize_with = "word")]
        reason: EndReason,
    },
    /// A person has shown their second factor again, for something that needs it lately.
    SessionSteppedUp { session: SessionId, user: &'a str },
    /// A sign-in was refused.
    SignInRefused {
        method: &'a str,
        #[serde(serialize_with = "debug")]
        reason: &'a Rejection,
    },
    /// A request that had been answered came again, and got the same answer.
    SignInRepeated { method: &'a str },
    /// Somebody signed in.
    SignInSucceeded {
        #[serde(rename = "method", serialize_with = "words")]
        amr: &'a [String],
        user: &'a str,
        session: SessionId,
    },
    /// An account was made.
    UserCreated { user: &'a str },
}

impl Event<'_> {
    /// How much somebody should care.
    const fn level(&self) -> Severity {
        match self {
            Self::PasskeyCloned { .. }
            | Self::RefreshReuseDetected { .. }
            | Self::RequestGivenUp
            | Self::SecondFactorLocked { .. } => Severity::Error,
            Self::ExternalLoginRefused { .. }
            | Self::KeysRevoked { .. }
            | Self::LimitReached { .. }
            | Self::LinkUndone { .. }
            | Self::OriginRefused { .. }
            | Self::PasskeyRemoved { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::SecondFactorRemoved { .. } => Severity::Warn,
            _ => Severity::Info,
        }
    }
}

/// A line of the log.
#[derive(Serialize)]
struct AuditLine<'a> {
    timestamp: String,
    level: Severity,
    fields: LineFields<'a>,
}

/// What every event is told with.
#[derive(Serialize)]
struct LineFields<'a> {
    message: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<&'a str>,
    #[serde(flatten)]
    event: Map<String, Value>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Severity {
    Info,
    Warn,
    Error,
}

/// Writes `event` for the request of `caller`. Where the event itself does not say whom it is about, the line names the
/// [subject](domain::request::Subject) as far as it is known.
pub fn record(caller: &RequestContext, event: &Event<'_>) {
    caller.subject.is_decided();
    let level = event.level();
    let mut event = match serde_json::to_value(event) {
        Ok(Value::Object(event)) => event,
        // An event has names and texts alone, which are all JSON.
        Ok(_) | Err(_) => return,
    };
    if !event.contains_key("user") {
        let Subject { user, session, mailbox, .. } = &*caller.subject;
        for (name, known) in [("user", user), ("session", session), ("mailbox", mailbox)] {
            if let Some(known) = known.get() {
                event.insert(name.to_owned(), known.as_str().into());
            }
        }
    }
    let fields = LineFields {
        message: "audit",
        request_id: &caller.request_id,
        source: (!caller.source_ip.is_empty()).then_some(&caller.source_ip),
        backend: caller.backend.as_deref(),
        event,
    };
    log::line(&AuditLine { timestamp: caller.now.rfc3339(), level, fields });
}

/// Writes that what the request attempted was refused; where it is none of the [attempts](Attempt), unless the log has heard
/// of a decision. So every refusal has its line, whoever decides it. A limit that was reached has an event of its own.
fn record_refusal(caller: &RequestContext, failure: &Error) {
    let Error::Rejection(reason) = failure else { return };
    let limited = matches!(reason, Rejection::MailedLately(_) | Rejection::RateLimited(_));
    let event = match caller.subject.attempt().filter(|_| !limited) {
        Some(Attempt::Invite) => Event::InviteRefused { reason },
        Some(Attempt::LinkUndo) => Event::LinkUndoRefused { reason },
        Some(Attempt::Passkey) => Event::PasskeyRefused { reason },
        Some(Attempt::SecondFactor) => Event::SecondFactorRefused { reason },
        Some(Attempt::SignIn(method)) => Event::SignInRefused { method, reason },
        None if caller.subject.was_decided() => return,
        None => Event::RequestRefused { reason },
    };
    record(caller, &event);
}

/// Tells of a failure: a fault in the log, a refusal in the audit log.
pub fn record_failure(caller: &RequestContext, failure: &Error) {
    if let Error::Fault(fault) = failure {
        log::failed(fault, &caller.request_id);
    }
    record_refusal(caller, failure);
}

/// Refuses a redirect target; nothing else does. The operator reads in the log why, and the caller does not.
pub fn refused_target(caller: &RequestContext, refused: &RefusedTarget) -> Rejection {
    tracing::warn!(request_id = caller.request_id, explanation = refused.explanation(), "redirect target refused");
    Rejection::InvalidRedirect
}

fn debug<S: Serializer>(value: &impl Debug, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{value:?}"))
}

fn word<S: Serializer>(reason: &EndReason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(reason.as_str())
}

fn words<S: Serializer>(amr: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&amr.join(" "))
}
