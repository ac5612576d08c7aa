//! Accepting an invite: the account, its session and the end of the invite are written together or not at all.

use std::time::Duration;

use super::admission::{Admission, Arrival};
use super::tokens::Keys;
use crate::access_token::{Issued, RegistrationClaims};
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::config::ActorTypes;
use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::identity::{LinkPolicy, Proof};
use crate::invite::{Acceptance, Invite, InviteId, Presented};
use crate::outcome::{SignedIn, Tokens};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::invites::Invites;

/// What accepting needs.
#[derive(Debug)]
pub struct Acceptances {
    actor_types: ActorTypes,
    admission: Admission,
    invites: Invites,
}

impl Acceptances {
    /// Opens what accepting needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            actor_types: app.env.actor_types()?,
            // An invite makes an account of its own: nothing is joined here.
            admission: Admission::open(app, LinkPolicy::Never)?,
            invites: Invites::new(app.aws.dynamodb(), app.env.text("INVITES_TABLE")?),
        })
    }

    /// Accepts in the name of the person who has the registration token, whose new session is opened by its tokens.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `InvalidActorType`, `InvalidInvite`, `InvalidRequest` (address), `AccountExists`, or a failure of
    /// the secrets or the store.
    pub async fn for_client(
        &self,
        acceptance: Acceptance,
        registration: &Secret,
        caller: &Caller,
    ) -> Result<SignedIn<Tokens>, Failure> {
        let keys = self.admission.tokens.keys(caller.now).await?;
        let hand_out = |session: &mut Session, _: &Proof| self.admission.tokens.tokens(session, &keys, caller.now);
        self.noted(acceptance, registration, &keys, caller, hand_out).await
    }

    /// The same, with a session that is opened by one token that says which identity the person came by.
    ///
    /// # Errors
    ///
    /// As [`for_client`](Self::for_client).
    pub async fn for_actor(
        &self,
        acceptance: Acceptance,
        registration: &Secret,
        caller: &Caller,
    ) -> Result<SignedIn<Issued>, Failure> {
        let keys = self.admission.tokens.keys(caller.now).await?;
        let hand_out =
            |session: &mut Session, proof: &Proof| self.admission.tokens.actor_token(session, proof, &keys, caller.now);
        self.noted(acceptance, registration, &keys, caller, hand_out).await
    }

    async fn noted<C>(
        &self,
        acceptance: Acceptance,
        registration: &Secret,
        keys: &Keys,
        caller: &Caller,
        hand_out: impl Fn(&mut Session, &Proof) -> Result<C, Broken>,
    ) -> Result<SignedIn<C>, Failure> {
        let accepted = self.accept(acceptance, registration, keys, caller, hand_out).await;
        if let Err(Failure::Denied(reason)) = &accepted {
            record(&caller.request_id, &Event::InviteRefused { reason });
        }
        accepted
    }

    async fn accept<C>(
        &self,
        acceptance: Acceptance,
        registration: &Secret,
        keys: &Keys,
        caller: &Caller,
        hand_out: impl Fn(&mut Session, &Proof) -> Result<C, Broken>,
    ) -> Result<SignedIn<C>, Failure> {
        let now = caller.now;
        if let Some(named) = acceptance.actor_type.as_deref() {
            self.actor_types.find(Some(named)).ok_or(Denied::InvalidActorType)?;
        }
        let realm = &self.admission.tokens.issuer.realm;
        let claims = realm.verify_registration(registration.reveal(), &keys.signing, now);
        let claims = claims.filter(|claims| acceptance.actor_type.as_ref().is_none_or(|own| *own == claims.actor_type));
        let claims = claims.ok_or(Denied::Unauthorized)?;
        let arrival = Arrival::new(claims.proof.clone(), claims.actor_type.clone());
        for attempt in 1..=MOST_ATTEMPTS {
            // In this order: of many who accept with one token, those who find the invite used find the account as well.
            let invite = self.invite(&acceptance, &claims).await?;
            if self.admission.holder(&claims.proof, &claims.actor_type).await?.is_some() {
                return Err(Denied::AccountExists.into());
            }
            let invite = invite.ok_or(Denied::InvalidInvite)?;
            let user = invite.accept(&claims.proof, &claims.actor_type, &acceptance, now)?;
            if let Some(address) = &user.email
                && self.admission.holder_of(address, &user.actor_type).await?.is_some()
            {
                return Err(Denied::AccountExists.into());
            }
            let used = self.invites.accepting(invite.invite_id, &invite.actor_type, now)?;
            let hand_out = |session: &mut Session| hand_out(session, &claims.proof);
            let entered = self.admission.register(user, &arrival, used, keys, caller, hand_out).await?;
            if let Some(signed_in) = entered {
                let event = Event::InviteAccepted { invite: invite.invite_id, user: &signed_in.user.id };
                record(&caller.request_id, &event);
                return Ok(signed_in);
            }
            tokio::time::sleep(PAUSE * attempt).await;
        }
        Err(Broken::new(Dependency::Store, "an invite was contended for too often").into())
    }

    /// The invite that is meant.
    async fn invite(&self, acceptance: &Acceptance, claims: &RegistrationClaims) -> Result<Option<Invite>, Failure> {
        Ok(match (&acceptance.token, claims.proof.proven_email()) {
            (Presented::Token(Some(token)), _) => self.invites.find(InviteId::of(token)).await?,
            (Presented::Address, Some(address)) => self.invites.newest(&claims.actor_type, address).await?,
            (Presented::Token(None), _) | (Presented::Address, None) => None,
        })
    }
}

const MOST_ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
