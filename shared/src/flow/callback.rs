//! A person's return from a provider: the state is used up, the code redeemed, the identity verified, the person let in.

mod actor;
mod proving;

use std::sync::Arc;

use serde_json::Value;

use domain::account::User;
use domain::account::invite::InviteCredential;
use domain::account::profile::Profile;
use domain::account::proof::Proof;
use domain::account::trust::{TrustEmail, Word};
use domain::error::{Dependency, Error, Fault, Rejection, StateProblem};
use domain::page::brand::Site;
use domain::provider::registry::Providers;
use domain::provider::{Protocol, Provider, external};
use domain::redirect::channel::ReturnChannel;
use domain::redirect::{OwnAddresses, ReturnTo};
use domain::request::{Attempt, RequestContext};
use domain::session::assurance::Method;
use domain::session::credential::Credential;
use domain::sign_in::SignIn;
use domain::sign_in::callback::CallbackRequest;
use domain::sign_in::outcome::{BrowserOutcome, Delivery, Finished, Outcome, Returned};

use super::establish_session::{Authentication, EstablishSession};
use super::guard::{Found, Guard};
use super::tokens::IssuingKeys;
use super::wishes::Wishes;
use crate::adapter::audit;
use crate::adapter::budget;
use crate::adapter::outbound::Outbound;
use crate::adapter::outbound::directory::Directory;
use crate::adapter::secrets::Cached;
use crate::adapter::store::Consumed;
use crate::adapter::store::sign_ins::SignIns;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// A person's return, over every [channel](ReturnChannel).
#[derive(Debug)]
pub struct Callback {
    actor_types: ActorTypes,
    establish: EstablishSession,
    directory: Directory,
    frontend_url: String,
    guard: Guard,
    outbound: Outbound,
    own: OwnAddresses,
    providers: Cached<Providers>,
    sign_ins: SignIns,
    site: Site,
}

impl Callback {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            actor_types: app.env.actor_types()?,
            establish: EstablishSession::open(app, app.env.account_linking()?)?.asking(Wishes::open(app)?),
            directory: Directory::default(),
            frontend_url: app.env.frontend_url()?,
            guard: Guard::open(app)?,
            outbound: Outbound::new(app.env.outbound_policy()?)?,
            own: app.env.own_addresses()?,
            providers: app.providers()?,
            sign_ins: app.sign_ins()?,
            site: app.env.site()?,
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

