//! The audit trail: one JSON line per decision, tied to its request, and no token in any of them.

use tracing::subscriber::NoSubscriber;

use domain::account::LinkReason;
use domain::account::invite::InviteId;
use domain::account::undo::LinkChange;
use domain::error::{Denied, Failure};
use domain::magic_link::Purpose;
use domain::passkey::PasskeyId;
use domain::redirect::Refused;
use domain::request::{Caller, Subject};
use domain::session::EndReason;
use domain::session::assurance::Method;
use domain::session_id::SessionId;

/// Everything that is worth a line. The set is closed: a new decision needs a new name here.
#[derive(Debug)]
pub enum Event<'a> {
    /// An external login said whom it let in.
    ExternalLoginConfirmed {
        /// The label of its API key.
        system: &'a str,
    },
    /// What an external login said was refused.
    ExternalLoginRefused {
        /// The label of its API key.
        system: &'a str,
        /// Why.
        reason: &'a Denied,
    },
    /// Somebody got back the token of the external login by which they came.
    ExternalTokenRead {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: &'a str,
    },
    /// An identity was joined to an account.
    IdentityLinked {
        /// The account.
        user: &'a str,
        /// Why.
        reason: LinkReason,
    },
    /// An identity leads to its account no more.
    IdentityUnlinked {
        /// The account.
        user: &'a str,
        /// The provider's name.
        provider: &'a str,
    },
    /// An invite was accepted.
    InviteAccepted {
        /// Which one.
        invite: InviteId,
        /// The account that it made.
        user: &'a str,
    },
    /// Somebody who wanted something of an invite was refused.
    InviteRefused {
        /// Why.
        reason: &'a Denied,
    },
    /// An invite was taken back.
    InviteRevoked {
        /// Which one.
        invite: InviteId,
        /// By whom: a user's id, or the label of an API key.
        by: &'a str,
    },
    /// An invite was mailed.
    InviteSent {
        /// Which one.
        invite: InviteId,
        /// By whom: a user's id, or the label of an API key.
        by: &'a str,
    },
    /// Keys were replaced, and those before are refused.
    KeysRevoked {
        /// Which set.
        secret: &'a str,
    },
    /// Keys moved on.
    KeysRotated {
        /// Which set.
        secret: &'a str,
    },
    /// A limit was reached.
    LimitReached {
        /// Which one.
        limit: &'a str,
    },
    /// A mailbox was asked about an identity that came with its address.
    LinkMailed {
        /// The account.
        user: &'a str,
        /// The request's public id.
        request: &'a str,
        /// What for.
        purpose: Purpose,
    },
    /// The reader of a notice said that it was not them: what it told of is undone, and every session is over.
    LinkUndone {
        /// The account.
        user: &'a str,
        /// What the notice told of.
        change: LinkChange,
    },
    /// Somebody who wanted to undo something was refused.
    LinkUndoRefused {
        /// Why.
        reason: &'a Denied,
    },
    /// A mailbox said that an account is its own.
    AddressProven {
        /// The account.
        user: &'a str,
    },
    /// A person was sent to a provider.
    LoginStarted {
        /// Which one.
        provider: &'a str,
    },
    /// A magic link was mailed.
    MailSent {
        /// The request's public id.
        request: &'a str,
    },
    /// A magic link was asked for by somebody who may not sign up; no mail went out.
    MailWithheld {
        /// The request's public id.
        request: &'a str,
    },
    /// A request came around CloudFront, or CloudFront does not say who asks.
    OriginRefused {
        /// Which of it.
        reason: &'a str,
    },
    /// Somebody who had yet to show a second factor gave up. Which partial session it was is nothing to write down.
    PartialSessionEnded {
        /// Who.
        user: &'a str,
    },
    /// A passkey was registered.
    PasskeyAdded {
        /// Whose it is.
        user: &'a str,
        /// Which one.
        passkey: PasskeyId,
    },
    /// A person was asked for a new passkey.
    PasskeyAsked {
        /// Who.
        user: &'a str,
    },
    /// A passkey has signed less often than before: somebody has a copy of its key. Somebody should look.
    PasskeyCloned {
        /// Whose it is.
        user: &'a str,
        /// Which one.
        passkey: PasskeyId,
    },
    /// A passkey was refused.
    PasskeyRefused {
        /// Why.
        reason: &'a Denied,
    },
    /// A passkey was taken off an account.
    PasskeyRemoved {
        /// Whose it was.
        user: &'a str,
        /// Which one.
        passkey: PasskeyId,
    },
    /// A passkey got another name.
    PasskeyRenamed {
        /// Whose it is.
        user: &'a str,
        /// Which one.
        passkey: PasskeyId,
    },
    /// A refresh token was refused.
    RefreshRefused {
        /// Why.
        reason: &'a Denied,
    },
    /// A refresh token came again: the session was ended. Somebody should look.
    RefreshReuseDetected {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: &'a str,
    },
    /// Recovery codes took the place of those before.
    RecoveryCodesRenewed {
        /// Whose they are.
        user: &'a str,
    },
    /// A recovery code was used.
    RecoveryCodeUsed {
        /// Whose it was.
        user: &'a str,
        /// How many are left.
        left: u64,
    },
    /// Somebody has shown who they are, and an account takes an invite: they were given a registration token.
    RegistrationRequired {
        /// What they would sign in as.
        actor_type: &'a str,
    },
    /// A request was refused of which no other line tells.
    RequestRefused {
        /// Why.
        reason: &'a Denied,
    },
    /// A second factor was set up.
    SecondFactorEnrolled {
        /// Whose it is.
        user: &'a str,
    },
    /// Too many codes in a row were wrong: for a while, none counts. Somebody should look.
    SecondFactorLocked {
        /// Whose they were to be.
        user: &'a str,
    },
    /// A code of a second factor was refused.
    SecondFactorRefused {
        /// Why.
        reason: &'a Denied,
    },
    /// A second factor was taken off an account.
    SecondFactorRemoved {
        /// Whose it was.
        user: &'a str,
    },
    /// Somebody has shown their first factor and has yet to show the second.
    SecondFactorRequired {
        /// Who.
        user: &'a str,
    },
    /// A seed was shown to be set up.
    SecondFactorShown {
        /// To whom.
        user: &'a str,
    },
    /// A request was given up when its time was over: what it was about may have happened or not.
    RequestGivenUp,
    /// A session is kept in a cookie from now on.
    SessionPutIntoCookie {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: &'a str,
    },
    /// A session moved on to its next generation.
    SessionRefreshed {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: &'a str,
    },
    /// A session was ended.
    SessionRevoked {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: &'a str,
        /// Why.
        reason: EndReason,
    },
    /// A person has shown their second factor again, for something that needs it lately.
    SessionSteppedUp {
        /// The session.
        session: SessionId,
        /// Whose it is.
        user: &'a str,
    },
    /// A sign-in was refused.
    SignInRefused {
        /// By which way.
        method: Method,
        /// Why.
        reason: &'a Denied,
    },
    /// A request that had been answered came again, and got the same answer.
    SignInRepeated,
    /// Somebody signed in.
    SignInSucceeded {
        /// By which way.
        amr: &'a [String],
        /// Who.
        user: &'a str,
        /// The new session.
        session: SessionId,
    },
    /// An account was made.
    UserCreated {
        /// Which one.
        user: &'a str,
    },
}

