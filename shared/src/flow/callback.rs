//! A person's return from a provider: the state is used up, the code redeemed, the identity judged, the person let in.

use serde_json::Value;

use super::admission::Admission;
use crate::app::{App, StartError};
use crate::audit::record_refusal;
use crate::caller::Caller;
use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::identity::{Profile, Proof};
use crate::outbound::directory::Directory;
use crate::outbound::{Outbound, Question};
use crate::outcome::Outcome;
use crate::provider::discovery::Metadata;
use crate::provider::exchange::{Endpoints, NotRedeemed, Tokens};
use crate::provider::id_token::{Expected, Lie, Unverified};
use crate::provider::{OAuth2, OpenId, Protocol, Provider, Providers, profile};
use crate::secret::Secret;
use crate::secrets::Cached;
use crate::session::Method;
use crate::sign_in::{CallbackRequest, SignIn};
use crate::store::Consumed;
use crate::store::sign_ins::SignIns;

/// `POST /v1/auth/callback`.
#[derive(Debug)]
pub struct Callback {
    admission: Admission,
    directory: Directory,
    outbound: Outbound,
    providers: Cached<Providers>,
    sign_ins: SignIns,
}

impl Callback {
    /// Opens what the endpoint needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let secret = app.env.text("PROVIDERS_SECRET")?;
        Ok(Self {
            admission: Admission::open(app, app.env.account_linking()?)?,
            directory: Directory::default(),
            outbound: Outbound::new(app.env.outbound_policy()?)?,
            providers: Cached::new(app.aws.secretsmanager(), secret, Providers::parse),
            sign_ins: SignIns::new(app.aws.dynamodb(), app.env.text("SIGN_INS_TABLE")?),
        })
    }

    /// Takes up the sign-in that the state names and finishes it.
    ///
    /// Everything that may fail without touching the state comes first. Then the state is used up, and only then the
    /// code redeemed (SECURITY 2): whatever fails from there on, that state will not do again.
    ///
    /// # Errors
    ///
    /// `InvalidProvider`, `InvalidState`, `InvalidCode`, `AccessDenied`, `SignUpClosed`, `AccountExists`, or a failure
    /// of the provider, the secrets or the store.
    pub async fn finish(&self, request: CallbackRequest, caller: &Caller) -> Result<Outcome, Failure> {
        let outcome = self.judge(request, caller).await;
        record_refusal(&caller.request_id, Method::Federated, &outcome);
        outcome
    }

    async fn judge(&self, request: CallbackRequest, caller: &Caller) -> Result<Outcome, Failure> {
        let now = caller.now;
        let (providers, keys) = tokio::try_join!(self.providers.value(now), self.admission.tokens.keys(now))?;
        let provider = providers.usable(&request.provider)?;
        let state = request.state.as_ref().ok_or(Denied::InvalidState)?;
        let at = self.place(provider, caller).await?;
        let issuer = provider.protocol.issuer();
        at.check_sender(issuer, request.iss.as_deref())?;

        let challenge = request.code_challenge.as_ref();
        let consumed = self.sign_ins.consume(state, &provider.name, challenge, now).await?;
        let sign_in = match consumed {
            Consumed::Once(sign_in) if sign_in.issuer == issuer => sign_in,
            // The row was pointed elsewhere while the person was away.
            Consumed::Once(_) => return Err(Denied::InvalidState.into()),
            Consumed::Refused(kept) => {
                return Err(SignIn::refusal(kept.as_ref(), &provider.name, challenge, now).into());
            }
        };
        let verifier = keys
            .token
            .open(&sign_in.sealed_verifier, &state.key())
            .ok_or_else(|| Broken::new(Dependency::Secrets, "a sealed verifier does not open"))?;

        let redeemed = provider
            .redeem(at.endpoints(), &request.code, &verifier, &sign_in.return_to, now, &self.outbound)
            .await
            .map_err(not_redeemed)?;
        let profile = match &at {
            Place::OpenId(openid, metadata) => {
                self.openid_profile(provider, openid, metadata, redeemed, &sign_in.nonce, caller).await?
            }
            Place::OAuth2(oauth2) => self.oauth2_profile(provider, oauth2, &redeemed.access_token).await?,
        };
        let proof = Proof::Subject { issuer: issuer.to_owned(), profile, trust_email: provider.trust_email };
        self.admission.admit(proof, &sign_in.actor_type, &keys, caller).await
    }

    async fn place<'p>(&self, provider: &'p Provider, caller: &Caller) -> Result<Place<'p>, Broken> {
        Ok(match &provider.protocol {
            Protocol::OpenId(openid) => {
                Place::OpenId(openid, self.directory.metadata(openid, &self.outbound, caller.now).await?)
            }
            Protocol::OAuth2(oauth2) => Place::OAuth2(oauth2),
        })
    }

    async fn openid_profile(
        &self,
        provider: &Provider,
        openid: &OpenId,
        metadata: &Metadata,
        tokens: Tokens,
        nonce: &str,
        caller: &Caller,
    ) -> Result<Profile, Failure> {
        let believed = |Lie(problem): Lie| {
            tracing::warn!(request_id = caller.request_id, provider = provider.name, problem, "ID token refused");
            Denied::InvalidCode
        };
        let id_token = tokens.id_token.ok_or(Lie("there is no ID token")).map_err(believed)?;
        let unverified = Unverified::parse(id_token.reveal(), &metadata.algorithms).map_err(believed)?;
        let key = self.directory.key(&unverified, metadata, &self.outbound, caller.now).await?;
        let key = key.ok_or(Lie("no key of the provider fits")).map_err(believed)?;
        let expected = Expected {
            issuer: &openid.issuer,
            issuer_alias: openid.issuer_alias.as_deref(),
            tenant: openid.tenant.as_deref(),
            client_id: &provider.client_id,
            nonce,
        };
        let claims = unverified.verify(&key, &expected, caller.now).map_err(believed)?;
        let profile = profile::read(&Value::Object(claims), &provider.layout);
        let profile = profile.ok_or(Lie("the subject is unusable")).map_err(believed)?;
        match &metadata.userinfo_url {
            // Without its answer a person might get a second account, so that silence is no reason to go on.
            Some(url) if profile.email.is_none() => {
                let info = self.outbound.json(&Question::get(url), &tokens.access_token).await?;
                let filled = profile::with_userinfo(profile, &info, &provider.layout);
                filled.ok_or(Lie("userinfo speaks of somebody else")).map_err(believed).map_err(Failure::from)
            }
            _ => Ok(profile),
        }
    }

    async fn oauth2_profile(
        &self,
        provider: &Provider,
        oauth2: &OAuth2,
        access_token: &Secret,
    ) -> Result<Profile, Failure> {
        let userinfo = &oauth2.userinfo;
        let address = userinfo.address(access_token, &provider.credentials);
        let question = Question { url: &address, post: userinfo.post, headers: &userinfo.headers };
        let document = self.outbound.json(&question, access_token).await?;
        let profile = profile::read(&document, &provider.layout).ok_or(Denied::InvalidCode)?;
        let Some(url) = &oauth2.emails_url else {
            return Ok(profile);
        };
        // People may keep their addresses to themselves: that is a sign-in without an address, not a failed one.
        let list = self.outbound.json(&Question::get(url), access_token).await.unwrap_or(Value::Null);
        let email = profile::primary_verified_email(&list);
        Ok(Profile { email_verified: email.is_some(), email, ..profile })
    }
}

