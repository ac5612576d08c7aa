//! What the hosted pages show: who is there, how they can sign in, and how their mail stands.

use std::time::Duration;

use domain::account::factor::Factor;
use domain::account::invite::InviteId;
use domain::browser::binding::Bindings;
use domain::error::{Error, Rejection, StateProblem, Unauthenticated};
use domain::magic_link::mail_code::RequestId;
use domain::page::brand::Site;
use domain::page::{Invited, MailSent, SecurityOverview, SignedInVisitor, SignedOutVisitor};
use domain::request::RequestContext;

use super::guard::{Found, VerifiedCredential};
use super::invite_redemption::InviteRedemption;
use super::second_factor::used_up;
use crate::adapter::audit::refused_target;
use crate::adapter::log;
use crate::app::{App, StartError};
use crate::config::ActorTypes;
pub use domain::page::{PageVisitor, Waiting};
use domain::passkey::StoredPasskeys;
use domain::provider::Listed;
use domain::redirect::{AllowedTargets, OwnAddresses, ReturnTo};
use domain::secret::SingleUseToken;
use domain::session::session_token::SessionToken;
use domain::session_id::SessionId;

use crate::adapter::secrets::Cached;
use crate::adapter::store::magic_links::MagicLinks;
use crate::adapter::store::partials::Partials;
use crate::adapter::store::second_factors::SecondFactors;
use crate::adapter::store::sessions::Sessions;
use crate::adapter::store::users::Users;

/// `GET /login` and `GET /login/…`.
#[derive(Debug)]
pub struct Pages {
    actor_types: ActorTypes,
    allowed_targets: AllowedTargets,
    factors: SecondFactors,
    redemption: InviteRedemption,
    labels: Cached<Vec<Listed>>,
    magic_links: MagicLinks,
    mail: bool,
    own: OwnAddresses,
    partials: Partials,
    pause: Duration,
    sessions: Sessions,
    site: Site,
    users: Users,
}