/// Writes `event` for the request of `caller`. Where the event itself does not say whom it is about, the line names the
/// [subject](domain::request::Subject) as far as it is known.
pub fn record(caller: &Caller, event: &Event<'_>) {
    caller.subject.is_decided();
    let request_id = caller.request_id.as_str();
    let source = (!caller.source_ip.is_empty()).then_some(caller.source_ip.as_str());
    let backend = caller.backend.as_deref();
    let Subject { user, session, mailbox, .. } = &*caller.subject;
    let (known_user, known_session, mailbox) = (user.get(), session.get(), mailbox.get());
    macro_rules! line {
        ($level:ident, $name:literal, $($fields:tt)*) => {
            tracing::$level!(event = $name, request_id, source, backend, $($fields)*, "audit")
        };
    }
    macro_rules! about {
        ($level:ident, $name:literal, $($fields:tt)*) => {
            line!($level, $name, user = known_user, session = known_session, mailbox, $($fields)*)
        };
    }
    match event {
        Event::ExternalLoginConfirmed { system } => line!(info, "external_login_confirmed", system = system),
        Event::ExternalLoginRefused { system, reason } => {
            about!(warn, "external_login_refused", system = system, reason = ?reason)
        }
        Event::ExternalTokenRead { session, user } => {
            line!(info, "external_token_read", session = %session, user = user)
        }
        Event::IdentityLinked { user, reason } => line!(info, "identity_linked", user = user, reason = ?reason),
        Event::IdentityUnlinked { user, provider } => {
            line!(info, "identity_unlinked", user = user, provider = provider)
        }
        Event::InviteAccepted { invite, user } => {
            line!(info, "invite_accepted", invite = %invite, user = user)
        }
        Event::InviteRefused { reason } => about!(info, "invite_refused", reason = ?reason),
        Event::InviteRevoked { invite, by } => line!(info, "invite_revoked", invite = %invite, by = by),
        Event::InviteSent { invite, by } => line!(info, "invite_sent", invite = %invite, by = by),
        Event::KeysRevoked { secret } => line!(warn, "keys_revoked", secret = secret),
        Event::KeysRotated { secret } => line!(info, "keys_rotated", secret = secret),
        Event::LimitReached { limit } => about!(warn, "limit_reached", limit = limit),
        Event::LinkMailed { user, request, purpose } => {
            line!(info, "link_mailed", user = user, mail_request = request, purpose = ?purpose)
        }
        Event::LinkUndone { user, change } => line!(warn, "link_undone", user = user, change = ?change),
        Event::LinkUndoRefused { reason } => about!(info, "link_undo_refused", reason = ?reason),
        Event::AddressProven { user } => line!(info, "address_proven", user = user),
        Event::LoginStarted { provider } => about!(info, "login_started", provider = provider),
        Event::MailSent { request } => about!(info, "mail_sent", mail_request = request),
        Event::MailWithheld { request } => about!(info, "mail_withheld", mail_request = request),
        Event::OriginRefused { reason } => about!(warn, "origin_refused", reason = reason),
        Event::PartialSessionEnded { user } => line!(info, "partial_session_ended", user = user),
        Event::PasskeyAdded { user, passkey } => line!(info, "passkey_added", user = user, passkey = %passkey),
        Event::PasskeyAsked { user } => line!(info, "passkey_asked", user = user),
        Event::PasskeyCloned { user, passkey } => line!(error, "passkey_cloned", user = user, passkey = %passkey),
        Event::PasskeyRefused { reason } => about!(info, "passkey_refused", reason = ?reason),
        Event::PasskeyRemoved { user, passkey } => line!(warn, "passkey_removed", user = user, passkey = %passkey),
        Event::PasskeyRenamed { user, passkey } => line!(info, "passkey_renamed", user = user, passkey = %passkey),
        Event::RefreshRefused { reason } => about!(info, "refresh_refused", reason = ?reason),
        Event::RefreshReuseDetected { session, user } => {
            line!(error, "refresh_reuse_detected", session = %session, user = user)
        }
        Event::RecoveryCodesRenewed { user } => line!(info, "recovery_codes_renewed", user = user),
        Event::RecoveryCodeUsed { user, left } => line!(warn, "recovery_code_used", user = user, left = left),
        Event::RegistrationRequired { actor_type } => {
            line!(info, "registration_required", actor_type = actor_type)
        }
        Event::RequestGivenUp => {
            line!(error, "request_given_up", user = known_user, session = known_session, mailbox)
        }
        Event::RequestRefused { reason } => about!(info, "request_refused", reason = ?reason),
        Event::SecondFactorEnrolled { user } => line!(info, "second_factor_enrolled", user = user),
        Event::SecondFactorLocked { user } => line!(error, "second_factor_locked", user = user),
        Event::SecondFactorRefused { reason } => about!(info, "second_factor_refused", reason = ?reason),
        Event::SecondFactorRemoved { user } => line!(warn, "second_factor_removed", user = user),
        Event::SecondFactorRequired { user } => line!(info, "second_factor_required", user = user),
        Event::SecondFactorShown { user } => line!(info, "second_factor_shown", user = user),
        Event::SessionPutIntoCookie { session, user } => {
            line!(info, "session_put_into_cookie", session = %session, user = user)
        }
        Event::SessionRefreshed { session, user } => {
            line!(info, "session_refreshed", session = %session, user = user)
        }
        Event::SessionRevoked { session, user, reason } => {
            line!(info, "session_revoked", session = %session, user = user, reason = reason.as_str())
        }
        Event::SessionSteppedUp { session, user } => {
            line!(info, "session_stepped_up", session = %session, user = user)
        }
        Event::SignInRefused { method, reason } => {
            about!(info, "sign_in_refused", method = method.amr(), reason = ?reason)
        }
        Event::SignInRepeated => about!(info, "sign_in_repeated", method = Method::Federated.amr()),
        Event::SignInSucceeded { amr, user, session } => {
            line!(info, "sign_in_succeeded", method = amr.join(" "), user = user, session = %session)
        }
        Event::UserCreated { user } => line!(info, "user_created", user = user),
    }
}

