//! An external login's call: it says whom it let in, and their browser may go on.

use domain::account::profile::Profile;
use domain::error::{Dependency, Error, Fault, Rejection, StateProblem, Unauthenticated};
use domain::keys::KeySet;
use domain::keys::token_key::{MacPurpose, TokenKey};
use domain::provider::external::{Allowed, ExternalLogin, LoginProof};
use domain::provider::id_token::{IdTokenError, IdTokenKey, Unverified};
use domain::provider::profile;
use domain::provider::registry::Providers;
use domain::provider::state::State;
use domain::request::RequestContext;
use domain::request::reach::Reach;
use domain::secret::{Hash, Secret, base64url};
use domain::sign_in::SignIn;
use domain::sign_in::callback::Confirmation;
use domain::sign_in::life::{ConfirmedLogin, Finisher};

use crate::adapter::audit::{Event, record};
use crate::adapter::outbound::directory::Directory;
use crate::adapter::outbound::{ApiRequest, Outbound};
use crate::adapter::secrets::Cached;
use crate::adapter::store::Consumed;
use crate::adapter::store::sign_ins::SignIns;
use crate::app::{App, StartError};

/// `POST /v1/auth/callback/external` and `POST /api/v1/lab/login/callback/`.
#[derive(Debug)]
pub struct ExternalCallback {
    directory: Directory,
    outbound: Outbound,
    providers: Cached<Providers>,
    sign_ins: SignIns,
    token_keys: Cached<KeySet<TokenKey>>,
}

/// A system that may say whom it let in.
#[derive(Debug)]
pub struct System {
    /// The label of its API key.
    label: String,
    reach: Reach,
}