    /// Finishes what a client of the API started: a sign-in, or, under the session that asked for it, one more identity.
    ///
    /// # Errors
    ///
    /// `InvalidProvider`, `InvalidState`, `InvalidCode`, `AccessDenied`, `SignUpClosed`, `AccountExists`, `Unauthorized`
    /// without that session, or a failure of the provider, the secrets or the store.
    pub async fn finish_or_link(
        &self,
        request: CallbackRequest,
        credential: Result<Credential, Rejection>,
        caller: &RequestContext,
    ) -> Result<Finished, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::Federated.amr()));
        let taken = match self.consume(&request, caller).await? {
            StateUse::Consumed(taken) => *taken,
            StateUse::Refused(Some(kept)) if kept.link_to.is_some() && request.channel == ReturnChannel::App => {
                return self.link(request, credential?, caller).await.map(|user| Finished::Linked(Box::new(user)));
            }
            StateUse::Refused(kept) => return Err(SignIn::refusal(kept.as_deref(), &request, caller.now).into()),
        };
        let authentication = self.authentication(&taken, request, caller).await?;
        self.establish.admit(&authentication, &taken.keys, caller).await.map(Finished::SignedIn)
    }

    async fn link(
        &self,
        request: CallbackRequest,
        credential: Credential,
        caller: &RequestContext,
    ) -> Result<User, Error> {
        let Found { session, .. } = self.guard.open_session(credential, caller).await?;
        let request = CallbackRequest { channel: ReturnChannel::Link, ..request };
        let state = request.state.as_ref().ok_or(Rejection::InvalidState(StateProblem::Unknown))?;
        let (providers, keys) = self.load_secrets(caller).await?;
        let sign_in = match self.sign_ins.consume_link(state, &request, session.id, caller.now).await? {
            Consumed::Once(sign_in) => sign_in,
            Consumed::Refused(kept) => return Err(SignIn::refusal(kept.as_ref(), &request, caller.now).into()),
        };
        let taken = ConsumedSignIn { sign_in, state_key: state.key(), providers, keys };
        let proof = self.authentication(&taken, request, caller).await?.proof;
        self.establish.link(&session, &proof, caller).await
    }

    /// Finishes a sign-in in the browser that started it. Once it is known where the person wanted to go, they get there,
    /// whatever else happens.
    ///
    /// # Errors
    ///
    /// `InvalidState`, or a failure of the secrets or the store before the state was used up.
    pub async fn land(&self, request: CallbackRequest, caller: &RequestContext) -> Result<BrowserOutcome, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::Federated.amr()));
        let taken = self.consume_or_refuse(&request, caller).await?;
        let target = taken.sign_in.target.clone().unwrap_or_else(|| self.own.sign_in_page(None));
        Ok(self.land_at(target, &taken, request, caller).await)
    }

    /// Finishes a sign-in under contract `gateway`: with tokens, or, where the start named a target and `navigates` says
    /// that a person looks at the answer, there.
    ///
    /// # Errors
    ///
    /// As [`finish_or_link`](Self::finish_or_link); for whoever is led to a target, as [`land`](Self::land).
    pub async fn finish_gateway(
        &self,
        request: CallbackRequest,
        navigates: bool,
        caller: &RequestContext,
    ) -> Result<Returned, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::Federated.amr()));
        let taken = self.consume_or_refuse(&request, caller).await?;
        if let Some(target) = taken.sign_in.target.clone().filter(|_| navigates) {
            return Ok(Returned::Landed(self.land_at(target, &taken, request, caller).await));
        }
        let authentication = self.authentication(&taken, request, caller).await?;
        self.establish.admit(&authentication, &taken.keys, caller).await.map(Returned::Answered)
    }

    async fn land_at(
        &self,
        target: ReturnTo,
        taken: &ConsumedSignIn,
        request: CallbackRequest,
        caller: &RequestContext,
    ) -> BrowserOutcome {
        let result = self.let_browser_in(taken, &target, Delivery::Cookie, request, caller).await;
        if let Err(failure) = &result {
            audit::record_failure(caller, failure);
        }
        BrowserOutcome { target, result }
    }

    /// Finishes a sign-in under contract `social` in the browser that started it, whose client may want its session in
    /// JSON.
    ///
    /// # Errors
    ///
    /// As [`finish_or_link`](Self::finish_or_link).
    pub async fn finish_in_browser(
        &self,
        request: CallbackRequest,
        json: bool,
        caller: &RequestContext,
    ) -> Result<Outcome, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::Federated.amr()));
        let taken = self.consume_or_refuse(&request, caller).await?;
        let provider = taken.sign_in.provider.clone();
        let target = ReturnTo::frontend(&self.frontend_url, &provider);
        self.let_browser_in(&taken, &target, Delivery::Social { provider, json }, request, caller).await
    }

    async fn let_browser_in(
        &self,
        taken: &ConsumedSignIn,
        target: &ReturnTo,
        delivery: Delivery,
        request: CallbackRequest,
        caller: &RequestContext,
    ) -> Result<Outcome, Error> {
        // An address that a provider vouches for was invited as well as its mailbox.
        let invite =
            taken.sign_in.invite.map_or(InviteCredential::Address, |invite| InviteCredential::Secret(Some(invite)));
        // Whoever is led to a target is a person, whatever the contract.
        let shows_pages = request.shows_pages || request.channel == ReturnChannel::Gateway;
        let authentication = self.authentication(taken, request, caller).await?;
        let authentication = Authentication {
            target: Some(target.clone()),
            delivery,
            invite: Some(invite),
            shows_pages,
            ..authentication
        };
        self.establish.admit(&authentication, &taken.keys, caller).await
    }

    /// Takes up the sign-in that the state names.
    ///
    /// A client of the API that names a provider learns of mistakes that have nothing to do with the state before the
    /// state is used up; a browser could not repeat its request, and has to know where to go first.
    async fn consume_or_refuse(
        &self,
        request: &CallbackRequest,
        caller: &RequestContext,
    ) -> Result<ConsumedSignIn, Error> {
        match self.consume(request, caller).await? {
            StateUse::Consumed(taken) => Ok(*taken),
            StateUse::Refused(kept) => Err(SignIn::refusal(kept.as_deref(), request, caller.now).into()),
        }
    }

    async fn consume(&self, request: &CallbackRequest, caller: &RequestContext) -> Result<StateUse, Error> {
        let (providers, keys) = self.load_secrets(caller).await?;
        match (request.channel, request.provider.as_deref()) {
            (ReturnChannel::App, Some(external::NAME)) => {
                providers.external_login()?;
            }
            (ReturnChannel::App, Some(name)) => {
                if let Some(attempt) = self.turn_away(providers.usable(name)?, request, caller).await? {
                    return Ok(attempt);
                }
                self.resolve_provider(&providers, name, request, caller).await?;
            }
            _ => {}
        }
        let state = request.state.as_ref().ok_or(Rejection::InvalidState(StateProblem::Unknown))?;
        // What comes after the state takes several calls of the provider: better no try than one that cannot be repeated.
        if !budget::is_ample() {
            return Err(Fault::new(Dependency::Time, "too little time is left to use up the state").into());
        }
        Ok(match self.sign_ins.consume(state, request, caller.now).await? {
            Consumed::Once(sign_in) => {
                StateUse::Consumed(Box::new(ConsumedSignIn { sign_in, state_key: state.key(), providers, keys }))
            }
            Consumed::Refused(kept) => StateUse::Refused(kept.map(Box::new)),
        })
    }

    /// Refuses a state that cannot be used up, where something would have to go out before anybody tries: whoever makes
    /// up a state has no provider asked.
    async fn turn_away(
        &self,
        provider: &Provider,
        request: &CallbackRequest,
        caller: &RequestContext,
    ) -> Result<Option<StateUse>, Error> {
        match &provider.protocol {
            Protocol::OpenId(openid) if !self.directory.has(openid, caller.now) => {
                let state = request.state.as_ref().ok_or(Rejection::InvalidState(StateProblem::Unknown))?;
                let kept = self.sign_ins.find(state).await?;
                let waits = kept.as_ref().is_some_and(|kept| kept.waits_for(request, caller.now));
                Ok((!waits).then(|| StateUse::Refused(kept.map(Box::new))))
            }
            Protocol::OpenId(_) | Protocol::OAuth2(_) => Ok(None),
        }
    }

    async fn load_secrets(&self, caller: &RequestContext) -> Result<(Arc<Providers>, IssuingKeys), Fault> {
        tokio::try_join!(self.providers.value(caller.now), self.establish.tokens.keys(caller.now))
    }

    /// What was proven, once the state is used up.
    async fn authentication(
        &self,
        taken: &ConsumedSignIn,
        request: CallbackRequest,
        caller: &RequestContext,
    ) -> Result<Authentication, Error> {
        let ConsumedSignIn { sign_in, state_key, providers, keys } = taken;
        let (actor_type, language) = (sign_in.actor_type.clone(), request.language);
        if sign_in.provider != external::NAME {
            return Ok(Authentication {
                language,
                ..Authentication::new(self.prove(taken, request, caller).await?, actor_type, Delivery::Tokens)
            });
        }
        let confirmed = sign_in.life.confirmed().ok_or(Rejection::NotAuthenticatedYet)?;
        let token = keys.token.open(&confirmed.sealed_token, state_key);
        let token = token.ok_or_else(|| Fault::new(Dependency::Secrets, "a sealed token cannot be opened"))?;
        let trust = &providers.external_login()?.trust_email;
        let proof = Proof::Subject {
            provider: external::NAME.to_owned(),
            label: external::NAME.to_owned(),
            issuer: sign_in.issuer.clone(),
            trust_email: word(trust, &confirmed.profile, &Value::Null),
            profile: confirmed.profile.clone(),
        };
        let external_token = Some((token, confirmed.token_expires_at));
        Ok(Authentication { external_token, language, ..Authentication::new(proof, actor_type, Delivery::Tokens) })
    }
}

/// A sign-in that was used up: nobody else can.
#[derive(Debug)]
struct ConsumedSignIn {
    sign_in: SignIn,
    state_key: String,
    providers: Arc<Providers>,
    keys: IssuingKeys,
}

/// How taking up a sign-in ended.
enum StateUse {
    Consumed(Box<ConsumedSignIn>),
    /// Nothing changed; this is what is there.
    Refused(Option<Box<SignIn>>),
}

/// How far the word on the profile's address goes, of a provider that says `claims`.
fn word(trust: &TrustEmail, profile: &Profile, claims: &Value) -> Word {
    profile.email.as_ref().map(|address| trust.word(address, claims)).unwrap_or_default()
}
