//! A provider as a row of data: what the catalog knows, and what an operator fills in or overrides.

use std::collections::BTreeMap;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::client_secret;
use super::discovery::Known;
use super::exchange::CodeErrors;
use super::id_token::least_secret;
use super::profile::Layout;
use super::trust::TrustEmail;
use super::{ClientAuth, Credentials, OAuth2, OpenId, Protocol, Provider, Userinfo};
use crate::secret::Secret;

/// One row, complete. Unknown fields are refused, so that a misspelt one is noticed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    client_id: String,
    client_secret: Option<Secret>,
    client_auth: Option<ClientAuth>,
    #[serde(default)]
    speaks: Speaks,
    issuer: String,
    issuer_alias: Option<String>,
    authorize_url: Option<String>,
    #[serde(default)]
    authorize_params: BTreeMap<String, String>,
    token_url: Option<String>,
    #[serde(default)]
    code_errors: CodeErrors,
    jwks_url: Option<String>,
    algorithms: Option<Vec<Algorithm>>,
    userinfo_url: Option<String>,
    #[serde(default)]
    userinfo_method: Method,
    #[serde(default)]
    userinfo_headers: BTreeMap<String, String>,
    #[serde(default)]
    userinfo_proof: bool,
    emails_url: Option<String>,
    scopes: Option<Vec<String>>,
    scope_separator: Option<String>,
    profile: Option<Layout>,
    #[serde(default)]
    trust_email: TrustEmail,
    tenant: Option<String>,
    version: Option<String>,
    hosted_domain: Option<String>,
    team_id: Option<String>,
    key_id: Option<String>,
    private_key: Option<Secret>,
    label: Option<String>,
    // Rows may name one, and no page shows it.
    #[serde(rename = "icon")]
    _icon: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Speaks {
    OAuth2,
    #[default]
    OpenId,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    #[default]
    Get,
    Post,
}

/// Resolves the operator's row `given` for the provider `name`.
///
/// # Errors
///
/// What to change, without the row's values: secrets are among them.
pub(super) fn resolve(name: &str, given: Value) -> Result<Provider, String> {
    if !is_name(name) {
        return Err("a name has 1 to 32 lower-case letters, digits or hyphens and is no reserved word".to_owned());
    }
    let Value::Object(given) = given else {
        return Err("the row is not a JSON object".to_owned());
    };
    let merged = merge(known(name)?, given);
    if !merged.contains_key("issuer") {
        let problem =
            "not a provider that Doorward knows by name, so its row needs an issuer (the OpenID provider's URL)";
        return Err(problem.to_owned());
    }
    // serde_json's message names the field and, for a wrong type, would quote the value: a secret must not get there.
    let row: Row = serde_json::from_value(Value::Object(merged)).map_err(|error| without_values(&error.to_string()))?;
    row.provider(name)
}

