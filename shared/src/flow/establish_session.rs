//! Letting a person in by a first factor: a session begins, or a partial one. `second_factor` and `passkeys` begin the
//! others.

use std::time::Duration;

use domain::account::email::EmailAddress;
use domain::account::invite::{InviteAcceptance, InviteCredential, InviteId};
use domain::account::pending_link::PendingLink;
use domain::account::proof::Proof;
use domain::account::resolution::{AccountResolution, LinkPolicy, SignUpPolicy, resolve_account};
use domain::account::undo::LinkChange;
use domain::account::{LinkReason, Pointer, User};
use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault, Rejection, Unauthenticated};
use domain::keys::token_key::SealedToken;
use domain::language::Language;
use domain::redirect::ReturnTo;
use domain::request::RequestContext;
use domain::secret::Secret;
use domain::session::assurance::{FirstFactorOutcome, Method, Partial, after_first_factor};
use domain::session::{Lifetime, Session};
use domain::sign_in::outcome::{Credentials, Delivery, Outcome, Registration, SignedIn};

use super::invite_redemption::{InviteRedemption, RedeemedInvite};
use super::notices::{Announcement, Notices};
use super::tokens::{IssuingKeys, TokenIssuer};
use super::wishes::Wishes;
use crate::adapter::audit::{Event, record};
use crate::adapter::store::partials::Partials;
use crate::adapter::store::sessions::Sessions;
use crate::adapter::store::users::Users;
use crate::adapter::store::{Attempts, Committed, Transactions, Write};
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// Accounts, sessions and their tokens.
#[derive(Debug)]
pub struct EstablishSession {
    actor_types: ActorTypes,
    redemption: InviteRedemption,
    lifetime: Lifetime,
    linking: LinkPolicy,
    notices: Notices,
    partial_lifetime: Duration,
    partials: Partials,
    registration_lifetime: Duration,
    sessions: Sessions,
    /// What the session's tokens come from.
    pub tokens: TokenIssuer,
    transactions: Transactions,
    users: Users,
    /// `None` where nothing is to be asked.
    wishes: Option<Wishes>,
}

/// What somebody has just proven, and what they want of it.
#[derive(Debug)]
pub struct Authentication {
    /// What the person has just proven.
    pub proof: Proof,
    /// What they want to come in as.
    pub actor_type: String,
    /// The token of an external login, and when it is over: the session keeps it for its owner.
    pub external_token: Option<(Secret, Timestamp)>,
    /// Where their browser goes after the second factor, should one be due.
    pub target: Option<ReturnTo>,
    /// How their session is to be opened.
    pub delivery: Delivery,
    /// The invite that makes them an account where they have none; without one they are told what is missing.
    pub invite: Option<InviteCredential>,
    /// What they read.
    pub language: Language,
    /// Whether their browser can be shown a page of ours, should their mailbox have to be asked.
    pub shows_pages: bool,
}

impl Authentication {
    /// Somebody who brings nothing but proof.
    pub const fn new(proof: Proof, actor_type: String, delivery: Delivery) -> Self {
        let (external_token, target, invite, language) = (None, None, None, Language::En);
        Self { proof, actor_type, external_token, target, delivery, invite, language, shows_pages: false }
    }
}

impl EstablishSession {
    /// Opens what letting people in needs.
    pub fn open(app: &App, linking: LinkPolicy) -> Result<Self, StartError> {
        Ok(Self {
            actor_types: app.env.actor_types()?,
            redemption: InviteRedemption::open(app)?,
            lifetime: Lifetime {
                idle: app.env.positive_seconds("SESSION_IDLE_SECONDS")?,
                absolute: app.env.positive_seconds("SESSION_ABSOLUTE_SECONDS")?,
            },
            linking,
            notices: Notices::open(app)?,
            partial_lifetime: app.env.positive_seconds("PARTIAL_SESSION_SECONDS")?,
            partials: app.partials()?,
            registration_lifetime: app.env.positive_seconds("REGISTRATION_TOKEN_SECONDS")?,
            sessions: app.sessions()?,
            tokens: TokenIssuer::open(app)?,
            transactions: app.transactions(),
            users: app.users()?,
            wishes: None,
        })
    }

