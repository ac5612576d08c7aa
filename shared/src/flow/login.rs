//! Starting a sign-in: where to send the person, and what to keep until they are back.

use std::borrow::Cow;
use std::time::Duration;

use domain::account::invite::InviteId;
use domain::browser::binding::Binding;
use domain::error::{Dependency, Error, Fault, Rejection};
use domain::keys::KeySet;
use domain::keys::token_key::TokenKey;
use domain::page::brand::Site;
use domain::provider::exchange::{AuthorizationParameters, AuthorizationRequest};
use domain::provider::external::ExternalLogin;
use domain::provider::registry::Providers;
use domain::provider::state::State;
use domain::provider::{Protocol, Provider, external};
use domain::redirect::channel::ReturnChannel;
use domain::redirect::{AllowedTargets, OwnAddresses, RefusedTarget, ReturnTo};
use domain::request::limit::Limit;
use domain::request::origin::AllowedOrigins;
use domain::request::{Attempt, RequestContext};
use domain::secret::Secret;
use domain::session::assurance::Method;
use domain::sign_in::SignIn;
use domain::sign_in::life::Life;
use domain::sign_in::login::{Initiator, LoginRequest, LoginStarted};

use super::backend;
use super::counting::{CountOutcome, Counting, by_source};
use crate::adapter::audit::{Event, record, refused_target};
use crate::adapter::outbound::Outbound;
use crate::adapter::outbound::directory::Directory;
use crate::adapter::secrets::Cached;
use crate::adapter::store::sign_ins::SignIns;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// Starts of every kind: `POST /v1/auth/login`, a browser's navigation, and the contracts `actor` and
/// `social`.
#[derive(Debug)]
pub struct Login {
    actor_types: ActorTypes,
    allowed_targets: AllowedTargets,
    counting: Counting,
    directory: Directory,
    frontend_url: String,
    origins: AllowedOrigins,
    outbound: Outbound,
    own: OwnAddresses,
    per_backend: Limit,
    per_source: Limit,
    providers: Cached<Providers>,
    sign_ins: SignIns,
    site: Site,
    state_lifetime: Duration,
    token_keys: Cached<KeySet<TokenKey>>,
}

impl Login {
    /// Opens what the endpoint needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            actor_types: app.env.actor_types()?,
            allowed_targets: app.env.allowed_redirects()?,
            counting: Counting::open(app)?,
            directory: Directory::default(),
            frontend_url: app.env.frontend_url()?,
            origins: app.env.origins()?,
            outbound: Outbound::new(app.env.outbound_policy()?)?,
            own: app.env.own_addresses()?,
            per_backend: Limit::logins_per_backend(app.env.positive_number("LIMIT_LOGINS_PER_BACKEND")?),
            per_source: Limit::logins_per_source(app.env.positive_number("LIMIT_LOGINS_PER_SOURCE")?),
            providers: app.providers()?,
            sign_ins: app.sign_ins()?,
            site: app.env.site()?,
            state_lifetime: app.env.positive_seconds("STATE_SECONDS")?,
            token_keys: app.token_keys()?,
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// `FRONTEND_URL`, for the contract that sends people there.
    pub fn frontend_url(&self) -> &str {
        &self.frontend_url
    }

