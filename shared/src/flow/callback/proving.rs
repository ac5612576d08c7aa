//! Whose identity a sign-in leads to: the code is redeemed, and what the provider says about the person is verified.

use serde_json::{Map, Value};

use domain::account::profile::Profile;
use domain::account::proof::Proof;
use domain::error::{Dependency, Error, Fault, Rejection, StateProblem};
use domain::provider::discovery::Metadata;
use domain::provider::endpoints::Endpoints;
use domain::provider::exchange::{Redeemed, TokenRequestError};
use domain::provider::id_token::{Expected, IdTokenError, IdTokenKey, Unverified};
use domain::provider::provider_error::ProviderError;
use domain::provider::registry::Providers;
use domain::provider::{OAuth2, OpenId, Protocol, Provider, profile};
use domain::request::RequestContext;
use domain::secret::Secret;
use domain::sign_in::callback::{CallbackRequest, ProviderAnswer};

use super::{Callback, ConsumedSignIn, word};
use crate::adapter::outbound::{ApiRequest, UserinfoResponse};

impl Callback {
    /// Redeems the code and verifies the identity that it leads to.
    pub(super) async fn prove(
        &self,
        taken: &ConsumedSignIn,
        request: CallbackRequest,
        caller: &RequestContext,
    ) -> Result<Proof, Error> {
        let ConsumedSignIn { sign_in, state_key, providers, keys } = taken;
        let (provider, at) = self.resolve_provider(providers, &sign_in.provider, &request, caller).await?;
        let issuer = provider.protocol.issuer();
        // The row was pointed elsewhere while the person was away.
        if sign_in.issuer != issuer {
            return Err(Rejection::InvalidState(StateProblem::IssuerChanged).into());
        }
        let code = match request.answer {
            ProviderAnswer::Code(code) => code,
            ProviderAnswer::Declined(complaint) => {
                tell(provider, &complaint, "the provider sent the person back without a code", caller);
                return Err(Rejection::AccessDenied.into());
            }
            ProviderAnswer::Failed(complaint) => {
                return Err(provider.unusable(&format!("the provider answered {complaint}")).into());
            }
            ProviderAnswer::Nothing => {
                return Err(Rejection::InvalidRequest("The parameter \"code\" is missing.".to_owned()).into());
            }
        };
        let verifier = keys
            .token
            .open(&sign_in.sealed_verifier, state_key)
            .ok_or_else(|| Fault::new(Dependency::Secrets, "a sealed verifier cannot be opened"))?;
        let redeemed = provider
            .redeem(at.endpoints(), &code, &verifier, &sign_in.redirect_uri, caller.now, &self.outbound)
            .await
            .map_err(|problem| not_redeemed(provider, problem, caller))?;
        let (mut profile, claims) = match &at {
            ResolvedProvider::OpenId(openid, metadata) => {
                self.openid_profile(provider, openid, metadata, redeemed, &sign_in.nonce, caller).await?
            }
            ResolvedProvider::OAuth2(oauth2) => self.oauth2_profile(provider, oauth2, &redeemed.access_token).await?,
        };
        if profile.name.is_none() {
            (profile.name, profile.last_name) = (request.names.name, request.names.last_name);
        }
        Ok(Proof::Subject {
            provider: provider.name.clone(),
            label: provider.label.clone(),
            issuer: issuer.to_owned(),
            trust_email: word(&provider.trust_email, &profile, &claims),
            profile,
        })
    }