impl Row {
    fn provider(self, name: &str) -> Result<Provider, String> {
        if self.client_id.is_empty() {
            return Err("clientId is empty".to_owned());
        }
        let credentials = match (self.client_secret, self.team_id, self.key_id, self.private_key) {
            (None, Some(team_id), Some(key_id), Some(private_key)) => {
                if !client_secret::is_minting_key(&private_key) {
                    return Err("privateKey is not an ES256 key (PKCS #8 in PEM)".to_owned());
                }
                Credentials::Minted { team_id, key_id, private_key }
            }
            (Some(secret), None, None, None) => {
                Credentials::Secret(secret, self.client_auth.unwrap_or(ClientAuth::Basic))
            }
            (None, None, None, None) => Credentials::Public,
            _ => return Err("give either clientSecret, or teamId, keyId and privateKey together".to_owned()),
        };
        // OpenID Connect Core sections 10.1 and 16.19.
        if let Some(least) = self.algorithms.iter().flatten().filter_map(|algorithm| least_secret(*algorithm)).max()
            && !matches!(&credentials, Credentials::Secret(secret, _) if secret.reveal().len() >= least)
        {
            return Err(format!("algorithms has an HMAC, whose key is a clientSecret of at least {least} bytes"));
        }
        let (tenant, version) = (self.tenant, self.version);
        let settings = [("{tenant}", tenant.as_deref()), ("{version}", version.as_deref())];
        let filled = |url: Option<String>| {
            let given = settings.iter().filter_map(|(place, setting)| Some((place, (*setting)?)));
            url.map(|url| given.fold(url, |url, (place, setting)| url.replace(place, setting)))
        };
        let required = |url: Option<String>, field: &str| filled(url).ok_or(format!("{field} is missing"));
        let hosted_domain = self.hosted_domain.map(|domain| domain.to_ascii_lowercase());
        let mut authorize_params = self.authorize_params;
        if let Some(domain) = &hosted_domain {
            // So that Google offers no account that will be refused. It is a wish: what counts is what the token says.
            authorize_params.entry("hd".to_owned()).or_insert_with(|| domain.clone());
        }
        let protocol = match self.speaks {
            Speaks::OAuth2 if hosted_domain.is_some() => {
                return Err(
                    "hostedDomain needs an ID token, and this provider does not speak OpenID Connect".to_owned()
                );
            }
            Speaks::OpenId => Protocol::OpenId(OpenId {
                issuer: self.issuer,
                issuer_alias: self.issuer_alias,
                known: Known {
                    authorize_url: filled(self.authorize_url),
                    token_url: filled(self.token_url),
                    userinfo_url: filled(self.userinfo_url),
                    jwks_url: filled(self.jwks_url),
                    algorithms: self.algorithms,
                },
                // Names such as "common" stand for many tenants; only an id can be held against a token.
                tenant: tenant.as_deref().filter(|tenant| is_tenant_id(tenant)).map(str::to_ascii_lowercase),
                hosted_domain,
            }),
            Speaks::OAuth2 => Protocol::OAuth2(OAuth2 {
                issuer: self.issuer,
                authorize_url: required(self.authorize_url, "authorizeUrl")?,
                token_url: required(self.token_url, "tokenUrl")?,
                userinfo: Userinfo {
                    url: required(self.userinfo_url, "userinfoUrl")?,
                    post: self.userinfo_method == Method::Post,
                    headers: self.userinfo_headers.into_iter().collect(),
                    proof: self.userinfo_proof,
                },
                emails_url: filled(self.emails_url),
            }),
        };
        let standard_scopes = || ["openid", "profile", "email"].map(str::to_owned).to_vec();
        Ok(Provider {
            name: name.to_owned(),
            label: self.label.unwrap_or_else(|| capitalized(name)),
            client_id: self.client_id,
            credentials,
            scopes: self.scopes.unwrap_or_else(standard_scopes),
            scope_separator: self.scope_separator.unwrap_or_else(|| " ".to_owned()),
            authorize_params: authorize_params.into_iter().collect(),
            trust_email: self.trust_email,
            layout: self.profile.unwrap_or_default(),
            code_errors: self.code_errors,
            protocol,
        })
    }
}

