//! Providers: who may vouch for a person. A provider is a row of data; an operator's row fills or overrides the
//! catalog's.

pub mod client_auth;
pub mod client_secret;
pub mod discovery;
pub mod endpoints;
pub mod exchange;
pub mod external;
pub mod id_token;
pub mod profile;
pub mod provider_error;
pub mod pushed;
pub mod registry;
mod row;
pub mod state;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

use crate::error::{Dependency, Fault};
use crate::secret::Secret;
use client_auth::{ClientCredentials, Offer};

/// A provider, ready to be used.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in the configuration and in our routes.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Our registration there.
    pub client_id: String,
    /// How we show that the registration is ours.
    pub credentials: ClientCredentials,
    /// What it calls itself in an assertion of ours, where its row says so.
    pub assertion_audience: Option<String>,
    /// What is asked for at least.
    pub scopes: Vec<String>,
    /// What stands between two scopes: a space (RFC 6749 section 3.3), but for providers that want something else.
    pub scope_separator: String,
    /// What else its authorization endpoint wants to be told.
    pub authorize_params: Vec<(String, String)>,
    /// How far its word on an address goes.
    pub trust_email: crate::account::trust::TrustEmail,
    /// Where in its word about a person things stand.
    pub layout: profile::ClaimMapping,
    /// How it says that a code is not good, where it has words of its own for it.
    pub code_errors: provider_error::CodeErrors,
    /// Where it is and what it speaks.
    pub protocol: Protocol,
}

impl Provider {
    /// Why nobody can sign in with it at the moment, for the log.
    pub fn unusable(&self, problem: &str) -> Fault {
        Fault::new(Dependency::Provider, of_row(&self.name, problem))
    }
}

/// A provider as a person chooses it. It is all that whoever only shows it has to know.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Listed {
    /// Its name in our routes.
    pub name: String,
    /// Its name for people.
    pub label: String,
}

impl Listed {
    /// Reads the secret that has the providers' labels.
    ///
    /// # Errors
    ///
    /// When it is no list of them.
    pub fn parse_all(json: &str) -> Result<Vec<Self>, String> {
        serde_json::from_str(json)
            .map_err(|error| format!("not a list of labels (line {}, column {})", error.line(), error.column()))
    }

    /// What stands for it where there is no mark of it: the first letter of its label.
    pub fn letter(&self) -> String {
        self.label.chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
    }
}

/// What a provider speaks.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// OpenID Connect; what the row does not say is discovered.
    OpenId(OpenId),
    /// OAuth 2.0 and a profile in JSON.
    OAuth2(OAuth2),
}

/// An OpenID provider as far as its row knows it.
#[derive(Clone, Debug)]
pub struct OpenId {
    /// Its issuer. One with `{tenantid}` in it stands for many (Microsoft): the token's own tenant fills it.
    pub issuer: String,
    /// Another spelling of the issuer that its tokens may carry.
    pub issuer_alias: Option<String>,
    /// Endpoints that the row gives; discovery fills the rest.
    pub known: discovery::Known,
    /// The only tenant whose people may come in, by its id.
    pub tenant: Option<String>,
    /// The only hosted domain whose people may come in (Google).
    pub hosted_domain: Option<String>,
}

/// A plain OAuth 2.0 provider.
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// What identities of this provider are filed under, and what an `iss` in the callback must be (RFC 9207).
    pub issuer: String,
    /// The authorization endpoint.
    pub authorize_url: String,
    /// The token endpoint.
    pub token_url: String,
    /// Where requests have to be pushed, where they have (RFC 9126).
    pub push_url: Option<String>,
    /// How the profile is read.
    pub userinfo: Userinfo,
    /// Where the addresses are, when the profile has none that counts.
    pub emails_url: Option<String>,
}

/// How a plain OAuth 2.0 provider is asked about a person.
#[derive(Clone, Debug)]
pub struct Userinfo {
    /// The URL.
    pub url: String,
    /// Whether by POST, with an empty body.
    pub post: bool,
    /// With which headers beside the token.
    pub headers: Vec<(String, String)>,
    /// Whether it wants proof that the token came to us: `appsecret_proof` (Facebook).
    pub proof: bool,
}

impl Protocol {
    /// Who vouches for the subjects of this provider.
    pub fn issuer(&self) -> &str {
        match self {
            Self::OpenId(openid) => &openid.issuer,
            Self::OAuth2(oauth2) => &oauth2.issuer,
        }
    }
}

impl OpenId {
    /// Whether its issuer stands for many, of which a token's own tenant names one.
    pub fn is_of_many_tenants(&self) -> bool {
        self.issuer.contains(id_token::TENANT_ID)
    }
}

impl Userinfo {
    /// Where to ask with `access_token`. With a proof, the address carries it: hexadecimal HMAC-SHA256 of the token
    /// under our client secret, so that a token stolen elsewhere is of no use here.
    pub fn address(&self, access_token: &Secret, credentials: &ClientCredentials) -> String {
        match credentials.secret() {
            Some(secret) if self.proof => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
                let proof = hmac::sign(&key, access_token.reveal().as_bytes());
                let digits = proof.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
                let separator = if self.url.contains('?') { '&' } else { '?' };
                format!("{}{separator}appsecret_proof={digits}", self.url)
            }
            _ => self.url.clone(),
        }
    }
}

impl OAuth2 {
    /// The OAuth endpoints.
    pub fn endpoints(&self) -> endpoints::Endpoints<'_> {
        endpoints::Endpoints {
            authorize_url: &self.authorize_url,
            token_url: &self.token_url,
            push_url: self.push_url.as_deref(),
            offer: Offer::UNKNOWN,
        }
    }
}

fn of_row(name: &str, problem: &str) -> String {
    format!("provider {name:?}: {problem}")
}

#[cfg(test)]
mod tests {
    use super::client_auth::Held;
    use super::*;

    #[test]
    fn a_proof_is_the_hmac_of_the_token_under_our_secret() {
        // RFC 4231, test case 2.
        let credentials = ClientCredentials::new(Held::Secret(Secret::new("Jefe")), None).unwrap();
        let token = Secret::new("what do ya want for nothing?");
        let userinfo =
            |proof| Userinfo { url: "https://g.example/me?fields=id".into(), post: false, headers: Vec::new(), proof };
        assert_eq!(
            userinfo(true).address(&token, &credentials),
            "https://g.example/me?fields=id&appsecret_proof=\
             5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(userinfo(false).address(&token, &credentials), "https://g.example/me?fields=id");
    }
}
