//! What joins an existing account: an identity that its person asked for or its mailbox agreed to, or a proven address.

use domain::account::email::EmailAddress;
use domain::account::proof::Proof;
use domain::account::{LinkReason, Pointer, User};
use domain::error::{Error, Rejection, Unauthenticated};
use domain::request::RequestContext;
use domain::session::Session;
use domain::sign_in::outcome::Outcome;

use super::super::tokens::IssuingKeys;
use super::account_change::AccountChange;
use super::{Authentication, EstablishSession};
use crate::adapter::audit::{Event, record};
use crate::adapter::store::{Attempts, Committed};

impl EstablishSession {
    /// Joins one more identity to the account of a person who asked for this while signed in.
    ///
    /// # Errors
    ///
    /// `AccountExists` when the identity leads to another account, `Unauthorized` when their own is gone or has ended
    /// `session`, or a failure of the store.
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

    /// Joins the identity of `authentication` to the account `user_id`, whose mailbox has agreed, and lets the person in.
    /// If the account has a second factor, that is asked for first, and nothing is joined before it is shown.
    ///
    /// # Errors
    ///
    /// `AccountExists` when the identity leads to another account by now, `MagicLinkInvalid` when the account is gone or
    /// has another mailbox, or a failure of the secrets or the store.
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

    /// Makes `address` lead to the account `user_id`, which has it: its mailbox has opened a link.
    ///
    /// # Errors
    ///
    /// `AccountExists` when the address leads to another account by now, `MagicLinkInvalid` when the account is gone or
    /// has another address, or a failure of the store.
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
}