    /// Starts a sign-in.
    ///
    /// # Errors
    ///
    /// `InvalidRedirect`, `InvalidProvider`, `InvalidActorType`, `InvalidRequest` (an external login without a challenge),
    /// `RateLimited`, `Forbidden` for an invite that another site leads to and for a script of another site, `NotPermitted` for
    /// what is no navigation, `Unauthorized` and `NotPermitted` for a server that may not state whom it serves, or a failure of
    /// the provider's discovery, the secrets or the store.
    pub async fn start(&self, request: LoginRequest, caller: &RequestContext) -> Result<LoginStarted, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::Federated.amr()));
        // Whoever links an identity shows their own session where a server would show its key.
        let caller = match request.link_to {
            Some(_) => Cow::Borrowed(caller),
            None => backend::served(&self.providers, caller).await?,
        };
        self.start_for(request, &caller).await
    }

    async fn start_for(&self, request: LoginRequest, caller: &RequestContext) -> Result<LoginStarted, Error> {
        let now = caller.now;
        let (route, invite) = (self.route(&request, caller)?, self.invite(&request.way)?);
        let (actor_type, _) =
            self.actor_types.find(request.actor_type.as_deref()).ok_or(Rejection::InvalidActorType)?;
        let (providers, token_keys) = tokio::try_join!(self.providers.value(now), self.token_keys.value(now))?;
        let state = State::random(request.state.as_ref());
        let (verifier, nonce) = (Secret::random(), Secret::random());
        let place = Destination::of(&request, route.channel, &providers, caller)?;
        let sealed_verifier = token_keys
            .seal(&verifier, &state.key())
            .ok_or_else(|| Fault::new(Dependency::Secrets, "the token keys cannot seal"))?;
        let binding = route.channel.has_cookie().then(|| Binding::random(state.transaction(), self.state_lifetime));
        let sign_in = SignIn {
            channel: route.channel,
            redirect_uri: route.redirect_uri,
            target: route.target,
            provider: request.provider,
            issuer: place.issuer(),
            actor_type: actor_type.to_owned(),
            nonce: nonce.reveal().to_owned(),
            sealed_verifier,
            code_challenge: binding.as_ref().map(Binding::challenge).or(request.code_challenge),
            link_to: request.link_to,
            invite,
            valid_until: now + self.state_lifetime,
            life: place.life(),
        };
        self.keep(&state, &sign_in, caller).await?;
        let auth_url = match place {
            Destination::External(login) => login.address(state.reveal()),
            Destination::Provider(provider) => {
                let departure = AuthorizationParameters {
                    redirect_uri: &sign_in.redirect_uri,
                    more_scopes: &request.scopes,
                    state: &state,
                    verifier: &verifier,
                    nonce: matches!(provider.protocol, Protocol::OpenId(_)).then(|| nonce.reveal()),
                };
                self.authorize_url(provider, &departure, caller).await?
            }
        };
        record(caller, &Event::LoginStarted { provider: &sign_in.provider });
        Ok(LoginStarted { auth_url, state, binding })
    }

    /// Writes the sign-in and counts it: whoever is over the limit leaves nothing behind, and sends nothing out.
    async fn keep(&self, state: &State, sign_in: &SignIn, caller: &RequestContext) -> Result<(), Error> {
        let counters = by_source(&self.per_source, &self.per_backend, caller);
        let writes = vec![self.sign_ins.keeping(state, sign_in)?];
        match self.counting.commit(&counters, writes, caller).await? {
            CountOutcome::Done => Ok(()),
            CountOutcome::Over(over) => Err(Rejection::RateLimited(over.ends_at.since(caller.now)).into()),
            CountOutcome::Obstructed => Err(Fault::new(Dependency::Service, "a fresh state's key is taken").into()),
        }
    }

    /// Where the provider sends the person back to, and where they go from there.
    fn route(&self, request: &LoginRequest, caller: &RequestContext) -> Result<WayBack, Rejection> {
        let provider = &request.provider;
        let refused = |refused: RefusedTarget| refused_target(caller, &refused);
        let (channel, redirect_uri, target) = match &request.way {
            Initiator::Browser { target, language, source, .. } => {
                source.navigates()?;
                let page = self.allowed_targets.find_page(target.as_deref(), *language, &self.own).map_err(refused)?;
                (ReturnChannel::Browser, self.own.browser_callback(provider), Some(page))
            }
            Initiator::Social { source } => {
                source.navigates()?;
                (ReturnChannel::Social, self.own.social_callback(provider), None)
            }
            // A body may be left out here, so that no preflight keeps the pages of other sites away.
            Initiator::Actor { callback_url, source } => {
                self.origins.tolerate(source)?;
                let page = match callback_url {
                    Some(wanted) => self.allowed_targets.find(wanted),
                    None => {
                        self.allowed_targets.first().ok_or_else(|| RefusedTarget::because("no target is configured"))
                    }
                };
                (ReturnChannel::App, page.map_err(refused)?, None)
            }
            Initiator::Client { redirect_uri, .. } if request.link_to.is_some() => {
                (ReturnChannel::Link, self.allowed_targets.find(redirect_uri).map_err(refused)?, None)
            }
            Initiator::Client { redirect_uri, return_to } => {
                let callbacks = self.own.callbacks(provider).map(|(_, callback)| callback);
                let page = self.allowed_targets.find_beside(&callbacks, redirect_uri).map_err(refused)?;
                let channel = self.own.channel_of(redirect_uri, provider);
                if channel.is_some() && request.code_challenge.is_some() {
                    let problem = "A callback of this service is bound by a cookie: leave \"codeChallenge\" out.";
                    return Err(Rejection::InvalidRequest(problem.to_owned()));
                }
                let target = match (return_to, channel) {
                    (None, _) => None,
                    (Some(wanted), Some(ReturnChannel::Gateway)) => {
                        Some(self.allowed_targets.find(wanted).map_err(refused)?)
                    }
                    (Some(_), _) => {
                        let problem = "The field \"returnTo\" is for the callback of contract gateway alone.";
                        return Err(Rejection::InvalidRequest(problem.to_owned()));
                    }
                };
                (channel.unwrap_or(ReturnChannel::App), page, target)
            }
        };
        Ok(WayBack { channel, redirect_uri, target })
    }

    /// The invite that a browser follows. Only our own pages may lead it there: another site would have this person's
    /// identity join the account of an invite of its choice.
    fn invite(&self, way: &Initiator) -> Result<Option<InviteId>, Rejection> {
        let Initiator::Browser { invite: Some(invite), source, .. } = way else { return Ok(None) };
        self.origins.admit(source)?;
        Ok(Some(*invite))
    }

    /// The address that the person leaves to. What has to be pushed before is pushed.
    async fn authorize_url(
        &self,
        provider: &Provider,
        departure: &AuthorizationParameters<'_>,
        caller: &RequestContext,
    ) -> Result<String, Fault> {
        let unusable = |problem: String| provider.unusable(&problem);
        let exit = match &provider.protocol {
            Protocol::OpenId(openid) => {
                let metadata = self.directory.metadata(openid, &self.outbound, caller.now).await?;
                provider.authorization_request(metadata.endpoints(), departure, caller.now)
            }
            Protocol::OAuth2(oauth2) => provider.authorization_request(oauth2.endpoints(), departure, caller.now),
        };
        match exit.map_err(unusable)? {
            AuthorizationRequest::Direct(url) => Ok(url),
            AuthorizationRequest::Pushed(push) => {
                push.leads_to(&self.outbound.submit(push.form()).await?).map_err(unusable)
            }
        }
    }
}