impl ExternalCallback {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            directory: Directory::default(),
            outbound: Outbound::new(env.outbound_policy()?)?,
            providers: app.providers()?,
            sign_ins: app.sign_ins()?,
            token_keys: app.token_keys()?,
        })
    }

    /// The system whose API key this is. It is asked for before anything else is looked at.
    ///
    /// # Errors
    ///
    /// `Unauthorized` for no key and an unknown one, `NotPermitted` for one that is not for this, or a failure of the
    /// secrets.
    pub async fn admit(&self, key: Result<Secret, Rejection>, caller: &RequestContext) -> Result<System, Error> {
        let admitted = self.system(key, caller).await;
        record_refusal(None, &admitted, caller);
        admitted
    }

    /// Takes up what the system says, if it holds, and gives the address where it has to send the browser that logged in:
    /// with the code in it, that browser finishes the sign-in, and no other does. Said again, it gives the same address.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` (the token is over), `InvalidCode` (it does not verify), `InvalidState`, or a failure of the
    /// secrets, of what the token is checked against, or of the store.
    pub async fn confirm(
        &self,
        said: Result<Confirmation, Rejection>,
        system: &System,
        caller: &RequestContext,
    ) -> Result<String, Error> {
        noted(self.confirm_by(said, ConfirmationRoute::Ours, &system.reach, caller).await, system, caller)
    }

    /// The same for the contract `lab`, which has no place for an address: whoever started the sign-in can finish it.
    ///
    /// # Errors
    ///
    /// As [`confirm`](Self::confirm), and `NotPermitted` unless the row allows that.
    pub async fn confirm_unbound(
        &self,
        said: Result<Confirmation, Rejection>,
        system: &System,
        caller: &RequestContext,
    ) -> Result<(), Error> {
        noted(self.confirm_by(said, ConfirmationRoute::Lab, &system.reach, caller).await, system, caller).map(drop)
    }

    async fn system(&self, key: Result<Secret, Rejection>, caller: &RequestContext) -> Result<System, Error> {
        let presented = key?;
        let providers = self.providers.value(caller.now).await?;
        let key = providers.api_key(&presented)?.ok_or(Unauthenticated::UnknownKey)?;
        if !key.allows(Allowed::External) {
            return Err(Rejection::NotPermitted("This API key does not allow \"external\".".to_owned()).into());
        }
        Ok(System { label: key.label.clone(), reach: key.reach.clone() })
    }

    async fn confirm_by(
        &self,
        said: Result<Confirmation, Rejection>,
        route: ConfirmationRoute,
        reach: &Reach,
        caller: &RequestContext,
    ) -> Result<String, Error> {
        let (said, now) = (said?, caller.now);
        if said.expires_at <= now {
            return Err(Rejection::InvalidRequest("The token has expired.".to_owned()).into());
        }
        let state = said.state.ok_or(Rejection::InvalidState(StateProblem::Unknown))?;
        let (providers, keys) = tokio::try_join!(self.providers.value(now), self.token_keys.value(now))?;
        let login = providers.external_login()?;
        if route == ConfirmationRoute::Lab && !login.allow_unbound_browser {
            return Err(Rejection::NotPermitted(LAB_IS_UNBOUND.to_owned()).into());
        }
        let profile = self.profile(login, &said.token, caller).await?;
        let sealed_token = keys
            .seal(&said.token, &state.key())
            .ok_or_else(|| Fault::new(Dependency::Secrets, "the token keys cannot seal"))?;
        let code = continue_code(&keys, &state, &said.token)
            .ok_or_else(|| Fault::new(Dependency::Secrets, "the token keys have no current key"))?;
        let confirmed = ConfirmedLogin {
            finisher: if login.allow_unbound_browser { Finisher::Anybody } else { Finisher::Holder },
            continue_code: (route == ConfirmationRoute::Ours).then(|| Hash::of(code.reveal()).as_str().to_owned()),
            profile,
            sealed_token,
            token_expires_at: said.expires_at,
        };
        let issuer = login.issuer();
        let sign_in = match self.sign_ins.confirm(&state, &confirmed, &issuer, reach, now).await? {
            Consumed::Once(sign_in) => sign_in,
            Consumed::Refused(kept) => return Err(SignIn::unconfirmed(kept.as_ref(), &issuer, now).into()),
        };
        Ok(sign_in.redirect_uri.with_query([("code", code.reveal()), ("state", state.reveal())]))
    }

    /// Whose the token is, by what the operator set for it.
    async fn profile(&self, login: &ExternalLogin, token: &Secret, caller: &RequestContext) -> Result<Profile, Error> {
        let refused = |IdTokenError(problem): IdTokenError| {
            tracing::warn!(request_id = caller.request_id, problem, "token of the external login refused");
            Rejection::InvalidCode
        };
        let claims = match &login.evidence {
            LoginProof::KeySet(url) => {
                let unverified = Unverified::parse(token.reveal(), login.evidence.algorithms()).map_err(refused)?;
                let key = self.directory.key(&unverified, url, &self.outbound, caller.now).await?;
                let key = key.ok_or(IdTokenError("no key of the set matches")).map_err(refused)?;
                login.claims(&unverified, IdTokenKey::Published(&key), caller.now).map_err(refused)?
            }
            LoginProof::Shared(secret) => {
                let unverified = Unverified::parse(token.reveal(), login.evidence.algorithms()).map_err(refused)?;
                login.claims(&unverified, IdTokenKey::Shared(secret), caller.now).map_err(refused)?
            }
            LoginProof::Userinfo(url) => {
                let known = self.outbound.json_if_known(&ApiRequest::get(url), token).await?;
                known.ok_or(IdTokenError("userinfo does not accept it")).map_err(refused)?
            }
        };
        if profile::numbers_its_subjects(&claims, &login.layout) {
            return Err(refused(IdTokenError("the subject is a number: it must be a string")).into());
        }
        Ok(profile::read(&claims, &login.layout).ok_or(IdTokenError("the subject is unusable")).map_err(refused)?)
    }
}

/// Over which of the two routes a system speaks.
#[derive(Clone, Copy, Eq, PartialEq)]
enum ConfirmationRoute {
    /// The contract's, whose answer has no place for an address.
    Lab,
    /// Our own.
    Ours,
}

/// The code for the browser that logged in. Nobody can make it without our keys, and it is the same each time that a login
/// system says the same of a sign-in: when an answer is lost, the person is not.
fn continue_code(keys: &KeySet<TokenKey>, state: &State, token: &Secret) -> Option<Secret> {
    let message = format!("{}.{}", state.key(), token.reveal());
    let code = keys.current()?.material.authenticate(MacPurpose::ContinueCode, message.as_bytes());
    Some(Secret::new(base64url(&code)))
}

const LAB_IS_UNBOUND: &str = "On this route, whoever sends somebody the login's link gets their session. Call \
    /v1/auth/callback/external and send the browser to its continueUrl, or set \"allowUnboundBrowser\": true in the row \
    \"external\".";

fn noted<T>(confirmed: Result<T, Error>, system: &System, caller: &RequestContext) -> Result<T, Error> {
    record_refusal(Some(system), &confirmed, caller);
    if confirmed.is_ok() {
        record(caller, &Event::ExternalLoginConfirmed { system: &system.label });
    }
    confirmed
}

fn record_refusal<T>(system: Option<&System>, result: &Result<T, Error>, caller: &RequestContext) {
    if let Err(Error::Rejection(reason)) = result {
        let system = system.map_or("unknown", |system| &system.label);
        record(caller, &Event::ExternalLoginRefused { system, reason });
    }
}