/// A provider and where it is.
enum Place<'p> {
    OpenId(&'p OpenId, std::sync::Arc<Metadata>),
    OAuth2(&'p OAuth2),
}

impl Place<'_> {
    fn endpoints(&self) -> Endpoints<'_> {
        match self {
            Self::OpenId(_, metadata) => metadata.endpoints(),
            Self::OAuth2(oauth2) => oauth2.endpoints(),
        }
    }

    /// Refuses a person who was sent back by another provider than the one that they were sent to (RFC 9207
    /// section 2.4): a wrong `iss`, or none from a provider that promised one.
    fn check_sender(&self, issuer: &str, iss: Option<&str>) -> Result<(), Denied> {
        let promised = matches!(self, Self::OpenId(_, metadata) if metadata.sends_issuer);
        match iss {
            Some(iss) if iss == issuer => Ok(()),
            None if !promised => Ok(()),
            _ => Err(Denied::InvalidState),
        }
    }
}

fn not_redeemed(problem: NotRedeemed<Broken>) -> Failure {
    match problem {
        NotRedeemed::AccessDenied => Denied::AccessDenied.into(),
        NotRedeemed::CodeRefused => Denied::InvalidCode.into(),
        NotRedeemed::Unusable(cause) => Broken::new(Dependency::Provider, cause).into(),
        NotRedeemed::Unanswered(broken) => broken.into(),
    }
}