/// A name as people would write it: `our-idp` is `Our idp`.
fn capitalized(name: &str) -> String {
    let mut letters = name.chars().map(|letter| if letter == '-' { ' ' } else { letter });
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Whether this is an id of a Microsoft tenant, which stands in the claim `tid` as well.
pub(super) fn is_tenant_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether the catalog has a provider of this name.
pub(super) fn is_known(name: &str) -> bool {
    known(name).is_ok_and(|row| !row.is_empty())
}

fn known(name: &str) -> Result<Map<String, Value>, String> {
    let mut catalog: Map<String, Value> =
        serde_json::from_str(CATALOG).map_err(|error| format!("the catalog is unreadable: {error}"))?;
    Ok(match catalog.remove(name) {
        Some(Value::Object(row)) => row,
        _ => Map::new(),
    })
}

fn merge(mut known: Map<String, Value>, given: Map<String, Value>) -> Map<String, Value> {
    if given.get("issuer").is_some_and(|issuer| Some(issuer) != known.get("issuer")) {
        // Whoever names another issuer means another provider. Nothing that is known of an OpenID provider holds for it;
        // a plain OAuth 2.0 one may be a server of one's own that speaks as the known one does. Neither is trusted
        // because of the name that it was given.
        if known.contains_key("speaks") {
            drop(known.remove("trustEmail"))
        } else {
            known.retain(|field, _| field == "label")
        }
    }
    known.extend(given);
    known
}

/// Names are path segments of our routes; these would collide with routes of another meaning.
fn is_name(name: &str) -> bool {
    let well_formed = (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    well_formed && !["external", "invites", "session", "current"].contains(&name)
}

pub(super) fn without_values(message: &str) -> String {
    let (kind, rest) = message.split_once(": ").unwrap_or((message, ""));
    match kind {
        "invalid type" | "invalid value" | "invalid length" => {
            let expected = rest.rsplit_once("expected ").map_or("something else", |(_, expected)| expected);
            format!("a field is of the wrong kind: expected {expected}")
        }
        _ => message.to_owned(),
    }
}

/// The providers that Doorward knows by name.
const CATALOG: &str = include_str!("catalog.json");

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::exchange::{Endpoints, NotRedeemed};
    use super::super::profile;
    use super::super::trust::Word;
    use super::*;
    use crate::access_token::SigningKey;
    use crate::clock::Timestamp;
    use crate::email::EmailAddress;
    use crate::return_to::AllowedTargets;

    fn catalog() -> Map<String, Value> {
        serde_json::from_str(CATALOG).unwrap()
    }

    fn registration(name: &str) -> Value {
        match name {
            "apple" => {
                let (_, key) = SigningKey::generate(Algorithm::ES256).unwrap();
                json!({"clientId": "us", "teamId": "T", "keyId": "K", "privateKey": key.private_key.reveal()})
            }
            _ => json!({"clientId": "us", "clientSecret": "0123456789abcdef0123456789abcdef"}),
        }
    }

    #[test]
    fn every_row_of_the_catalog_is_complete_with_a_registration() {
        assert_eq!(catalog().len(), 26);
        for name in catalog().keys() {
            let provider = resolve(name, registration(name)).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            let urls = match &provider.protocol {
                Protocol::OAuth2(oauth2) => vec![&oauth2.authorize_url, &oauth2.token_url, &oauth2.userinfo.url],
                Protocol::OpenId(openid) => {
                    let known = &openid.known;
                    [&known.authorize_url, &known.token_url, &known.jwks_url].into_iter().flatten().collect()
                }
            };
            assert!(catalog()[name]["label"].is_string(), "{name}");
            for url in urls {
                let url = url::Url::parse(url).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(url.scheme(), "https", "{name}");
            }
        }
    }

    #[test]
    fn the_layout_of_every_row_reads_an_answer_of_its_provider() {
        let examples: Map<String, Value> = serde_json::from_str(include_str!("examples.json")).unwrap();
        assert_eq!(examples.keys().collect::<Vec<_>>(), catalog().keys().collect::<Vec<_>>());
        for (name, example) in examples {
            let provider = resolve(&name, registration(&name)).unwrap();
            let profile = profile::read(&example["answer"], &provider.layout).unwrap();
            let read = json!({
                "subject": profile.subject,
                "email": profile.email,
                "verified": profile.email_verified,
                "name": profile.name,
                "picture": profile.picture,
            });
            assert_eq!(read, example["profile"], "{name}");
        }
    }

    #[tokio::test]
    async fn every_provider_that_has_words_of_its_own_for_a_bad_code_is_understood() {
        let examples: Map<String, Value> = serde_json::from_str(include_str!("examples.json")).unwrap();
        let particular = catalog().iter().filter(|(_, row)| row.get("codeErrors").is_some()).count();
        assert_eq!(examples.values().filter(|example| example.get("badCode").is_some()).count(), particular);
        for (name, example) in examples {
            let provider = resolve(&name, registration(&name)).unwrap();
            for (refusal, is_the_codes_fault) in [("badCode", true), ("badSecret", false)] {
                let Some(answer) = example.get(refusal) else { continue };
                let problem = redeem(&provider, answer).await;
                let found = matches!(problem, NotRedeemed::CodeRefused);
                assert_eq!(found, is_the_codes_fault, "{name}, {refusal}: {problem:?}");
            }
        }
    }

    /// What comes of a code when the token endpoint answers with this.
    async fn redeem(provider: &Provider, answer: &Value) -> NotRedeemed<std::io::Error> {
        let told = http::Response::builder()
            .status(answer["status"].as_u64().unwrap() as u16)
            .header("content-type", "application/json")
            .body(answer["body"].to_string().into_bytes())
            .unwrap();
        let http = |_: oauth2::HttpRequest| std::future::ready(Ok(told.clone()));
        let endpoints = Endpoints { authorize_url: "https://idp.example/a", token_url: "https://idp.example/t" };
        let targets = AllowedTargets::new(vec!["https://app.example/in".into()]).unwrap();
        let return_to = targets.find("https://app.example/in").unwrap();
        let (verifier, now) = (Secret::random(), Timestamp::from_seconds(1_000_000));
        provider.redeem(endpoints, "code", &verifier, &return_to, now, &http).await.unwrap_err()
    }

    #[test]
    fn another_issuer_under_a_known_name_is_discovered() {
        let given = json!({"clientId": "us", "clientSecret": "s", "issuer": "https://idp.example"});
        let Protocol::OpenId(openid) = resolve("google", given).unwrap().protocol else { panic!("OpenID Connect") };
        assert_eq!((openid.issuer.as_str(), openid.issuer_alias.as_deref()), ("https://idp.example", None));
        assert!(openid.known.complete().is_none());
    }

    #[test]
    fn trust_does_not_follow_a_known_name_to_another_issuer_unless_the_row_says_so() {
        for name in ["google", "github"] {
            let trusted = |more: Value| {
                let mut given = registration(name);
                given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                resolve(name, given).unwrap().trust_email
            };
            let (elsewhere, all) = (json!({"issuer": "https://idp.example"}), TrustEmail::All);
            assert_ne!(trusted(json!({})), all(Word::False), "{name}");
            assert_eq!(trusted(elsewhere), all(Word::False), "{name}");
            for (spelled, word) in [(json!(true), Word::True), (json!("confirmed"), Word::Confirmed)] {
                let given = json!({"issuer": "https://idp.example", "trustEmail": spelled});
                assert_eq!(trusted(given), all(word), "{name}");
            }
        }
    }

    #[test]
    fn the_catalogs_providers_are_believed_as_far_as_they_answer_for_a_mailbox() {
        use Word::{Confirmed, False, True};
        let examples = [
            ("google", "ada@gmail.com", json!({}), True),
            ("google", "ada@corp.example", json!({"hd": "corp.example"}), True),
            ("google", "ada@corp.example", json!({}), Confirmed),
            ("google", "ada@corp.example", json!({"hd": "other.example"}), Confirmed),
            ("microsoft", "ada@corp.example", json!({}), True),
            ("apple", "ada@icloud.com", json!({}), True),
            ("apple", "ada@me.com", json!({}), True),
            ("apple", "ada@mac.com", json!({}), True),
            ("apple", "x1@privaterelay.appleid.com", json!({}), True),
            ("apple", "ada@corp.example", json!({"hd": "corp.example"}), Confirmed),
            ("github", "ada@github.com", json!({}), Confirmed),
            ("discord", "ada@corp.example", json!({}), Confirmed),
            ("gitlab", "ada@gitlab.com", json!({}), Confirmed),
        ];
        for (name, address, claims, expected) in &examples {
            let trust = resolve(name, registration(name)).unwrap().trust_email;
            assert_eq!(trust.word(&EmailAddress::parse(address).unwrap(), claims), *expected, "{name} {address}");
        }
        for name in catalog().keys().filter(|name| examples.iter().all(|(known, ..)| known != name)) {
            let trust = resolve(name, registration(name)).unwrap().trust_email;
            assert_eq!(trust, TrustEmail::All(False), "{name}");
        }
    }

    #[test]
    fn an_operators_own_word_stands_for_all_that_the_catalog_says_of_addresses() {
        for (spelled, word) in [(json!(true), Word::True), (json!(false), Word::False)] {
            let google = resolve("google", json!({"clientId": "us", "clientSecret": "s", "trustEmail": spelled}));
            assert_eq!(google.unwrap().trust_email, TrustEmail::All(word));
        }
    }

    #[test]
    fn a_provider_that_nobody_knows_needs_an_issuer_and_is_not_trusted_for_linking() {
        assert!(resolve("corp", json!({"clientId": "us"})).unwrap_err().contains("needs an issuer"));
        let corp = resolve("corp", json!({"clientId": "us", "issuer": "https://idp.example"})).unwrap();
        assert_eq!(corp.trust_email, TrustEmail::All(Word::False));
    }

    #[test]
    fn an_operator_adds_a_plain_oauth_provider_of_their_own() {
        let forge = resolve(
            "forge",
            json!({
                "clientId": "us", "clientSecret": "s", "speaks": "oauth2", "issuer": "https://forge.example",
                "authorizeUrl": "https://forge.example/a", "tokenUrl": "https://forge.example/t",
                "userinfoUrl": "https://forge.example/me", "profile": {"subject": "/user/id"}, "scopes": ["me"],
            }),
        );
        let profile = profile::read(&json!({"user": {"id": 7}}), &forge.unwrap().layout).unwrap();
        assert_eq!(profile.subject, "7");
    }

    #[test]
    fn a_known_provider_may_be_moved_to_other_addresses() {
        let given = json!({"clientId": "us", "clientSecret": "s", "userinfoUrl": "https://ghe.example/user"});
        let Protocol::OAuth2(oauth2) = resolve("github", given).unwrap().protocol else { panic!("OAuth 2.0") };
        assert_eq!(oauth2.userinfo.url, "https://ghe.example/user");
        assert_eq!(oauth2.issuer, "https://github.com/login/oauth");
    }

    #[test]
    fn a_tenant_fills_the_addresses_and_only_its_id_is_held_against_tokens() {
        let id = "11111111-2222-3333-4444-555555555555";
        for (tenant, held) in [(None, None), (Some("contoso.example"), None), (Some(id), Some(id))] {
            let given = json!({"clientId": "us", "clientSecret": "s", "tenant": tenant.unwrap_or("common")});
            let Protocol::OpenId(openid) = resolve("microsoft", given).unwrap().protocol else { panic!("OpenID") };
            let expected =
                format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", tenant.unwrap_or("common"));
            assert_eq!(openid.known.token_url, Some(expected));
            assert_eq!(openid.tenant.as_deref(), held);
        }
    }

    #[test]
    fn a_version_of_facebooks_graph_stands_in_both_addresses() {
        for (given, version) in [
            (json!({"clientId": "us", "clientSecret": "s"}), "v24.0"),
            (json!({"clientId": "us", "clientSecret": "s", "version": "v99.0"}), "v99.0"),
        ] {
            let Protocol::OAuth2(oauth2) = resolve("facebook", given).unwrap().protocol else { panic!("OAuth 2.0") };
            assert_eq!(oauth2.authorize_url, format!("https://www.facebook.com/{version}/dialog/oauth"));
            assert_eq!(oauth2.token_url, format!("https://graph.facebook.com/{version}/oauth/access_token"));
        }
    }

    #[test]
    fn a_faulty_row_is_described_without_its_values() {
        let issuer = "https://i.example";
        for (given, problem) in [
            (json!({"clientid": "us", "issuer": issuer}), "unknown field `clientid`"),
            (json!({"clientId": ["hunter2"], "issuer": issuer}), "a field is of the wrong kind: expected a string"),
            (json!({"clientId": "", "issuer": issuer}), "clientId is empty"),
            (
                json!({"clientId": "us", "issuer": issuer, "algorithms": ["HS256"]}),
                "algorithms has an HMAC, whose key is a clientSecret of at least 32 bytes",
            ),
            (
                json!({
                    "clientId": "us", "clientSecret": "hunter2".repeat(9), "issuer": issuer,
                    "algorithms": ["HS256", "HS512"],
                }),
                "algorithms has an HMAC, whose key is a clientSecret of at least 64 bytes",
            ),
            (
                json!({"clientId": "us", "issuer": issuer, "speaks": "oauth2", "hostedDomain": "hunter2"}),
                "hostedDomain needs an ID token",
            ),
            (json!({"clientId": "us", "issuer": issuer, "keyId": "hunter2"}), "give either clientSecret, or teamId"),
            (
                json!({"clientId": "us", "issuer": issuer, "teamId": "T", "keyId": "K", "privateKey": "hunter2"}),
                "privateKey is not an ES256 key",
            ),
            (json!("hunter2"), "the row is not a JSON object"),
        ] {
            let told = resolve("corp", given).unwrap_err();
            assert!(told.starts_with(problem) && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_reserved_or_ill_formed_name_is_refused() {
        for name in ["external", "invites", "session", "current", "Google", "a b", ""] {
            assert!(resolve(name, json!({"clientId": "us", "issuer": "https://i.example"})).is_err(), "{name}");
        }
    }
}
