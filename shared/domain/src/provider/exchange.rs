//! The authorization code grant (RFC 6749 section 4.1) with PKCE (RFC 7636): how a person leaves, and the redemption of the
//! code that they come back with. Somebody else sends the requests.

use std::time::Duration;

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AccessToken, AsyncHttpClient, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken,
    TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::client_auth::RequestAuth;
use super::endpoints::Endpoints;
use super::provider_error::{CodeErrors, ProviderError};
use super::pushed::Push;
use super::state::State;
use super::{Protocol, Provider};
use crate::clock::Timestamp;
use crate::redirect::ReturnTo;
use crate::secret::Secret;

/// What goes with the person to the provider.
#[derive(Debug)]
pub struct AuthorizationParameters<'a> {
    /// Where the provider sends them back to.
    pub redirect_uri: &'a ReturnTo,
    /// Scopes that the caller wants beside the provider's own.
    pub more_scopes: &'a [String],
    /// The state.
    pub state: &'a State,
    /// The PKCE verifier; only its challenge travels.
    pub verifier: &'a Secret,
    /// What an ID token has to repeat.
    pub nonce: Option<&'a str>,
}

/// The request that a person takes to the provider.
#[derive(Debug)]
pub enum AuthorizationRequest {
    /// To this address, at once.
    Direct(String),
    /// To where this leads, once it was pushed.
    Pushed(Push),
}

/// What a code was redeemed for.
#[derive(Debug)]
pub struct Redeemed {
    /// Opens the provider's userinfo.
    pub access_token: Secret,
    /// The ID token, where the provider speaks OpenID Connect.
    pub id_token: Option<Secret>,
}

/// Why a code was not redeemed. Texts are for the log.
#[derive(Debug)]
pub enum TokenRequestError<E> {
    /// The person declined.
    AccessDenied(ProviderError),
    /// The provider does not accept this code, verifier or redirect URI.
    CodeRefused(ProviderError),
    /// The provider answered nothing usable, or does not accept our registration.
    Unusable(String),
    /// The request was not answered at all.
    Unanswered(E),
}

impl Provider {
    /// Whether the provider has a person's browser post what it says, instead of putting it into the address.
    pub fn answers_by_form(&self) -> bool {
        self.authorize_params.iter().any(|(name, value)| name == "response_mode" && value == "form_post")
    }

    /// The request that the person takes to the provider.
    ///
    /// # Errors
    ///
    /// When the configured endpoints are no URLs, or take nothing that we could authenticate by: who cannot come back is
    /// not sent away. The text is for the log.
    pub fn authorization_request(
        &self,
        endpoints: Endpoints<'_>,
        departure: &AuthorizationParameters<'_>,
        now: Timestamp,
    ) -> Result<AuthorizationRequest, String> {
        let authentication = self.credentials.settle(endpoints.offer)?;
        let request = self.request(endpoints, departure)?;
        let Some(push_url) = endpoints.push_url else { return Ok(AuthorizationRequest::Direct(request.into())) };
        let shown = authentication.shown(&self.client_id, self.audience(endpoints), now)?;
        let authorize_url = Url::parse(endpoints.authorize_url).map_err(|error| error.to_string())?;
        Ok(AuthorizationRequest::Pushed(Push::new(push_url, authorize_url, &request, &self.client_id, &shown)))
    }

    /// What the provider knows itself as, in an assertion for it: its issuer, which no other provider can claim, where the
    /// address of an endpoint is whatever metadata says (RFC 7523bis, FAPI 2.0). A plain provider has an issuer by our word
    /// alone.
    fn audience<'a>(&'a self, endpoints: Endpoints<'a>) -> &'a str {
        match (&self.assertion_audience, &self.protocol) {
            (Some(stated), _) => stated,
            (None, Protocol::OpenId(openid)) if !openid.is_of_many_tenants() => &openid.issuer,
            (None, Protocol::OpenId(_) | Protocol::OAuth2(_)) => endpoints.token_url,
        }
    }