impl Pages {
    /// Opens what the pages need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            actor_types: env.actor_types()?,
            allowed_targets: env.allowed_redirects()?,
            factors: app.second_factors()?,
            redemption: InviteRedemption::open(app)?,
            labels: app.provider_labels()?,
            magic_links: app.magic_links()?,
            mail: env.optional("MAIL_FROM").is_some(),
            own: env.own_addresses()?,
            partials: app.partials()?,
            pause: env.seconds("LIMIT_MAIL_INTERVAL_SECONDS")?,
            sessions: app.sessions()?,
            site: env.site()?,
            users: app.users()?,
        })
    }

    /// Whose pages these are.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// What the sign-in page shows to a browser that came with `token` and wants to go to `return_to`.
    ///
    /// # Errors
    ///
    /// `InvalidRedirect`, or a failure of the store.
    pub async fn visitor(
        &self,
        return_to: Option<&str>,
        token: Option<SessionToken>,
        caller: &RequestContext,
    ) -> Result<PageVisitor, Error> {
        let return_to = self.allowed_targets.find_page(return_to, None, &self.own);
        let return_to = return_to.map_err(|refused| refused_target(caller, &refused))?;
        if let Some(token) = token {
            match VerifiedCredential::SessionToken(token).find(&self.sessions, &self.users, caller).await {
                Ok(found) => {
                    let app = self.allowed_targets.first();
                    return Ok(PageVisitor::SignedIn(SignedInVisitor::new(
                        &found.user,
                        return_to,
                        &self.own.sign_in_page(None),
                        app,
                    )));
                }
                Err(Error::Rejection(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let providers = self.providers(caller).await;
        Ok(PageVisitor::SignedOut(SignedOutVisitor { return_to, providers, mail: self.mail }))
    }

    /// What the page of an invite shows to whoever opened its link; the invite stays as good as it was.
    ///
    /// # Errors
    ///
    /// `InvalidInvite`, `InviteUsed`, `InviteRevoked`, `InviteExpired`, `SignUpClosed`, or a failure of the store.
    pub async fn invited(&self, token: Option<SingleUseToken>, caller: &RequestContext) -> Result<Invited, Error> {
        let token = token.ok_or(Rejection::InvalidInvite)?;
        let invite = self.redemption.pending(Some(InviteId::of(&token)), caller.now).await?;
        let providers = self.providers(caller).await;
        Ok(Invited { token, invite, return_to: self.allowed_targets.first(), providers })
    }

    /// The providers to choose among; none where their labels cannot be had, because every other way in is open all the
    /// same.
    async fn providers(&self, caller: &RequestContext) -> Vec<Listed> {
        match self.labels.value(caller.now).await {
            Ok(labels) => labels.to_vec(),
            Err(fault) => {
                log::failed(&fault, &caller.request_id);
                Vec::new()
            }
        }
    }

    /// What the person may show who waits at `partial`, in the contracts' words.
    ///
    /// # Errors
    ///
    /// `SecondFactorLocked` or `Unauthorized` when it waits for nothing any more, or a failure of the store.
    pub async fn challenge(&self, partial: SessionId, caller: &RequestContext) -> Result<Vec<&'static str>, Error> {
        match self.partials.find(partial).await? {
            Some(partial) if partial.is_open(caller.now) => Ok(partial.methods()),
            kept => Err(used_up(kept.as_ref(), caller.now).into()),
        }
    }

    /// How the sign-in of the person is protected whose browser has `token`.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the store.
    pub async fn security(
        &self,
        token: Option<SessionToken>,
        caller: &RequestContext,
    ) -> Result<SecurityOverview, Error> {
        let token = token.ok_or(Unauthenticated::Missing)?;
        let claim = VerifiedCredential::SessionToken(token);
        let Found { session, user } = claim.find(&self.sessions, &self.users, caller).await?;
        let fresh = session.is_fresh(caller.now);
        if user.factors().is_empty() {
            return Ok(SecurityOverview {
                open: fresh,
                app: false,
                passkeys: StoredPasskeys::default(),
                codes_left: None,
            });
        }
        let kept = self.factors.find(&user.id).await?;
        let app = user.factors().contains(&Factor::Totp);
        // Without an app, there is no code that every change could ask for.
        let open = if app { fresh } else { session.is_freshly_multi_factor(caller.now) };
        let codes_left = Some(kept.recovery_codes_left());
        Ok(SecurityOverview { open, app, passkeys: kept.into_passkeys(), codes_left })
    }

    /// How the mail of `request` stands, for the browser that asked for it; or that this browser, which came with `token`,
    /// is signed in by now.
    ///
    /// # Errors
    ///
    /// `InvalidState` for every other browser, or a failure of the store.
    pub async fn mail_sent(
        &self,
        request: Option<RequestId>,
        bindings: &Bindings,
        token: Option<SessionToken>,
        caller: &RequestContext,
    ) -> Result<Waiting, Error> {
        let kept = match &request {
            Some(request) => self.magic_links.find_code(request).await?,
            None => None,
        };
        let target = match (request, kept) {
            (Some(request), Some(kept)) if MailSent::is_asked_by(bindings, &request, &kept) => {
                let (link, page) = (self.magic_links.find_link_of(&kept).await?, self.own.sign_in_page(None));
                let sent = MailSent::of(request, kept, link.as_ref(), page, self.pause, caller.now);
                return Ok(Waiting::Mail(MailSent { certain: self.actor_types.are_open(), ..sent }));
            }
            // Where it leads is no secret: it is one of the allowed targets.
            (_, kept) => kept.and_then(|kept| kept.target),
        };
        match self.visitor(target.as_ref().map(ReturnTo::as_str), token, caller).await? {
            PageVisitor::SignedIn(inside) => Ok(Waiting::SignedIn(inside)),
            PageVisitor::SignedOut(_) => Err(Rejection::InvalidState(StateProblem::OtherBrowser).into()),
        }
    }
}
