//! Letting a person in by a first factor: a session begins, or a partial one. All other sessions begin in `second_factor`
//! and `passkeys`.

mod account_change;
mod entry;
mod linking;
mod standing;

use std::time::Duration;

use futures_core::future::BoxFuture;

use domain::account::LinkReason;
use domain::account::invite::{InviteAcceptance, InviteCredential};
use domain::account::proof::Proof;
use domain::account::resolution::{AccountResolution, LinkPolicy};
use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault, Rejection};
use domain::language::Language;
use domain::redirect::ReturnTo;
use domain::request::RequestContext;
use domain::secret::Secret;
use domain::session::Lifetime;
use domain::sign_in::outcome::{Delivery, Outcome, Registration, SignedIn};

use super::invite_redemption::InviteRedemption;
use super::notices::Notices;
use super::tokens::{IssuingKeys, TokenIssuer};
use super::wishes::Wishes;
use crate::adapter::audit::{Event, record};
use crate::adapter::store::partials::Partials;
use crate::adapter::store::sessions::Sessions;
use crate::adapter::store::users::Users;
use crate::adapter::store::{Attempts, Transactions};
use crate::app::{App, StartError};
use crate::config::ActorTypes;
use account_change::AccountChange;

/// Lets people in: finds or makes their account and begins their session.
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
    /// Issues the session's tokens.
    pub tokens: TokenIssuer,
    transactions: Transactions,
    users: Users,
    /// `None` if no mailbox is ever asked.
    wishes: Option<Wishes>,
}

/// What somebody has just proven, and what they want to do with it.
#[derive(Debug)]
pub struct Authentication {
    /// What the person has just proven.
    pub proof: Proof,
    /// The actor type that they sign in as.
    pub actor_type: String,
    /// The token of an external login, and when it expires: the session keeps it for its user.
    pub external_token: Option<(Secret, Timestamp)>,
    /// Where their browser goes after the second factor, if one is due.
    pub target: Option<ReturnTo>,
    /// Which credentials open their session, and how they are delivered.
    pub delivery: Delivery,
    /// The invite that gives them an account if they have none. Without one they are told that one is required.
    pub invite: Option<InviteCredential>,
    /// Their language.
    pub language: Language,
    /// Whether their browser can be shown a page of ours if their mailbox has to be asked.
    pub shows_pages: bool,
}

impl Authentication {
    /// Somebody who brings nothing but a proof.
    pub const fn new(proof: Proof, actor_type: String, delivery: Delivery) -> Self {
        let (external_token, target, invite, language) = (None, None, None, Language::En);
        Self { proof, actor_type, external_token, target, delivery, invite, language, shows_pages: false }
    }
}

impl EstablishSession {
    /// Opens the stores and secrets that letting people in takes.
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

    /// The same, for ways in by an identity whose mailbox may have to be asked.
    pub(super) fn asking(self, wishes: Option<Wishes>) -> Self {
        Self { wishes, ..self }
    }

    /// Lets in a person who has just proven something. If an unproven address came with their identity, its mailbox is
    /// asked.
    ///
    /// # Errors
    ///
    /// `SignUpClosed`, `AccountExists`, or a failure of the secrets or the store.
    pub fn admit<'f>(
        &'f self,
        authentication: &'f Authentication,
        keys: &'f IssuingKeys,
        caller: &'f RequestContext,
    ) -> BoxFuture<'f, Result<Outcome, Error>> {
        Box::pin(async move {
            let outcome = self.let_in(authentication, keys, caller).await?;
            if let (Some(wishes), Outcome::Session(signed_in)) = (&self.wishes, &outcome)
                && signed_in.user.awaits_mailbox(&authentication.proof)
            {
                wishes.ask_to_prove(&signed_in.user, &authentication.proof, caller).await;
            }
            Ok(outcome)
        })
    }

    /// Lets in somebody who accepts an invite, which is used up in the same transaction.
    ///
    /// # Errors
    ///
    /// As `InviteRedemption::redeem`, `AccountExists`, or a failure of the secrets or the store.
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
            // In this order: of many requests with one token, those that find the invite used find the account as well.
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

    /// Finds the person's account, or makes one, and begins a session.
    ///
    /// A known person costs one read and one write. A new account, or a new identity, is written in one transaction with
    /// its session; a request that loses the race for it starts over and finds what the winner wrote.
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
                // The invite may have been accepted by this very person meanwhile: then their account exists by now.
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

    /// Gives somebody without an account a registration token, which they accept an invite with.
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
}

/// Notes for the audit log whose mailbox was proven.
fn note(proof: &Proof, caller: &RequestContext) {
    if let Some(address) = proof.proven_email() {
        caller.subject.is_mailbox(address.hash().as_str());
    }
}
