//! Accepting an invite: the account, its session and the end of the invite are written together or not at all.

use domain::account::invite::{Acceptance, InviteId, Presented};
use domain::account::{LinkPolicy, Proof};
use domain::error::{Broken, Denied, Failure, Unauthenticated};
use domain::language::Language;
use domain::redirect::{AllowedTargets, OwnAddresses};
use domain::request::origin::{Origins, Source};
use domain::request::{Attempt, Caller};
use domain::secret::Secret;
use domain::session::Session;
use domain::session::access_token::Issued;
use domain::sign_in::outcome::{Completed, SignedIn, Tokens};

use super::admission::{Admission, Arrival};
use super::joining::Joining;
use super::tokens::Keys;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// What accepting needs.
#[derive(Debug)]
pub struct Acceptances {
    actor_types: ActorTypes,
    admission: Admission,
    allowed_targets: AllowedTargets,
    joining: Joining,
    origins: Origins,
    own: OwnAddresses,
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
            allowed_targets: app.env.allowed_redirects()?,
            joining: Joining::open(app)?,
            origins: app.env.origins()?,
            own: app.env.own_addresses()?,
        })
    }

    /// Accepts in the name of the person who has the registration token, whose new session is opened by its tokens.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `InvalidActorType`, `SignUpClosed`, `AccountExists`, as [`Invite::accept`](domain::account::invite::Invite),
    /// or a failure of the secrets or the store.
    pub async fn for_client(
        &self,
        acceptance: Acceptance,
        registration: &Secret,
        caller: &Caller,
    ) -> Result<SignedIn<Tokens>, Failure> {
        let tokens = &self.admission.tokens;
        let hand_out = |session: &mut Session, _: &Proof, keys: &Keys| tokens.tokens(session, keys, caller.now);
        self.accept(acceptance, registration, hand_out, caller).await
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
        let tokens = &self.admission.tokens;
        let hand_out = |session: &mut Session, proof: &Proof, keys: &Keys| {
            tokens.first_actor_token(session, proof.identity_id(), keys, caller.now)
        };
        self.accept(acceptance, registration, hand_out, caller).await
    }

    async fn accept<C>(
        &self,
        acceptance: Acceptance,
        registration: &Secret,
        hand_out: impl Fn(&mut Session, &Proof, &Keys) -> Result<C, Broken>,
        caller: &Caller,
    ) -> Result<SignedIn<C>, Failure> {
        caller.subject.attempts(Attempt::Invite);
        let keys = self.admission.tokens.keys(caller.now).await?;
        let arrival = self.registered(&acceptance, registration, &keys, caller)?;
        let hand_out = |session: &mut Session| hand_out(session, &arrival.proof, &keys);
        self.admission.register(&acceptance, &arrival, &keys, caller, hand_out).await
    }

    /// Accepts in the browser of somebody who pressed the button on the invite's page: they hold the secret, which went
    /// to the invited mailbox alone, so that the account is that mailbox's.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site: it would sign the person in as somebody else. `InviteUsed`,
    /// `InviteRevoked` and `InviteExpired` beside what [`for_client`](Self::for_client) says.
    pub async fn in_browser(
        &self,
        invite: Option<InviteId>,
        source: &Source,
        language: Option<Language>,
        caller: &Caller,
    ) -> Result<Completed, Failure> {
        caller.subject.attempts(Attempt::Invite);
        self.origins.admit(source)?;
        let keys = self.admission.tokens.keys(caller.now).await?;
        let pending = self.joining.pending(invite, caller.now).await?;
        let arrival = Arrival::new(Proof::Mailbox(pending.email), pending.actor_type);
        let acceptance = Acceptance::of(Presented::Secret(invite));
        let signed_in =
            self.admission.register(&acceptance, &arrival, &keys, caller, |session| keys.for_browser(session)).await?;
        let target = self.allowed_targets.first().unwrap_or_else(|| self.own.sign_in_page(language));
        Ok(Completed { signed_in, target })
    }

    /// Who has the registration token.
    fn registered(
        &self,
        acceptance: &Acceptance,
        registration: &Secret,
        keys: &Keys,
        caller: &Caller,
    ) -> Result<Arrival, Denied> {
        if let Some(named) = acceptance.actor_type.as_deref() {
            self.actor_types.find(Some(named)).ok_or(Denied::InvalidActorType)?;
        }
        let realm = &self.admission.tokens.issuer.realm;
        let claims = realm.verify_registration(registration.reveal(), &keys.signing, caller.now)?;
        if acceptance.actor_type.as_ref().is_some_and(|named| *named != claims.actor_type) {
            return Err(Unauthenticated::OtherToken.into());
        }
        Ok(Arrival::new(claims.proof, claims.actor_type))
    }
}