/// What `work` gives, of which the log does not hear: for a library that tells it of everything that a stranger says.
pub fn unlogged<T>(work: impl FnOnce() -> T) -> T {
    tracing::subscriber::with_default(NoSubscriber::default(), work)
}

/// Writes that a sign-in by `method` was refused, if it was.
pub fn record_refusal<T>(caller: &Caller, method: Method, result: &Result<T, Failure>) {
    if let Some(reason) = refusal(result) {
        record(caller, &Event::SignInRefused { method, reason });
    }
}

/// Writes that something about an invite was refused, if it was.
pub fn record_invite_refusal<T>(caller: &Caller, result: &Result<T, Failure>) {
    if let Some(reason) = refusal(result) {
        record(caller, &Event::InviteRefused { reason });
    }
}

/// Writes that somebody who wanted to undo something was refused, if they were.
pub fn record_undo_refusal<T>(caller: &Caller, result: &Result<T, Failure>) {
    if let Some(reason) = refusal(result) {
        record(caller, &Event::LinkUndoRefused { reason });
    }
}

/// Writes that something about a passkey was refused, if it was.
pub fn record_passkey_refusal<T>(caller: &Caller, result: &Result<T, Failure>) {
    if let Some(reason) = refusal(result) {
        record(caller, &Event::PasskeyRefused { reason });
    }
}

