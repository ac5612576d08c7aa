use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use axum::body::to_bytes;
use axum::extract::{Form, RawQuery, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use url::Url;

use super::account::Account;
use super::*;
use crate::clock;

const URL: &str = "http://localhost:9100";
const ISSUER: &str = "http://localhost:9100/_local/demo";
const REDIRECT: &str = "http://localhost:9100/";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The example of RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn provider() -> Shared {
    mock("demo")
}

fn mock(name: &str) -> Shared {
    let names = [name.to_owned()];
    let names = if name == "demo" { &[] } else { &names[..] };
    let providers = MockProviders::new(names, URL, URL, &[REDIRECT.to_owned()], &DataLocation::Memory).unwrap();
    State(Arc::new(providers.0.into_iter().last().unwrap()))
}

fn form(fields: &[(&str, &str)]) -> Form<BTreeMap<String, String>> {
    Form(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn query(changes: &[(&str, &str)]) -> RawQuery {
    let mut parameters = BTreeMap::from([
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "openid identify email"),
        ("state", "state-1"),
        ("nonce", "nonce-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    parameters.extend(changes.iter().copied());
    RawQuery(Some(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()))
}

/// Userinfo for a fresh sign-in with these fields of the form, asked with these headers beside the token.
async fn userinfo(provider: &Shared, fields: &[(&str, &str)], query: &str, agent: bool) -> (StatusCode, Value) {
    let (_, tokens) = redeem(provider, &sent_back(&decide(provider, &[], fields).await)["code"], &[]).await;
    let mut headers = HeaderMap::new();
    let token = tokens["access_token"].as_str().unwrap();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    if agent {
        headers.insert(header::USER_AGENT, HeaderValue::from_static("tests"));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, provider.keys.client_secret.as_bytes());
    let proof = crate::random::hex(hmac::sign(&key, token.as_bytes()).as_ref());
    let query = RawQuery(Some(query.replace("PROOF", &proof)));
    read(token::userinfo(State(provider.0.clone()), query, headers).await).await
}

/// The claims of the ID token for a fresh sign-in with these fields of the form.
async fn claims(provider: &Shared, fields: &[(&str, &str)]) -> Value {
    let code = sent_back(&decide(provider, &[], fields).await)["code"].clone();
    claims_of(&redeem(provider, &code, &[]).await.1)
}

fn claims_of(tokens: &Value) -> Value {
    let id_token = tokens["id_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn decide(provider: &Shared, changes: &[(&str, &str)], fields: &[(&str, &str)]) -> Response {
    authorize::decide(State(provider.0.clone()), query(changes), form(fields)).await
}

/// Where the answer sends the browser, without the address itself.
fn sent_back(response: &Response) -> BTreeMap<String, String> {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()[header::LOCATION].to_str().unwrap();
    assert!(location.starts_with(REDIRECT), "{location}");
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

async fn code(provider: &Shared) -> String {
    let person = [("email", "demo@example.com"), ("name", "Demo")];
    sent_back(&decide(provider, &[], &person).await)["code"].clone()
}

async fn redeem(provider: &Shared, code: &str, changes: &[(&str, &str)]) -> (StatusCode, Value) {
    let secret = provider.keys.client_secret.clone();
    let mut fields = BTreeMap::from([
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", CLIENT_ID),
        ("client_secret", &secret),
    ]);
    fields.extend(changes.iter().copied());
    let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    read(token::redeem(State(provider.0.clone()), json_reader(), form(&fields)).await).await
}

fn json_reader() -> HeaderMap {
    HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("application/json"))])
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_sign_in_ends_with_a_signed_id_token_for_this_client_and_nonce() {
    let provider = provider();
    let back = sent_back(&decide(&provider, &[], &[("email", "Demo@example.com"), ("name", "Demo")]).await);
    assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("state-1", ISSUER));
    let (status, tokens) = redeem(&provider, &back["code"], &[]).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");

    let id_token = tokens["id_token"].as_str().unwrap();
    let (message, signature) = id_token.rsplit_once('.').unwrap();
    let key = &provider.keys.jwks(true)["keys"][0];
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    RsaPublicKeyComponents { n: number("n"), e: number("e") }
        .verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();

    let claims = URL_SAFE_NO_PAD.decode(message.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["nonce"]),
        (&json!(ISSUER), &json!(CLIENT_ID), &json!("nonce-1"))
    );
    assert_eq!((&claims["email"], &claims["email_verified"]), (&json!("Demo@example.com"), &json!(true)));

    let mut headers = HeaderMap::new();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&bearer).unwrap());
    let (status, userinfo) = read(token::userinfo(State(provider.0.clone()), RawQuery(None), headers).await).await;
    assert_eq!((status, &userinfo["sub"]), (StatusCode::OK, &claims["sub"]));
}

#[test]
fn the_same_address_is_the_same_person_at_every_provider() {
    let account = |email: &str| Account::new(email.to_owned(), String::new(), [].into());
    for spec in SPECS.iter().chain([&DEMO]) {
        let subject = |email: &str| {
            let told = (spec.claims_of)(&account(email));
            let subject = ["oid", "sub", "id"].iter().find_map(|name| told.get(name));
            subject.unwrap_or_else(|| panic!("{}: {told}", spec.name)).clone()
        };
        assert_eq!(subject("a@example.com"), subject("A@example.com"), "{}", spec.name);
        assert_ne!(subject("a@example.com"), subject("b@example.com"), "{}", spec.name);
    }
}

#[tokio::test]
async fn a_code_works_once() {
    let provider = provider();
    let code = code(&provider).await;
    assert_eq!(redeem(&provider, &code, &[]).await.0, StatusCode::OK);
    let (status, error) = redeem(&provider, &code, &[]).await;
    assert_eq!((status, &error["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_code_is_worth_nothing_with_another_verifier_or_address() {
    let provider = provider();
    for lie in [("code_verifier", "another"), ("code_verifier", ""), ("redirect_uri", "http://localhost:9100/other")] {
        let code = code(&provider).await;
        assert_eq!(redeem(&provider, &code, &[lie]).await.1["error"], "invalid_grant", "{lie:?}");
    }
}

#[tokio::test]
async fn a_client_must_know_its_secret() {
    let provider = provider();
    for lie in [("client_secret", "wrong"), ("client_secret", ""), ("client_id", "other")] {
        let code = code(&provider).await;
        let (status, error) = redeem(&provider, &code, &[lie]).await;
        assert_eq!((status, &error["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")), "{lie:?}");
    }
}

#[tokio::test]
async fn a_client_may_use_basic_authentication() {
    let provider = provider();
    let code = code(&provider).await;
    let basic = format!("{CLIENT_ID}:{}", provider.keys.client_secret);
    let basic = format!("Basic {}", STANDARD.encode(basic));
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(&basic).unwrap())]);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let (status, tokens) = read(token::redeem(State(provider.0.clone()), headers, form(&fields)).await).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_the_client_does_not_have() {
    let provider = provider();
    for lie in
        [("redirect_uri", "https://evil.example/"), ("redirect_uri", "http://localhost:9100/x"), ("client_id", "x")]
    {
        let response = decide(&provider, &[lie], &[("email", "demo@example.com")]).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{lie:?}");
        assert!(!response.headers().contains_key(header::LOCATION));
    }
}

#[tokio::test]
async fn what_is_wrong_otherwise_is_told_to_the_client() {
    let provider = provider();
    for (lie, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "email"), "invalid_scope"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let back = sent_back(&decide(&provider, &[lie], &[("email", "demo@example.com")]).await);
        assert_eq!((back["error"].as_str(), back["state"].as_str(), back["iss"].as_str()), (error, "state-1", ISSUER));
    }
    let back = sent_back(&decide(&provider, &[], &[("decision", "deny")]).await);
    assert_eq!(back["error"], "access_denied");
}

#[tokio::test]
async fn a_name_cannot_break_out_of_the_page() {
    let provider = provider();
    let response = authorize::ask(State(provider.0.clone()), query(&[("login_hint", "\"><script>")])).await;
    let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let page = std::str::from_utf8(&page).unwrap();
    assert!(page.contains("&quot;&gt;&lt;script&gt;") && !page.contains("<script>"));
}

const ADA: [(&str, &str); 2] = [("email", "ada@example.com"), ("name", "Ada Lovelace")];

fn ada_and(scenario: &'static str) -> Vec<(&'static str, &'static str)> {
    [&ADA[..], &[(scenario, "yes")]].concat()
}

#[tokio::test]
async fn every_provider_offers_its_own_scenarios_and_says_that_it_is_mocked() {
    for spec in &SPECS {
        let provider = mock(spec.name);
        let posts: &[_] = if spec.posts { &[("response_mode", "form_post"), ("scope", "email")] } else { &[] };
        let RawQuery(query) = query(posts);
        let page = authorize::ask(State(provider.0.clone()), RawQuery(query)).await;
        let page = to_bytes(page.into_body(), usize::MAX).await.unwrap();
        let page = std::str::from_utf8(&page).unwrap();
        assert!(page.contains(&format!("This is {}, mocked by the local stack", spec.label)), "{page}");
        for scenario in spec.scenarios {
            assert!(page.contains(&format!("name=\"{}\"", scenario.field().0)), "{}: {scenario:?}", spec.name);
        }
        assert!(!page.contains("{{"), "{page}");
    }
}

#[tokio::test]
async fn every_provider_sends_people_to_doorwards_callbacks_for_it_and_for_nobody_else() {
    for spec in &SPECS {
        let other = if spec.name == "google" { "github" } else { "google" };
        let provider = mock(spec.name);
        for (path, status) in [
            (format!("/v1/auth/callback/{}", spec.name), StatusCode::OK),
            (format!("/auth/social/{}/callback", spec.name), StatusCode::OK),
            ("/accounts/oauth/callback".to_owned(), StatusCode::OK),
            (format!("/v1/auth/callback/{other}"), StatusCode::BAD_REQUEST),
        ] {
            let redirect = format!("{URL}{path}");
            let changes = [("redirect_uri", redirect.as_str()), ("response_mode", "form_post"), ("scope", "openid")];
            let asked = authorize::ask(State(provider.0.clone()), query(&changes)).await;
            // Where a scope is missing, the client is told.
            let status =
                if spec.scope == Some("identify") && status == StatusCode::OK { StatusCode::SEE_OTHER } else { status };
            assert_eq!(asked.status(), status, "{}: {path}", spec.name);
        }
    }
}

#[tokio::test]
async fn google_tells_the_hosted_domain_and_may_name_itself_shortly() {
    let provider = mock("google");
    let told = claims(&provider, &ADA).await;
    assert_eq!((&told["iss"], &told["hd"]), (&json!("https://accounts.google.com"), &json!("example.com")));
    let told = claims(&provider, &[("email", "ada@gmail.com"), ("short-issuer", "yes")]).await;
    assert_eq!((&told["iss"], told.get("hd")), (&json!("accounts.google.com"), None));
}

#[tokio::test]
async fn github_says_its_errors_with_status_200() {
    let provider = mock("github");
    let (status, error) = redeem(&provider, "never given", &[]).await;
    assert_eq!((status, &error["error"]), (StatusCode::OK, &json!("bad_verification_code")));
    let (status, error) = redeem(&provider, "never given", &[("client_secret", "wrong")]).await;
    assert_eq!((status, &error["error"]), (StatusCode::OK, &json!("incorrect_client_credentials")));
}

#[tokio::test]
async fn github_knows_people_by_number_and_wants_to_know_who_asks() {
    let provider = mock("github");
    let back = sent_back(&decide(&provider, &[], &ADA).await);
    assert_eq!(back["iss"], "https://github.com/login/oauth");
    let (_, told) = userinfo(&provider, &ADA, "", true).await;
    assert!(told["id"].is_u64() && told["email"].is_null(), "{told}");
    assert_eq!(userinfo(&provider, &ADA, "", false).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn facebook_checks_the_proof_and_tells_what_was_asked_for() {
    let provider = mock("facebook");
    let (_, told) = userinfo(&provider, &ADA, "fields=id,email&appsecret_proof=PROOF", true).await;
    assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "id"]);
    for query in ["fields=id", "fields=id&appsecret_proof=00"] {
        let (status, error) = userinfo(&provider, &ADA, query, true).await;
        assert_eq!((status, &error["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(100)), "{query}");
    }
    let location = decide(&provider, &[], &ADA).await.headers()[header::LOCATION].clone();
    assert!(location.to_str().unwrap().ends_with("#_=_"), "{location:?}");
}

#[tokio::test]
async fn facebook_says_its_errors_in_its_own_shape() {
    let provider = mock("facebook");
    for (lie, code) in [(("code_verifier", "another"), 100), (("client_secret", "wrong"), 1)] {
        let given = self::code(&provider).await;
        let (status, error) = redeem(&provider, &given, &[lie]).await;
        assert_eq!((status, &error["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{lie:?}");
    }
}

#[tokio::test]
async fn discord_may_know_neither_address_nor_picture() {
    let provider = mock("discord");
    let fields = [&ada_and("no-email")[..], &[("no-avatar", "yes")]].concat();
    let (_, told) = userinfo(&provider, &fields, "", true).await;
    assert!(told["email"].is_null() && told["avatar"].is_null(), "{told}");
    assert_eq!(userinfo(&provider, &ada_and("unverified"), "", true).await.1["verified"], false);
}

#[tokio::test]
async fn microsoft_names_a_tenant_and_rarely_vouches_for_an_address() {
    let provider = mock("microsoft");
    assert!(provider.keys.jwks(provider.spec.keys_name_algorithm)["keys"][0].get("alg").is_none());
    let told = claims(&provider, &ADA).await;
    let tenant = told["tid"].as_str().unwrap();
    assert_eq!(told["iss"], format!("https://login.microsoftonline.com/{tenant}/v2.0"));
    assert_eq!(told["xms_edov"], true);
    let other = claims(&provider, &ada_and("other-tenant")).await;
    assert!(other["tid"] != told["tid"] && other["oid"] == told["oid"], "{other}");
    assert_eq!(claims(&provider, &ada_and("unverified")).await.get("xms_edov"), None);
}

/// The fields that Apple's page posts.
async fn posted(provider: &Shared, fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    let changes = [("response_mode", "form_post"), ("scope", "email")];
    let response = decide(provider, &changes, fields).await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let page = std::str::from_utf8(&page).unwrap();
    assert!(page.contains(&format!("action=\"{REDIRECT}\"")), "{page}");
    let fields = page.split("<input type=\"hidden\" name=\"").skip(1).map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().replace("&quot;", "\""))
    });
    fields.collect()
}

#[tokio::test]
async fn apple_posts_a_form_and_tells_the_name_at_the_first_consent_only() {
    let provider = mock("apple");
    let first = posted(&provider, &ADA).await;
    let user: Value = serde_json::from_str(&first["user"]).unwrap();
    assert_eq!(user, json!({"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "ada@example.com"}));
    assert_eq!(first["state"], "state-1");
    let second = posted(&provider, &ADA).await;
    assert_eq!(second.keys().collect::<Vec<_>>(), ["code", "state"]);
    let denied = posted(&provider, &[("decision", "deny")]).await;
    assert_eq!((denied["error"].as_str(), denied["state"].as_str()), ("user_cancelled_authorize", "state-1"));
}

#[tokio::test]
async fn apple_refuses_a_plus_for_a_space_and_an_answer_in_the_address() {
    let provider = mock("apple");
    for changes in [&[("scope", "name email"), ("response_mode", "form_post")][..], &[("scope", "email")]] {
        let response = decide(&provider, changes, &ADA).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{changes:?}");
    }
}

#[tokio::test]
async fn apple_takes_a_secret_that_its_client_has_signed_and_no_other() {
    let provider = mock("apple");
    let now = clock::since_epoch().as_secs();
    let good = json!({"iss": "TEAM123456", "sub": CLIENT_ID, "aud": "https://appleid.apple.com", "iat": now, "exp": now + 300});
    let lies = [
        ("iss", json!("TEAM000000")),
        ("sub", json!("another")),
        ("aud", json!("https://apple.com")),
        ("exp", json!(now - 1)),
        ("exp", json!(now + 31_536_000)),
    ];
    assert!(provider.keys.is_minted(&minted(&provider.keys, &good), CLIENT_ID));
    for (claim, lie) in lies {
        let mut claims = good.clone();
        claims[claim] = lie;
        assert!(!provider.keys.is_minted(&minted(&provider.keys, &claims), CLIENT_ID), "{claims}");
    }
    let another = minted(&MockKeys::open(&DataLocation::Memory).unwrap(), &good);
    assert!(!provider.keys.is_minted(&another, CLIENT_ID) && !provider.keys.is_minted("", CLIENT_ID));
}

/// A client secret under the team's key.
fn minted(keys: &MockKeys, claims: &Value) -> String {
    let pem: String = keys.team_pem().lines().filter(|line| !line.starts_with('-')).collect();
    let key = STANDARD.decode(pem).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key).unwrap();
    let encode = |spec: &Value| URL_SAFE_NO_PAD.encode(spec.to_string());
    let message = format!("{}.{}", encode(&json!({"alg": "ES256", "kid": "KEY7890123"})), encode(claims));
    let signature = key.sign(&crate::random::generator(), message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn apple_quotes_its_truths_and_may_hide_an_address() {
    let provider = mock("apple");
    let claims = |scenario| (provider.spec.claims_of)(&Account::new("ada@example.com".into(), "Ada".into(), scenario));
    let plain = claims([].into());
    assert_eq!((&plain["email_verified"], &plain["is_private_email"]), (&json!("true"), &json!("false")));
    let hidden = claims([account::Scenario::Relay].into());
    assert!(hidden["email"].as_str().unwrap().ends_with("@privaterelay.appleid.com"), "{hidden}");
    assert_eq!((&hidden["is_private_email"], hidden.get("name")), (&json!("true"), None));
}

#[tokio::test]
async fn a_code_can_be_bad_and_a_token_endpoint_break_on_demand() {
    let provider = provider();
    let code = async |scenario| sent_back(&decide(&provider, &[], &ada_and(scenario)).await)["code"].clone();
    assert_eq!(redeem(&provider, &code("bad-code").await, &[]).await.1["error"], "invalid_grant");
    assert_eq!(redeem(&provider, &code("broken").await, &[]).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn a_mock_of_an_unknown_provider_is_refused_by_name() {
    let problem =
        MockProviders::new(&["myspace".to_owned()], URL, URL, &[], &DataLocation::Memory).err().unwrap().to_string();
    assert_eq!(problem, "--mock-providers myspace: choose from google, github, facebook, apple, discord, microsoft");
}
