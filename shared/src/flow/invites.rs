//! Inviting people, looking after their invites, and letting in those who accept.

use std::time::Duration;

use domain::account::invite::{Invite, InviteId, InviteRequest};
use domain::account::resolution::SignUpPolicy;
use domain::error::{Dependency, Error, Fault, Rejection};
use domain::page::brand::Site;
use domain::provider::external::Allowed;
use domain::provider::registry::Providers;
use domain::redirect::{AllowedTargets, OwnAddresses, RefusedTarget};
use domain::request::limit::{Counter, Limit};
use domain::request::reach::Reach;
use domain::request::{Attempt, RequestContext};
use domain::secret::Secret;
use domain::session::credential::Credential;

use super::accept_invite::AcceptInvite;
use super::counting::{CountOutcome, Counting};
use super::guard::Found;
use super::session::Lookup;
use crate::adapter::audit::{Event, record, refused_target};
use crate::adapter::mail::invite::InviteMail;
use crate::adapter::mail::{MailContext, Mailer};
use crate::adapter::secrets::Cached;
use crate::adapter::store::invites::Invites as Table;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// `/v1/auth/invites` and what is below it.
#[derive(Debug)]
pub struct ManageInvites {
    /// Accepting.
    pub acceptances: AcceptInvite,
    actor_types: ActorTypes,
    allowed_targets: AllowedTargets,
    counting: Counting,
    invites: Table,
    lifetime: Duration,
    mailer: Mailer,
    own: OwnAddresses,
    people: Lookup,
    per_address: Limit,
    providers: Cached<Providers>,
    site: Site,
}

/// Somebody who may look after invites.
struct Inviter {
    /// The user's id, or the API key's label.
    name: String,
    reach: Reach,
    roles: Roles,
}

/// Whether somebody may give roles.
enum Roles {
    Given,
    /// Not by this API key.
    Withheld,
    /// Not before the admin has shown who they are once more: a role is not for whoever finds a session open.
    NotFresh,
}

impl ManageInvites {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            acceptances: AcceptInvite::open(app)?,
            actor_types: env.actor_types()?,
            allowed_targets: env.allowed_redirects()?,
            counting: Counting::open(app)?,
            invites: app.invites()?,
            lifetime: env.positive_seconds("INVITE_SECONDS")?,
            mailer: app.mailer(),
            own: env.own_addresses()?,
            people: Lookup::open(app)?,
            per_address: Limit::invites_per_address(env.positive_number("LIMIT_INVITES_PER_ADDRESS_PER_HOUR")?),
            providers: app.providers()?,
            site: env.site()?,
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Invites somebody, in the name of `credential`: an API key, or an admin's access token.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `NotPermitted`, `NotFresh` (role), `InvalidActorType`, `InvalidRequest` (role), `InvalidRedirect`,
    /// `SignUpClosed`, `RateLimited`, or a failure of the secrets, the store or SES.
    pub async fn invite(
        &self,
        wish: InviteRequest,
        credential: Secret,
        caller: &RequestContext,
    ) -> Result<Invite, Error> {
        caller.subject.attempts(Attempt::Invite);
        caller.subject.is_mailbox(wish.email.hash().as_str());
        let inviter = self.inviter(credential, caller).await?;
        let wanted = wish.actor_type.as_deref().or(inviter.reach.default_actor_type());
        let (actor_type, sign_up) = self.actor_type(wanted, &inviter)?;
        match (&wish.role, sign_up, &inviter.roles) {
            (_, SignUpPolicy::Closed, _) => return Err(Rejection::SignUpClosed.into()),
            (Some(_), _, Roles::Withheld) => {
                return Err(Rejection::NotPermitted("Only an admin may give roles.".to_owned()).into());
            }
            (Some(_), _, Roles::NotFresh) => return Err(Rejection::NotFresh.into()),
            // Who may sign up anyway gets an account without accepting anything, and the role would be lost.
            (Some(_), SignUpPolicy::Open, Roles::Given) => {
                let problem = "The field \"role\" needs an actor type with sign-up by invitation.";
                return Err(Rejection::InvalidRequest(problem.to_owned()).into());
            }
            (Some(_), SignUpPolicy::Invite, Roles::Given) | (None, SignUpPolicy::Invite | SignUpPolicy::Open, _) => {}
        }
        let page = self.page(wish.redirect_uri.as_deref(), caller)?;
        self.mailer.sender()?;
        let (token, mut invite) =
            Invite::start(wish.email, actor_type.to_owned(), wish.role, inviter.name, caller.now, self.lifetime);
        invite.language = Some(wish.language);
        caller.subject.is_mailbox(invite.email.hash().as_str());
        let counter = [self.per_address.for_any(&invite.email, caller.now)];
        self.keep(&invite, &counter, caller).await?;
        let url = Secret::new(page(token.reveal()));
        let mail = InviteMail {
            letter: MailContext { brand: &self.site.brand, language: wish.language },
            url: &url,
            role: invite.role.as_deref(),
            valid_until: invite.valid_until,
        };
        if let Err(unsent) = self.mailer.send(&invite.email, mail.compose()).await {
            return Err(self.counting.give_back(&counter, unsent, caller).await.into());
        }
        record(caller, &Event::InviteSent { invite: invite.invite_id, by: &invite.invited_by });
        Ok(invite)
    }