/// Where a person is sent.
enum Destination<'p> {
    External(&'p ExternalLogin),
    Provider(&'p Provider),
}

impl<'p> Destination<'p> {
    /// Where `request` asks to be sent, if that can bring the person back by `channel`.
    fn of(
        request: &LoginRequest,
        channel: ReturnChannel,
        providers: &'p Providers,
        caller: &RequestContext,
    ) -> Result<Self, Error> {
        let dead_end = |reason: &str| Err(refused_target(caller, &RefusedTarget::because(reason)).into());
        let to_gateway = channel == ReturnChannel::Gateway;
        if request.provider == external::NAME {
            let login = providers.external_login()?;
            if to_gateway {
                return dead_end("contract gateway does not support the external login");
            }
            // The login address alone must redeem nothing.
            if !channel.has_cookie() && request.code_challenge.is_none() {
                let problem = "The provider \"external\" needs the field \"codeChallenge\".";
                return Err(Rejection::InvalidRequest(problem.to_owned()).into());
            }
            return Ok(Self::External(login));
        }
        let provider = providers.usable(&request.provider)?;
        if to_gateway && provider.answers_by_form() {
            return dead_end("the provider answers by POST, and contract gateway accepts GET alone");
        }
        Ok(Self::Provider(provider))
    }

    fn issuer(&self) -> String {
        match self {
            Self::External(login) => login.issuer(),
            Self::Provider(provider) => provider.protocol.issuer().to_owned(),
        }
    }

    /// How a sign-in there begins.
    const fn life(&self) -> Life {
        match self {
            Self::External(_) => Life::Waiting,
            Self::Provider(_) => Life::AtProvider,
        }
    }
}

/// The way back of one sign-in.
struct WayBack {
    channel: ReturnChannel,
    redirect_uri: ReturnTo,
    target: Option<ReturnTo>,
}
