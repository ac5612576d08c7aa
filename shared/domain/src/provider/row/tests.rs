use serde_json::json;

use super::super::client_auth::Offer;
use super::super::endpoints::Endpoints;
use super::super::exchange::TokenRequestError;
use super::super::profile;
use super::*;
use crate::account::email::EmailAddress;
use crate::account::trust::Word;
use crate::clock::Timestamp;
use crate::keys::signing_key::SigningKey;
use crate::redirect::AllowedTargets;

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
    let examples: Map<String, Value> = serde_json::from_str(include_str!("../examples.json")).unwrap();
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
    let examples: Map<String, Value> = serde_json::from_str(include_str!("../examples.json")).unwrap();
    let particular = catalog().iter().filter(|(_, row)| row.get("codeErrors").is_some()).count();
    assert_eq!(examples.values().filter(|example| example.get("badCode").is_some()).count(), particular);
    for (name, example) in examples {
        let provider = resolve(&name, registration(&name)).unwrap();
        for (refusal, is_the_codes_fault) in [("badCode", true), ("badSecret", false)] {
            let Some(answer) = example.get(refusal) else { continue };
            let problem = redeem(&provider, answer).await;
            let found = matches!(problem, TokenRequestError::CodeRefused(_));
            assert_eq!(found, is_the_codes_fault, "{name}, {refusal}: {problem:?}");
        }
    }
}

/// What comes of a code when the token endpoint answers with this.
async fn redeem(provider: &Provider, answer: &Value) -> TokenRequestError<std::io::Error> {
    let told = http::Response::builder()
        .status(answer["status"].as_u64().unwrap() as u16)
        .header("content-type", "application/json")
        .body(answer["body"].to_string().into_bytes())
        .unwrap();
    let http = |_: oauth2::HttpRequest| std::future::ready(Ok(told.clone()));
    let endpoints = Endpoints {
        authorize_url: "https://idp.example/a",
        token_url: "https://idp.example/t",
        push_url: None,
        offer: Offer::UNKNOWN,
    };
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
        let expected = format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", tenant.unwrap_or("common"));
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
        (json!({"clientId": ["hunter2"], "issuer": issuer}), "a field has the wrong type: expected a string"),
        (json!({"clientId": "", "issuer": issuer}), "clientId is empty"),
        (
            json!({"clientId": "us", "issuer": issuer, "algorithms": ["HS256"]}),
            "algorithms has an HMAC, which needs a clientSecret of at least 32 bytes",
        ),
        (
            json!({
                "clientId": "us", "clientSecret": "hunter2".repeat(9), "issuer": issuer,
                "algorithms": ["HS256", "HS512"],
            }),
            "algorithms has an HMAC, which needs a clientSecret of at least 64 bytes",
        ),
        (
            json!({"clientId": "us", "issuer": issuer, "speaks": "oauth2", "hostedDomain": "hunter2"}),
            "hostedDomain needs an ID token",
        ),
        (json!({"clientId": "us", "issuer": issuer, "keyId": "hunter2"}), "give either clientSecret, or privateKey"),
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

#[test]
fn a_row_authenticates_by_what_it_holds_in_the_way_that_it_states() {
    let (_, key) = SigningKey::generate(Algorithm::ES256).unwrap();
    let key = key.private_key.reveal();
    let of = |more: Value| {
        let mut row = json!({"clientId": "us", "issuer": "https://i.example"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        resolve("corp", row).map(drop)
    };
    for good in [
        json!({"privateKey": key}),
        json!({"privateKey": key, "keyId": "k1", "clientAuth": "private_key_jwt"}),
        json!({"clientSecret": "s".repeat(32), "clientAuth": "client_secret_jwt"}),
        json!({"clientAuth": "client_secret_post"}),
    ] {
        assert_eq!(of(good.clone()), Ok(()), "{good}");
    }
    for (bad, problem) in [
        (json!({"privateKey": key, "clientSecret": "s"}), "give either clientSecret, or privateKey"),
        (json!({"privateKey": "hunter2"}), "privateKey is not an RSA key"),
        (
            json!({"privateKey": key, "clientAuth": "client_secret_post"}),
            "clientAuth client_secret_post needs a clientSecret",
        ),
        (
            json!({"clientSecret": "hunter2", "clientAuth": "private_key_jwt"}),
            "clientAuth private_key_jwt needs a privateKey",
        ),
        (json!({"clientAuth": "private_key_jwt"}), "clientAuth private_key_jwt needs a privateKey"),
        (
            json!({"clientSecret": "hunter2", "clientAuth": "client_secret_jwt"}),
            "clientAuth client_secret_jwt needs a clientSecret of at least 32 bytes",
        ),
        (json!({"clientAuth": "tls_client_auth"}), "unknown variant `tls_client_auth`"),
    ] {
        let told = of(bad).unwrap_err();
        assert!(told.starts_with(problem) && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn a_plain_provider_that_wants_requests_pushed_has_an_address_for_them() {
    let row = |more: Value| {
        let mut row = json!({"clientId": "us", "clientSecret": "s"});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        resolve("github", row).map(|provider| match provider.protocol {
            Protocol::OAuth2(oauth2) => oauth2.push_url,
            Protocol::OpenId(_) => panic!("OAuth 2.0"),
        })
    };
    let url = "https://ghe.example/par";
    assert_eq!(row(json!({})), Ok(None));
    assert_eq!(row(json!({"pushUrl": url})), Ok(Some(url.to_owned())));
    assert_eq!(row(json!({"push": true, "pushUrl": url})), Ok(Some(url.to_owned())));
    assert_eq!(row(json!({"push": true})), Err("pushUrl is missing".to_owned()));
}