    /// The invites that can still be accepted, of one actor type or of all that `credential` is for.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `NotPermitted`, `InvalidActorType`, or a failure of the secrets or the store.
    pub async fn pending(
        &self,
        actor_type: Option<&str>,
        credential: Secret,
        caller: &RequestContext,
    ) -> Result<Vec<Invite>, Error> {
        caller.subject.attempts(Attempt::Invite);
        let wanted = self.within_reach(actor_type, credential, caller).await?;
        let mut pending = Vec::new();
        for actor_type in wanted {
            pending.extend(self.invites.pending(actor_type, caller.now).await?);
        }
        Ok(pending)
    }

    /// Takes an invite back.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, `NotPermitted`, `NotFound` when no invite of that id, for an actor type that `credential` is for,
    /// can still be accepted, or a failure of the secrets or the store.
    pub async fn revoke(&self, id: &str, credential: Secret, caller: &RequestContext) -> Result<(), Error> {
        caller.subject.attempts(Attempt::Invite);
        let inviter = self.inviter(credential, caller).await?;
        let id = InviteId::parse(id).ok_or(Rejection::NotFound)?;
        if !self.invites.revoke(id, &inviter.reach, caller.now).await? {
            return Err(Rejection::NotFound.into());
        }
        record(caller, &Event::InviteRevoked { invite: id, by: &inviter.name });
        Ok(())
    }

    /// Who presents `credential`, if they may look after invites.
    async fn inviter(&self, credential: Secret, caller: &RequestContext) -> Result<Inviter, Error> {
        let providers = self.providers.value(caller.now).await?;
        if let Some(key) = providers.api_key(&credential)? {
            if !key.allows(Allowed::Invites) {
                return Err(Rejection::NotPermitted("This API key does not allow \"invites\".".to_owned()).into());
            }
            let roles = if key.allows(Allowed::Roles) { Roles::Given } else { Roles::Withheld };
            return Ok(Inviter { name: key.label.clone(), reach: key.reach.clone(), roles });
        }
        let credential = Credential { bearer: Some(credential), ..Credential::default() };
        let (Found { session, user }, _) = self.people.current(credential, caller).await?;
        if !user.is_admin() {
            return Err(Rejection::NotPermitted("This needs the role \"admin\".".to_owned()).into());
        }
        let roles = if session.is_fresh(caller.now) { Roles::Given } else { Roles::NotFresh };
        Ok(Inviter { name: user.id.clone(), reach: Reach::Only(vec![user.actor_type.clone()]), roles })
    }

    /// The actor types whose invites are to be listed.
    async fn within_reach(
        &self,
        wanted: Option<&str>,
        credential: Secret,
        caller: &RequestContext,
    ) -> Result<Vec<&str>, Error> {
        let inviter = self.inviter(credential, caller).await?;
        Ok(match wanted {
            Some(wanted) => vec![self.actor_type(Some(wanted), &inviter)?.0],
            None => self.actor_types.names().filter(|name| inviter.reach.covers(name)).collect(),
        })
    }

    fn actor_type(&self, wanted: Option<&str>, inviter: &Inviter) -> Result<(&str, SignUpPolicy), Rejection> {
        let (actor_type, sign_up) = self.actor_types.find(wanted).ok_or(Rejection::InvalidActorType)?;
        if !inviter.reach.covers(actor_type) {
            return Err(Rejection::NotPermitted(format!("This is not allowed for the actor type {actor_type:?}.")));
        }
        Ok((actor_type, sign_up))
    }

    /// Where the mail's link leads, given the token: the page that was asked for, else ours.
    fn page(&self, wanted: Option<&str>, caller: &RequestContext) -> Result<impl Fn(&str) -> String, Rejection> {
        let refused = |refused: RefusedTarget| refused_target(caller, &refused);
        let (page, parameter) = match wanted {
            Some(wanted) => (self.allowed_targets.find(wanted).map_err(refused)?, "invite_token"),
            None => (self.own.invite_page(), "token"),
        };
        Ok(move |token: &str| page.with_query([(parameter, token)]))
    }

    /// Counts the mail against the address and keeps the invite.
    async fn keep(&self, invite: &Invite, counter: &[Counter], caller: &RequestContext) -> Result<(), Error> {
        let writes = self.invites.keeping(invite)?.into();
        match self.counting.commit(counter, writes, caller).await? {
            CountOutcome::Done => Ok(()),
            CountOutcome::Over(over) => Err(Rejection::RateLimited(over.ends_at.since(caller.now)).into()),
            CountOutcome::Obstructed => Err(Fault::new(Dependency::Service, "a fresh invite's id is taken").into()),
        }
    }
}