    /// The authorization request (RFC 6749 section 4.1.1).
    fn request(&self, endpoints: Endpoints<'_>, departure: &AuthorizationParameters<'_>) -> Result<Url, String> {
        let client = self.client(endpoints, departure.redirect_uri)?;
        let verifier = PkceCodeVerifier::new(departure.verifier.reveal().to_owned());
        let mut request = client
            .authorize_url(|| CsrfToken::new(departure.state.reveal().to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let more_scopes = departure.more_scopes.iter().filter(|scope| !self.scopes.contains(scope));
        let scopes: Vec<_> = self.scopes.iter().chain(more_scopes).map(String::as_str).collect();
        if !scopes.is_empty() {
            // The library knows no separator but a space: to it, these are one scope.
            request = request.add_scope(Scope::new(scopes.join(&self.scope_separator)));
        }
        for (name, value) in &self.authorize_params {
            request = request.add_extra_param(name, value);
        }
        if let Some(nonce) = departure.nonce {
            request = request.add_extra_param("nonce", nonce);
        }
        // Apple reads no `+` as a space, and everybody reads %20 as one; a literal plus is %2B already.
        let mut url = request.url().0;
        let query = url.query().map(|query| query.replace('+', "%20"));
        url.set_query(query.as_deref());
        Ok(url)
    }

    /// Redeems `code` at the token endpoint through `http`.
    ///
    /// # Errors
    ///
    /// Sorted by whose fault it is: the person's, the code's, the provider's or the network's.
    pub async fn redeem<E>(
        &self,
        endpoints: Endpoints<'_>,
        code: &str,
        verifier: &Secret,
        redirect_uri: &ReturnTo,
        now: Timestamp,
        http: &impl for<'c> AsyncHttpClient<'c, Error = E>,
    ) -> Result<Redeemed, TokenRequestError<E>>
    where
        E: std::error::Error + 'static,
    {
        let shown = self.credentials.settle(endpoints.offer);
        let shown = shown.and_then(|by| by.shown(&self.client_id, self.audience(endpoints), now));
        let client = self.client(endpoints, redirect_uri).map_err(TokenRequestError::Unusable)?;
        let (client, fields) = match shown.map_err(TokenRequestError::Unusable)? {
            RequestAuth::Basic(secret) => {
                (client.set_client_secret(ClientSecret::new(secret.reveal().to_owned())), Vec::new())
            }
            // Without a secret of its own, the library names the client in the form.
            RequestAuth::Fields(fields) => (client, fields),
        };
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request =
            fields.iter().fold(request, |request, (name, value)| request.add_extra_param(*name, value.reveal()));
        let answer = request
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.reveal().to_owned()))
            .request_async(http)
            .await
            // The provider may repeat what it was sent, and its words go to the log.
            .map_err(|error| not_redeemed(error, &self.code_errors, &[code, verifier.reveal()]))?;
        Ok(Redeemed { access_token: Secret::new(answer.access_token.secret()), id_token: answer.id_token })
    }

    fn client(&self, endpoints: Endpoints<'_>, redirect_uri: &ReturnTo) -> Result<OAuthClient, String> {
        Ok(Client::new(ClientId::new(self.client_id.clone()))
            .set_auth_uri(AuthUrl::new(endpoints.authorize_url.to_owned()).map_err(|error| error.to_string())?)
            .set_token_uri(TokenUrl::new(endpoints.token_url.to_owned()).map_err(|error| error.to_string())?)
            .set_redirect_uri(RedirectUrl::new(redirect_uri.as_str().to_owned()).map_err(|error| error.to_string())?))
    }
}

fn not_redeemed<E: std::error::Error>(
    error: RequestTokenError<E, BasicErrorResponse>,
    code_errors: &CodeErrors,
    sent: &[&str],
) -> TokenRequestError<E> {
    match error {
        RequestTokenError::ServerResponse(answer) => refused(&answer, code_errors, sent),
        RequestTokenError::Request(error) => TokenRequestError::Unanswered(error),
        // An answer with status 200 that holds no tokens, or an error that is written in no standard way.
        RequestTokenError::Parse(error, body) => match serde_json::from_slice(&body) {
            Ok(answer) => refused(&answer, code_errors, sent),
            Err(_) if serde_json::from_slice(&body).is_ok_and(|answer| code_errors.hold(&answer)) => {
                TokenRequestError::CodeRefused(ProviderError::new("an error of its own for a bad code", None))
            }
            Err(_) => TokenRequestError::Unusable(format!("token answer: {}", error.path())),
        },
        RequestTokenError::Other(problem) => TokenRequestError::Unusable(problem),
    }
}

fn refused<E>(answer: &BasicErrorResponse, code_errors: &CodeErrors, sent: &[&str]) -> TokenRequestError<E> {
    let without = |text: &str| sent.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]"));
    let description = answer.error_description().map(|text| without(text));
    let told = ProviderError::new(&without(answer.error().as_ref()), description.as_deref());
    match answer.error() {
        BasicErrorResponseType::InvalidGrant => TokenRequestError::CodeRefused(told),
        BasicErrorResponseType::Extension(name) if name == "access_denied" => TokenRequestError::AccessDenied(told),
        _ if serde_json::to_value(answer).is_ok_and(|answer| code_errors.hold(&answer)) => {
            TokenRequestError::CodeRefused(told)
        }
        _ => TokenRequestError::Unusable(format!("token error {told}")),
    }
}

type OAuthClient = Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    EndpointSet,
>;

/// What we use of a token answer. The rest is not read, because providers write it as they like: Twitch lists its
/// scopes, Naver quotes the lifetime, LinkedIn leaves out the type.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct TokenAnswer {
    #[serde(skip_serializing)]
    access_token: AccessToken,
    #[serde(skip_serializing)]
    id_token: Option<Secret>,
}