/// Writes that something about a second factor was refused, if it was.
pub fn record_second_factor_refusal<T>(caller: &Caller, result: &Result<T, Failure>) {
    if let Some(reason) = refusal(result) {
        record(caller, &Event::SecondFactorRefused { reason });
    }
}

/// Why something was refused, if it was. A limit that was reached has an event of its own.
fn refusal<T>(result: &Result<T, Failure>) -> Option<&Denied> {
    match result {
        Err(Failure::Denied(Denied::MailedLately(_) | Denied::RateLimited(_))) | Err(Failure::Broken(_)) | Ok(_) => {
            None
        }
        Err(Failure::Denied(reason)) => Some(reason),
    }
}

/// Writes that a request was refused, unless the log has heard of it: so every refusal has its line, whoever decides it.
pub fn record_unheard_refusal(caller: &Caller, failure: &Failure) {
    if let Failure::Denied(reason) = failure
        && !caller.subject.was_decided()
    {
        record(caller, &Event::RequestRefused { reason });
    }
}

/// Refuses a redirect target; nothing else does. The operator reads in the log why, and the caller does not.
pub fn refused_target(caller: &Caller, refused: &Refused) -> Denied {
    tracing::warn!(request_id = caller.request_id, explanation = refused.explanation(), "redirect target refused");
    Denied::InvalidRedirect
}