    /// The provider `name` and where it is, once it is plain that it is the one that sent the person back.
    pub(super) async fn resolve_provider<'p>(
        &self,
        providers: &'p Providers,
        name: &str,
        request: &CallbackRequest,
        caller: &RequestContext,
    ) -> Result<(&'p Provider, ResolvedProvider<'p>), Error> {
        let provider = providers.usable(name)?;
        let at = self.place(provider, caller).await?;
        at.check_sender(provider.protocol.issuer(), request.iss.as_deref())?;
        Ok((provider, at))
    }

    async fn place<'p>(&self, provider: &'p Provider, caller: &RequestContext) -> Result<ResolvedProvider<'p>, Fault> {
        Ok(match &provider.protocol {
            Protocol::OpenId(openid) => {
                let metadata = self.directory.metadata(openid, &self.outbound, caller.now).await?;
                ResolvedProvider::OpenId(openid, Box::new(metadata))
            }
            Protocol::OAuth2(oauth2) => ResolvedProvider::OAuth2(oauth2),
        })
    }

    async fn openid_profile(
        &self,
        provider: &Provider,
        openid: &OpenId,
        metadata: &Metadata,
        tokens: Redeemed,
        nonce: &str,
        caller: &RequestContext,
    ) -> Result<(Profile, Value), Error> {
        let expected = Expected {
            issuer: &openid.issuer,
            issuer_alias: openid.issuer_alias.as_deref(),
            tenant: openid.tenant.as_deref(),
            hosted_domain: openid.hosted_domain.as_deref(),
            client_id: &provider.client_id,
            nonce,
        };
        let says = Says { provider, metadata, caller };
        let id_token = tokens.id_token.ok_or_else(|| says.lied(ID_TOKEN, IdTokenError("there is none")))?;
        let id_token = Unverified::parse(id_token.reveal(), &metadata.algorithms);
        let id_token = id_token.map_err(|lie| says.lied(ID_TOKEN, lie))?;
        let claims = self.verified(&says, &id_token, |key| id_token.verify(key, &expected, caller.now)).await?;
        let claims = Value::Object(claims.map_err(|lie| says.lied(ID_TOKEN, lie))?);
        let profile = profile::read(&claims, &provider.layout);
        let profile = profile.ok_or_else(|| says.lied(ID_TOKEN, IdTokenError("the subject is unusable")))?;
        // Without the answer of userinfo a person might get a second account, so that silence is no reason to go on.
        let Some(url) = metadata.userinfo_url.as_ref().filter(|_| profile.email.is_none()) else {
            return Ok((profile, claims));
        };
        let info = match self.outbound.userinfo(url, &tokens.access_token).await? {
            UserinfoResponse::Json(info) => info,
            UserinfoResponse::Jwt(token) => {
                let signed = Unverified::parse(token.reveal(), &metadata.userinfo_algorithms);
                let signed = signed.map_err(|lie| says.lied(USERINFO, lie))?;
                let info = self.verified(&says, &signed, |key| signed.verify_userinfo(key, &expected, caller.now));
                Value::Object(info.await?.map_err(|lie| says.lied(USERINFO, lie))?)
            }
        };
        let filled = profile::with_userinfo(profile, &info, &provider.layout);
        Ok((filled.ok_or_else(|| says.lied(USERINFO, IdTokenError("it is about somebody else")))?, claims))
    }

    /// What `verify` makes of a JWT and the key that must have signed it.
    async fn verified(
        &self,
        says: &Says<'_>,
        token: &Unverified<'_>,
        verify: impl FnOnce(IdTokenKey<'_>) -> Result<Map<String, Value>, IdTokenError>,
    ) -> Result<Result<Map<String, Value>, IdTokenError>, Fault> {
        if let Some(secret) = says.provider.credentials.secret().filter(|_| token.is_by_secret()) {
            return Ok(verify(IdTokenKey::Shared(secret)));
        }
        let published = self.directory.key(token, &says.metadata.jwks_url, &self.outbound, says.caller.now).await?;
        let published = published.as_ref().ok_or(IdTokenError("no key of the provider matches"));
        Ok(published.and_then(|key| verify(IdTokenKey::Published(key))))
    }

    async fn oauth2_profile(
        &self,
        provider: &Provider,
        oauth2: &OAuth2,
        access_token: &Secret,
    ) -> Result<(Profile, Value), Error> {
        let userinfo = &oauth2.userinfo;
        let address = userinfo.address(access_token, &provider.credentials);
        let question = ApiRequest { url: &address, post: userinfo.post, headers: &userinfo.headers };
        let document = self.outbound.json(&question, access_token).await?;
        let profile = profile::read(&document, &provider.layout).ok_or(Rejection::InvalidCode)?;
        let Some(url) = &oauth2.emails_url else {
            return Ok((profile, document));
        };
        // People may keep their addresses to themselves: that is a sign-in without an address, not a failed one. Any other
        // failure is one: without the address that is theirs, a person might get a second account.
        let email = match self.outbound.json_if_allowed(&ApiRequest::get(url), access_token).await? {
            Some(Value::Array(list)) => profile::primary_verified_email(&list),
            Some(_) => return Err(Fault::new(Dependency::Provider, "the addresses are not a list").into()),
            None => None,
        };
        Ok((Profile { email_verified: email.is_some(), email, ..profile }, document))
    }
}

/// Who says something about a person, and to whom.
struct Says<'a> {
    provider: &'a Provider,
    metadata: &'a Metadata,
    caller: &'a RequestContext,
}

impl Says<'_> {
    /// Leaves in the log what is wrong with what the provider said.
    fn lied(&self, document: &str, IdTokenError(problem): IdTokenError) -> Error {
        let (request_id, provider) = (&self.caller.request_id, &self.provider.name);
        tracing::warn!(request_id, provider, problem, "{document} refused");
        Rejection::InvalidCode.into()
    }
}

const ID_TOKEN: &str = "ID token";
const USERINFO: &str = "userinfo";

/// A provider and where it is.
pub(super) enum ResolvedProvider<'p> {
    OpenId(&'p OpenId, Box<Metadata>),
    OAuth2(&'p OAuth2),
}

impl ResolvedProvider<'_> {
    fn endpoints(&self) -> Endpoints<'_> {
        match self {
            Self::OpenId(_, metadata) => metadata.endpoints(),
            Self::OAuth2(oauth2) => oauth2.endpoints(),
        }
    }

    /// Refuses a person who was sent back by another provider than the one that they were sent to (RFC 9207
    /// section 2.4): a wrong `iss`, or none from a provider that promised one.
    fn check_sender(&self, issuer: &str, iss: Option<&str>) -> Result<(), Rejection> {
        let promised = matches!(self, Self::OpenId(_, metadata) if metadata.sends_issuer);
        match iss {
            Some(iss) if iss == issuer => Ok(()),
            None if !promised => Ok(()),
            _ => Err(Rejection::InvalidState(StateProblem::OtherSender)),
        }
    }
}

fn not_redeemed(provider: &Provider, problem: TokenRequestError<Fault>, caller: &RequestContext) -> Error {
    match problem {
        TokenRequestError::AccessDenied(complaint) => {
            tell(provider, &complaint, "the provider gave no tokens", caller);
            Rejection::AccessDenied.into()
        }
        TokenRequestError::CodeRefused(complaint) => {
            tell(provider, &complaint, "the provider refused the code", caller);
            Rejection::InvalidCode.into()
        }
        TokenRequestError::Unusable(problem) => provider.unusable(&problem).into(),
        TokenRequestError::Unanswered(fault) => fault.into(),
    }
}

/// Leaves the provider's own reason in the log; the caller never learns it.
fn tell(provider: &Provider, complaint: &ProviderError, what: &str, caller: &RequestContext) {
    tracing::warn!(request_id = caller.request_id, provider = provider.name, complaint = %complaint, "{what}");
}