impl TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &BasicTokenType::Bearer
    }

    fn expires_in(&self) -> Option<Duration> {
        None
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::provider::client_auth::Offer;
    use crate::provider::registry::Providers;
    use crate::redirect::AllowedTargets;

    #[test]
    fn a_token_answer_is_read_whatever_stands_beside_the_tokens() {
        for answer in [
            r#"{"access_token": "a1", "token_type": "bearer", "scope": ["openid", "user:read:email"]}"#,
            r#"{"access_token": "a1", "token_type": "bearer", "expires_in": "3600"}"#,
            r#"{"access_token": "a1"}"#,
        ] {
            let read: TokenAnswer = serde_json::from_str(answer).unwrap();
            assert_eq!(read.access_token.secret(), "a1", "{answer}");
        }
        assert!(serde_json::from_str::<TokenAnswer>(r#"{"id_token": "i1"}"#).is_err());
    }

    const AT: Endpoints<'_> = Endpoints {
        authorize_url: "https://idp.example/a",
        token_url: "https://idp.example/t",
        push_url: None,
        offer: Offer::UNKNOWN,
    };

    /// What `row` has a person take along to its provider, who is asked for a calendar as well.
    fn departs(row: &str) -> HashMap<String, String> {
        let providers = Providers::parse(&format!(r#"{{"google": {row}}}"#)).unwrap();
        let targets = AllowedTargets::new(vec!["https://app.example/in".into()]).unwrap();
        let departure = AuthorizationParameters {
            redirect_uri: &targets.find("https://app.example/in").unwrap(),
            more_scopes: &["email".to_owned(), "calendar".to_owned()],
            state: &State::parse("state-of-16-chars").unwrap(),
            verifier: &Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            nonce: Some("n1"),
        };
        let endpoints = Endpoints { authorize_url: "https://idp.example/auth?x=1", ..AT };
        let provider = providers.usable("google").unwrap();
        let exit = provider.authorization_request(endpoints, &departure, Timestamp::from_seconds(1_000_000));
        let AuthorizationRequest::Direct(url) = exit.unwrap() else { panic!("nothing has to be pushed") };
        Url::parse(&url).unwrap().query_pairs().into_owned().collect()
    }

    #[test]
    fn a_person_leaves_with_state_challenge_and_nonce_and_without_the_verifier() {
        let query = departs(r#"{"clientId": "us", "clientSecret": "s"}"#);
        let expected = [
            ("x", "1"),
            ("response_type", "code"),
            ("client_id", "us"),
            ("state", "state-of-16-chars"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("redirect_uri", "https://app.example/in"),
            ("scope", "openid profile email calendar"),
            ("nonce", "n1"),
        ];
        assert_eq!(query, expected.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect());
    }

    #[test]
    fn a_person_for_whom_something_has_to_be_pushed_leaves_later_and_one_whom_nothing_brings_back_never() {
        let row = r#"{"google": {"clientId": "us", "clientSecret": "s"}}"#;
        let providers = Providers::parse(row).unwrap();
        let targets = AllowedTargets::new(vec!["https://app.example/in".into()]).unwrap();
        let departure = AuthorizationParameters {
            redirect_uri: &targets.find("https://app.example/in").unwrap(),
            more_scopes: &[],
            state: &State::parse("state-of-16-chars").unwrap(),
            verifier: &Secret::random(),
            nonce: None,
        };
        let exit = |endpoints| {
            providers.usable("google").unwrap().authorization_request(
                endpoints,
                &departure,
                Timestamp::from_seconds(1_000_000),
            )
        };
        let pushed = exit(Endpoints { push_url: Some("https://idp.example/par"), ..AT });
        let Ok(AuthorizationRequest::Pushed(push)) = pushed else { panic!("{pushed:?}") };
        let body = push.form().body.reveal();
        assert!(body.contains("state=state-of-16-chars") && body.ends_with("&client_secret=s"), "{body}");
        let offer = serde_json::from_str(r#"{"token_endpoint_auth_methods_supported": ["private_key_jwt"]}"#).unwrap();
        assert!(exit(Endpoints { offer: &offer, ..AT }).is_err());
    }

    #[test]
    fn an_assertion_is_for_an_issuer_where_one_is_known_and_else_for_the_token_endpoint() {
        let audience = |name: &str, more: &str| {
            let row = format!(r#"{{"{name}": {{"clientId": "us", "clientSecret": "s"{more}}}}}"#);
            let providers = Providers::parse(&row).unwrap();
            providers.usable(name).unwrap().audience(AT).to_owned()
        };
        assert_eq!(audience("corp", r#", "issuer": "https://idp.example""#), "https://idp.example");
        assert_eq!(audience("google", r#", "assertionAudience": "https://a.example""#), "https://a.example");
        assert_eq!(audience("github", ""), AT.token_url);
        assert_eq!(audience("microsoft", ""), AT.token_url);
    }

    #[test]
    fn scopes_stand_apart_as_the_row_says() {
        let query = departs(r#"{"clientId": "us", "scopes": ["openid", "email"], "scopeSeparator": ","}"#);
        assert_eq!(query["scope"], "openid,email,calendar");
    }
}
