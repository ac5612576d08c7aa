//! How far a person gets, and what is written for them: a session with its credentials, or a partial session, and the
//! account if it changes.

use domain::account::User;
use domain::account::pending_link::PendingLink;
use domain::account::proof::Proof;
use domain::account::undo::LinkChange;
use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault};
use domain::keys::token_key::SealedToken;
use domain::request::RequestContext;
use domain::session::Session;
use domain::session::assurance::{FirstFactorOutcome, Method, Partial, after_first_factor};
use domain::sign_in::outcome::{Credentials, Outcome, SignedIn};

use super::super::notices::Announcement;
use super::super::tokens::IssuingKeys;
use super::account_change::AccountChange;
use super::{Authentication, EstablishSession};
use crate::adapter::audit::{Event, record};
use crate::adapter::store::{Committed, Write};

/// How far a person gets.
enum Entry {
    /// All the way.
    Full(Session, Credentials),
    /// As far as the question for the second factor.
    Partial(Partial),
}

impl EstablishSession {
    /// Begins a session, or a partial one, for somebody whose account does not change.
    pub(super) async fn come_back(
        &self,
        user: User,
        authentication: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<Outcome, Fault> {
        let entry = self.entry(&user, authentication, keys, caller)?;
        match &entry {
            Entry::Full(session, _) => self.sessions.create(session).await?,
            Entry::Partial(partial) => self.partials.create(partial).await?,
        }
        Ok(entered(user, entry, caller))
    }

    /// Writes a changed account together with its person's session; `None` when somebody else wrote first.
    pub(super) async fn enter(
        &self,
        change: AccountChange,
        authentication: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<Option<Outcome>, Error> {
        let mut change = change;
        if change.before.is_none() {
            change.after = change.after.reading(authentication.language);
        }
        let (session, credentials) = match (self.entry(&change.after, authentication, keys, caller)?, change.before) {
            // Nothing joins an account before its second factor is shown: until then the link is pending.
            (Entry::Partial(partial), Some(before)) => {
                let partial = partial.with_link(PendingLink::of(&change.after, &authentication.proof));
                self.partials.create(&partial).await?;
                return Ok(Some(entered(before, Entry::Partial(partial), caller)));
            }
            (Entry::Partial(_), None) => {
                return Err(Fault::new(Dependency::Service, "a new account has a second factor").into());
            }
            (Entry::Full(session, credentials), before) => {
                change.before = before;
                (session, credentials)
            }
        };
        let (mut writes, announcement) = self.writing(&change, &authentication.proof, caller.now)?;
        writes.push(self.sessions.creating(&session)?);
        writes.extend(change.used.take());
        match self.transactions.commit(writes).await? {
            Committed::Done => {
                self.written(&change, announcement, caller).await;
                Ok(Some(entered(change.after, Entry::Full(session, credentials), caller)))
            }
            Committed::Refused(_) | Committed::Contended => Ok(None),
        }
    }

    /// The writes that make `change`, and the mail that tells the account's owner.
    pub(super) fn writing(
        &self,
        change: &AccountChange,
        proof: &Proof,
        now: Timestamp,
    ) -> Result<(Vec<Write>, Option<Announcement>), Fault> {
        let AccountChange { before, after, invite, reason, .. } = change;
        let mut writes = self.users.saving(before.as_ref(), after)?;
        let told = match (reason, invite) {
            (Some(_), _) => Some(LinkChange::Linked),
            (None, Some(_)) => Some(LinkChange::Invited),
            (None, None) => None,
        };
        let announced = match told.zip(after.identity(proof)) {
            Some((told, identity)) => self.notices.announce(after, told, identity, now)?,
            None => None,
        };
        let (announcement, undo) = announced.unzip();
        writes.extend(undo);
        Ok((writes, announcement))
    }

    /// Tells the audit log and the account's owner that `change` was written.
    pub(super) async fn written(
        &self,
        change: &AccountChange,
        announcement: Option<Announcement>,
        caller: &RequestContext,
    ) {
        let user = &change.after.id;
        record(
            caller,
            &change.reason.map_or(Event::UserCreated { user }, |reason| Event::IdentityLinked { user, reason }),
        );
        if let Some(invite) = change.invite {
            record(caller, &Event::InviteAccepted { invite, user });
        }
        if let Some(announcement) = announcement {
            self.notices.send(announcement, caller).await;
        }
    }

    /// How far `user` gets with what was proven: begins a session and its credentials, or a partial session.
    fn entry(
        &self,
        user: &User,
        authentication: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<Entry, Fault> {
        let client = caller.client.clone();
        let linking = user.identity(&authentication.proof).and_then(|identity| identity.id);
        let external_token = match &authentication.external_token {
            Some((token, expires_at)) => {
                let sealed = keys.token.seal(token, &user.id);
                let sealed = sealed.ok_or_else(|| Fault::new(Dependency::Secrets, "the token keys cannot seal"))?;
                Some(SealedToken { sealed, expires_at: *expires_at })
            }
            None => None,
        };
        Ok(match after_first_factor(user, Method::of(&authentication.proof), caller.now) {
            FirstFactorOutcome::Open(assured) => {
                let mut session = Session::begin(assured, client, self.lifetime).come_by(linking, external_token);
                let credentials =
                    self.tokens.credentials(&mut session, authentication.delivery.clone(), keys, caller.now)?;
                Entry::Full(session, credentials)
            }
            FirstFactorOutcome::SecondFactorDue(first) => {
                let target = authentication.target.clone();
                let partial = Partial::begin(first, target, client, caller.now, self.partial_lifetime);
                Entry::Partial(partial.come_by(authentication.delivery.contract(), linking, external_token))
            }
        })
    }
}

/// Tells the audit log, and the caller, how far somebody got.
fn entered(user: User, entry: Entry, caller: &RequestContext) -> Outcome {
    match entry {
        Entry::Full(session, credentials) => {
            let event = Event::SignInSucceeded { amr: session.amr(), user: &user.id, session: session.id };
            record(caller, &event);
            Outcome::Session(Box::new(SignedIn { user, session, credentials }))
        }
        Entry::Partial(partial) => {
            record(caller, &Event::SecondFactorRequired { user: &user.id });
            Outcome::SecondFactorRequired(Box::new(partial))
        }
    }
}
