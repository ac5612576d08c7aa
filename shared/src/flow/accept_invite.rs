//! Accepting an invite: the account, its session and the end of the invite are written together or not at all.

use domain::account::invite::{InviteAcceptance, InviteCredential, InviteId};
use domain::account::{LinkPolicy, Proof};
use domain::error::{Error, Fault, Rejection, Unauthenticated};
use domain::language::Language;
use domain::redirect::{AllowedTargets, OwnAddresses};
use domain::request::origin::{AllowedOrigins, RequestOrigin};
use domain::request::{Attempt, RequestContext};
use domain::secret::Secret;
use domain::session::Session;
use domain::session::access_token::Issued;
use domain::sign_in::outcome::{BrowserSignIn, SignedIn, Tokens};

use super::establish_session::{Authentication, EstablishSession};
use super::invite_redemption::InviteRedemption;
use super::tokens::IssuingKeys;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// What accepting needs.
#[derive(Debug)]
pub struct AcceptInvite {
    actor_types: ActorTypes,
    admission: EstablishSession,
    allowed_targets: AllowedTargets,
    joining: InviteRedemption,
    origins: AllowedOrigins,
    own: OwnAddresses,
}

impl AcceptInvite {
    /// Opens what accepting needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            actor_types: app.env.actor_types()?,
            // An invite makes an account of its own: nothing is joined here.
            admission: EstablishSession::open(app, LinkPolicy::Never)?,
            allowed_targets: app.env.allowed_redirects()?,
            joining: InviteRedemption::open(app)?,
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
    ) -> Result<SignedIn<Tokens>, Error> {
        let tokens = &self.admission.tokens;
        let hand_out = |session: &mut Session, _: &Proof, keys: &IssuingKeys| tokens.tokens(session, keys, caller.now);
        self.accept(acceptance, registration, hand_out, caller).await
    }

    /// The same, with a session that is opened by one token that says which identity the person came by.
    ///
    /// # Errors
    ///
    /// As [`for_client`](Self::for_client).
    pub async fn for_actor(
        &self,
        acceptance: InviteAcceptance,
        registration: &Secret,
        caller: &RequestContext,
    ) -> Result<SignedIn<Issued>, Error> {
        let tokens = &self.admission.tokens;
        let hand_out = |session: &mut Session, proof: &Proof, keys: &IssuingKeys| {
            tokens.first_actor_token(session, proof.identity_id(), keys, caller.now)
        };
        self.accept(acceptance, registration, hand_out, caller).await
    }

    async fn accept<C>(
        &self,
        acceptance: InviteAcceptance,
        registration: &Secret,
        hand_out: impl Fn(&mut Session, &Proof, &IssuingKeys) -> Result<C, Fault>,
        caller: &RequestContext,
    ) -> Result<SignedIn<C>, Error> {
        caller.subject.attempts(Attempt::Invite);
        let keys = self.admission.tokens.keys(caller.now).await?;
        let authentication = self.registered(&acceptance, registration, &keys, caller)?;
        let hand_out = |session: &mut Session| hand_out(session, &authentication.proof, &keys);
        self.admission.register(&acceptance, &authentication, &keys, caller, hand_out).await
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
        let keys = self.admission.tokens.keys(caller.now).await?;
        let pending = self.joining.pending(invite, caller.now).await?;
        let authentication = Authentication::new(Proof::Mailbox(pending.email), pending.actor_type);
        let acceptance = InviteAcceptance::of(InviteCredential::Secret(invite));
        let signed_in = self
            .admission
            .register(&acceptance, &authentication, &keys, caller, |session| keys.for_browser(session))
            .await?;
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
    ) -> Result<Authentication, Rejection> {
        if let Some(named) = acceptance.actor_type.as_deref() {
            self.actor_types.find(Some(named)).ok_or(Rejection::InvalidActorType)?;
        }
        let realm = &self.admission.tokens.issuer.realm;
        let claims = realm.verify_registration(registration.reveal(), &keys.signing, caller.now)?;
        if acceptance.actor_type.as_ref().is_some_and(|named| *named != claims.actor_type) {
            return Err(Unauthenticated::OtherToken.into());
        }
        Ok(Authentication::new(claims.proof, claims.actor_type))
    }
}