    /// The same for where identities come in, whose mailboxes may have to be asked.
    pub(super) fn asking(self, wishes: Option<Wishes>) -> Self {
        Self { wishes, ..self }
    }

    /// Lets in the person who has just proven something, and asks the mailbox of an address that came with their identity and
    /// is nobody's yet.
    ///
    /// # Errors
    ///
    /// `SignUpClosed`, `AccountExists`, or a failure of the secrets or the store.
    pub async fn admit(
        &self,
        authentication: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<Outcome, Error> {
        let outcome = self.let_in(authentication, keys, caller).await?;
        if let (Some(wishes), Outcome::Session(signed_in)) = (&self.wishes, &outcome)
            && signed_in.user.awaits_mailbox(&authentication.proof)
        {
            wishes.ask_to_prove(&signed_in.user, &authentication.proof, caller).await;
        }
        Ok(outcome)
    }

    /// Lets in somebody who accepts an invite, which is used up together with the rest.
    ///
    /// # Errors
    ///
    /// As `InviteRedemption::join`, `AccountExists`, or a failure of the secrets or the store.
    pub async fn register(
        &self,
        acceptance: &InviteAcceptance,
        authentication: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        note(&authentication.proof, caller);
        let mut attempts = Attempts::at("an invite");
        loop {
            attempts.next().await?;
            // In this order: of many who accept with one token, those who find the invite used find the account as well.
            let redeemed =
                self.redemption.redeem(acceptance, &authentication.proof, &authentication.actor_type, caller.now).await;
            if self.holder(&authentication.proof, &authentication.actor_type).await?.is_some() {
                return Err(Rejection::AccountExists.into());
            }
            match self.enter(AccountChange::redeeming(redeemed?), authentication, keys, caller).await? {
                Some(Outcome::Session(signed_in)) => return Ok(*signed_in),
                Some(_) => {
                    return Err(Fault::new(Dependency::Service, "a new account has a second factor").into());
                }
                None => {}
            }
        }
    }

    /// Joins one more identity to the account of a person who asked for it while signed in.
    ///
    /// # Errors
    ///
    /// `AccountExists` when the identity leads to another account, `Unauthorized` when theirs is gone or has ended
    /// `session`, under which they asked, or a failure of the store.
    pub async fn link(&self, session: &Session, proof: &Proof, caller: &RequestContext) -> Result<User, Error> {
        let mut attempts = Attempts::at("an account");
        loop {
            attempts.next().await?;
            let before = self.users.find(&Pointer::user(session.user_id())).await?;
            let before = before.filter(|user| session.is_of(user)).ok_or(Unauthenticated::AccountMovedOn)?;
            match self.holder(proof, &before.actor_type).await? {
                Some(holder) if holder.id == before.id => return Ok(holder),
                Some(_) => return Err(Rejection::AccountExists.into()),
                None => {}
            }
            let change = AccountChange::linking(before, proof, LinkReason::Asked, caller.now);
            let (writes, announcement) = self.writing(&change, proof, caller.now)?;
            if let Committed::Done = self.transactions.commit(writes).await? {
                self.written(&change, announcement, caller).await;
                return Ok(change.after);
            }
        }
    }

    /// Joins the identity of `authentication` to the account `user_id`, whose mailbox said that it is its own, and lets their browser in:
    /// as far as to the second factor, where the account has one, and then nothing is joined before it was shown.
    ///
    /// # Errors
    ///
    /// `AccountExists` when the identity leads to another account meanwhile, `MagicLinkInvalid` when the account is gone or has
    /// another mailbox, or a failure of the secrets or the store.
    pub async fn join(
        &self,
        user_id: &str,
        authentication: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<Outcome, Error> {
        let mut attempts = Attempts::at("an account");
        loop {
            attempts.next().await?;
            let user = self.users.find(&Pointer::user(user_id)).await?;
            let user =
                user.filter(|user| user.is_claimed_by(&authentication.proof)).ok_or(Rejection::MagicLinkInvalid)?;
            if self.holder(&authentication.proof, &authentication.actor_type).await?.is_some() {
                return Err(Rejection::AccountExists.into());
            }
            let change = AccountChange::linking(user, &authentication.proof, LinkReason::MailedLink, caller.now);
            if let Some(outcome) = self.enter(change, authentication, keys, caller).await? {
                return Ok(outcome);
            }
        }
    }

    /// Has `address` lead to the account `user_id`, whose it is: its mailbox said so.
    ///
    /// # Errors
    ///
    /// `AccountExists` when the address leads to another account meanwhile, `MagicLinkInvalid` when the account is gone or has
    /// another address, or a failure of the store.
    pub async fn prove_address(
        &self,
        user_id: &str,
        address: &EmailAddress,
        caller: &RequestContext,
    ) -> Result<(), Error> {
        let mut attempts = Attempts::at("an account");
        loop {
            attempts.next().await?;
            let before = self.users.find(&Pointer::user(user_id)).await?;
            let before =
                before.filter(|user| user.email.as_ref() == Some(address)).ok_or(Rejection::MagicLinkInvalid)?;
            if before.email_verified {
                return Ok(());
            }
            if self.users.find(&Pointer::email(&before.actor_type, address)).await?.is_some() {
                return Err(Rejection::AccountExists.into());
            }
            let after = before.clone().proven(caller.now);
            if let Committed::Done = self.transactions.commit(self.users.saving(Some(&before), &after)?).await? {
                record(caller, &Event::AddressProven { user: &after.id });
                return Ok(());
            }
        }
    }

    /// Finds the person's account, or makes one, and begins a session.
    ///
    /// A known person costs one read and one write. A new account, or a new identity, is written together with its
    /// session; whoever loses the race for it starts over and finds what the winner wrote.
    async fn let_in(
        &self,
        authentication: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<Outcome, Error> {
        let Authentication { proof, actor_type, .. } = authentication;
        note(proof, caller);
        let mut attempts = Attempts::at("an account");
        loop {
            let attempt = attempts.next().await?;
            let standing = self.standing(proof, actor_type, caller.now).await?;
            let redeemed = match self.redeemed(&standing, authentication, caller.now).await {
                // Whoever accepted it since may be this very person: their account is there by now.
                Err(Error::Rejection(Rejection::AccountExists | Rejection::InviteUsed)) if attempt == 1 => continue,
                Err(Error::Rejection(reason)) if reason != Rejection::AccountExists => {
                    record(caller, &Event::InviteRefused { reason: &reason });
                    None
                }
                redeemed => redeemed?,
            };
            let change = match (redeemed, standing) {
                (Some(redeemed), _) => AccountChange::redeeming(redeemed),
                (None, AccountResolution::Known(user)) => {
                    return Ok(self.come_back(user, authentication, keys, caller).await?);
                }
                (None, AccountResolution::Linked(before)) => {
                    AccountChange::linking(*before, proof, LinkReason::VerifiedEmail, caller.now)
                }
                (None, AccountResolution::New(user)) => AccountChange::signing_up(user),
                (None, AccountResolution::RegistrationRequired) => {
                    return Ok(self.send_for_invite(authentication, keys, caller)?);
                }
                (None, AccountResolution::SignUpClosed) => return Err(Rejection::SignUpClosed.into()),
                (None, AccountResolution::Unconfirmed(holder)) => {
                    let wishes = self.wishes.as_ref().filter(|_| authentication.shows_pages);
                    let wishes = wishes.ok_or(Rejection::AccountExists)?;
                    let asked = wishes.ask_to_join(&holder, proof, authentication.target.as_ref(), caller).await;
                    return asked.map(Outcome::MailboxAsked);
                }
                (None, AccountResolution::Collision) => return Err(Rejection::AccountExists.into()),
            };
            if let Some(outcome) = self.enter(change, authentication, keys, caller).await? {
                return Ok(outcome);
            }
        }
    }

    /// Begins a session, or a partial one, for somebody whose account stays as it is.
    async fn come_back(
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

    /// Gives somebody without an account what they accept an invite with.
    fn send_for_invite(
        &self,
        Authentication { proof, actor_type, .. }: &Authentication,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<Outcome, Fault> {
        let lifetime = self.registration_lifetime;
        let token = self.tokens.issuer.registration_token(proof, actor_type, &keys.signing, caller.now, lifetime);
        let token = token.map_err(|problem| Fault::new(Dependency::Secrets, problem))?;
        record(caller, &Event::RegistrationRequired { actor_type });
        Ok(Outcome::RegistrationRequired(Box::new(Registration { token, proof: proof.clone() })))
    }

    /// The account that leads from what was proven: from the identity, or from the mailbox.
    async fn holder(&self, proof: &Proof, actor_type: &str) -> Result<Option<User>, Fault> {
        let pointer = match proof {
            Proof::Subject { issuer, profile, .. } => Pointer::identity(actor_type, issuer, &profile.subject),
            Proof::Mailbox(address) => Pointer::email(actor_type, address),
        };
        self.users.find(&pointer).await
    }

    /// What the invite that somebody brings makes of them, if they have no account; `None` where it makes nothing.
    async fn redeemed(
        &self,
        standing: &AccountResolution,
        authentication: &Authentication,
        now: Timestamp,
    ) -> Result<Option<RedeemedInvite>, Error> {
        let presented = match (standing, &authentication.invite) {
            (AccountResolution::RegistrationRequired, Some(presented)) => presented,
            // Whoever follows an invite has its address proven as well, where anybody may sign up.
            (AccountResolution::New(_), Some(presented @ InviteCredential::Secret(_))) => presented,
            _ => return Ok(None),
        };
        let acceptance = InviteAcceptance::of(presented.clone());
        match self.redemption.redeem(&acceptance, &authentication.proof, &authentication.actor_type, now).await {
            // Nobody invited them.
            Err(Error::Rejection(Rejection::InvalidInvite)) if matches!(presented, InviteCredential::Address) => {
                Ok(None)
            }
            redeemed => redeemed.map(Some),
        }
    }

    async fn standing(&self, proof: &Proof, actor_type: &str, now: Timestamp) -> Result<AccountResolution, Error> {
        if let Proof::Subject { issuer, profile, .. } = proof {
            let pointer = Pointer::identity(actor_type, issuer, &profile.subject);
            if let Some(user) = self.users.find(&pointer).await? {
                return Ok(AccountResolution::Known(user));
            }
        }
        let holder = match proof.claimed_email() {
            Some(address) => self.users.find(&Pointer::email(actor_type, address)).await?,
            None => None,
        };
        // The actor type was checked at the start; a setting that changed since then counts.
        let sign_up = self.actor_types.find(Some(actor_type)).map_or(SignUpPolicy::Closed, |(_, policy)| policy);
        Ok(resolve_account(proof, holder, actor_type, sign_up, self.linking, now))
    }

    /// Writes an account together with how far its person gets; `None` when somebody else wrote first.
    async fn enter(
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
            // Nothing joins an account before its second factor was shown: until then it is an intent.
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

    /// What writes `change`, and the mail that tells the owner of the account of it.
    fn writing(
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

    /// Tells the log, and the owner of the account, that `change` was written.
    async fn written(&self, change: &AccountChange, announcement: Option<Announcement>, caller: &RequestContext) {
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

    /// How far `user` gets with what was proven, and what is begun for them there.
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

/// How far a person gets.
enum Entry {
    /// All the way.
    Full(Session, Credentials),
    /// To the question for the second factor.
    Partial(Partial),
}

/// What is written as a person comes in for the first time, or by a new identity.
struct AccountChange {
    before: Option<User>,
    after: User,
    /// The invite that is used up, if one is.
    invite: Option<InviteId>,
    /// What uses it up.
    used: Option<Write>,
    /// Why an identity is joined; `None` for a new account.
    reason: Option<LinkReason>,
}

impl AccountChange {
    fn redeeming(RedeemedInvite { user, invite, used }: RedeemedInvite) -> Self {
        Self { invite: Some(invite), used: Some(used), ..Self::signing_up(user) }
    }

    fn signing_up(user: User) -> Self {
        Self { before: None, after: user, invite: None, used: None, reason: None }
    }

    fn linking(before: User, proof: &Proof, reason: LinkReason, now: Timestamp) -> Self {
        let after = before.clone().linked(proof, reason, now);
        Self { before: Some(before), reason: Some(reason), ..Self::signing_up(after) }
    }
}

/// Notes whose mailbox was proven.
fn note(proof: &Proof, caller: &RequestContext) {
    if let Some(address) = proof.proven_email() {
        caller.subject.is_mailbox(address.hash().as_str());
    }
}

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
