//! Accepting an invite: the account, its session and the end of the invite are written together or not at all.

use domain::account::User;
use domain::account::invite::{InviteAcceptance, InviteCredential, InviteId};
use domain::account::proof::Proof;
use domain::account::resolution::LinkPolicy;
use domain::error::{Error, Rejection, Unauthenticated};
use domain::language::Language;
use domain::redirect::{AllowedTargets, OwnAddresses};
use domain::request::origin::{AllowedOrigins, RequestOrigin};
use domain::request::{Attempt, RequestContext};
use domain::secret::Secret;
use domain::session::access_token::Issued;
use domain::sign_in::outcome::{BrowserSignIn, Delivery, SignedIn};

use super::establish_session::{Authentication, EstablishSession};
use super::invite_redemption::InviteRedemption;
use super::tokens::IssuingKeys;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// What accepting needs.
#[derive(Debug)]
pub struct AcceptInvite {
    actor_types: ActorTypes,
    establish: EstablishSession,
    allowed_targets: AllowedTargets,
    redemption: InviteRedemption,
    origins: AllowedOrigins,
    own: OwnAddresses,
}

impl AcceptInvite {
    /// Opens what accepting needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            actor_types: app.env.actor_types()?,
            // An invite makes an account of its own: nothing is joined here.
            establish: EstablishSession::open(app, LinkPolicy::Never)?,
            allowed_targets: app.env.allowed_redirects()?,
            redemption: InviteRedemption::open(app)?,
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
        acceptance: InviteAcceptance,
        registration: &Secret,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        self.accept(acceptance, registration, |_| Delivery::Tokens, caller).await
    }

    /// The same for a client of contract `actor`.
    ///
    /// # Errors
    ///
    /// As [`for_client`](Self::for_client).
    pub async fn for_actor(
        &self,
        acceptance: InviteAcceptance,
        registration: &Secret,
        caller: &RequestContext,
    ) -> Result<(User, Issued), Error> {
        Ok(self.accept(acceptance, registration, Delivery::actor_token, caller).await?.for_actor()?)
    }

    async fn accept(
        &self,
        acceptance: InviteAcceptance,
        registration: &Secret,
        delivery: fn(&Proof) -> Delivery,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        caller.subject.attempts(Attempt::Invite);
        let keys = self.establish.tokens.keys(caller.now).await?;
        let (proof, actor_type) = self.registered(&acceptance, registration, &keys, caller)?;
        let delivery = delivery(&proof);
        let authentication = Authentication::new(proof, actor_type, delivery);
        self.establish.register(&acceptance, &authentication, &keys, caller).await
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
        source: &RequestOrigin,
        language: Option<Language>,
        caller: &RequestContext,
    ) -> Result<BrowserSignIn, Error> {
        caller.subject.attempts(Attempt::Invite);
        self.origins.admit(source)?;
        let keys = self.establish.tokens.keys(caller.now).await?;
        let pending = self.redemption.pending(invite, caller.now).await?;
        let authentication = Authentication::new(Proof::Mailbox(pending.email), pending.actor_type, Delivery::Cookie);
        let acceptance = InviteAcceptance::of(InviteCredential::Secret(invite));
        let signed_in = self.establish.register(&acceptance, &authentication, &keys, caller).await?;
        let target = self.allowed_targets.first().unwrap_or_else(|| self.own.sign_in_page(language));
        Ok(BrowserSignIn { signed_in, target })
    }

    /// Who has the registration token.
    fn registered(
        &self,
        acceptance: &InviteAcceptance,
        registration: &Secret,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<(Proof, String), Rejection> {
        if let Some(named) = acceptance.actor_type.as_deref() {
            self.actor_types.find(Some(named)).ok_or(Rejection::InvalidActorType)?;
        }
        let realm = &self.establish.tokens.issuer.realm;
        let claims = realm.verify_registration(registration.reveal(), &keys.signing, caller.now)?;
        if acceptance.actor_type.as_ref().is_some_and(|named| *named != claims.actor_type) {
            return Err(Unauthenticated::OtherToken.into());
        }
        Ok((claims.proof, claims.actor_type))
    }
}
