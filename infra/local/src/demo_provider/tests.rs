use super::*;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use axum::body::to_bytes;
use axum::extract::{Form, RawQuery, State};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use std::collections::BTreeMap;
use url::Url;

const ISSUER: &str = "http://localhost:9100/_local/demo";
const REDIRECT: &str = "http://localhost:9100/";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The example of RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn provider() -> Shared {
    State(Arc::new(DemoProvider::new(ISSUER.to_owned(), vec![REDIRECT.to_owned()], &Data::Memory).unwrap()))
}

fn form(fields: &[(&str, &str)]) -> Form<BTreeMap<String, String>> {
    Form(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn query(changes: &[(&str, &str)]) -> RawQuery {
    let mut parameters = BTreeMap::from([
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email"),
        ("state", "state-1"),
        ("nonce", "nonce-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    parameters.extend(changes.iter().copied());
    RawQuery(Some(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()))
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
    read(token::redeem(State(provider.0.clone()), HeaderMap::new(), form(&fields)).await).await
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
    let key = &provider.keys.jwks()["keys"][0];
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
    let (status, userinfo) = read(token::userinfo(State(provider.0.clone()), headers).await).await;
    assert_eq!((status, &userinfo["sub"]), (StatusCode::OK, &claims["sub"]));
}

#[tokio::test]
async fn the_same_address_is_the_same_person() {
    let person = |email: &str| Person { email: email.to_owned(), email_verified: true, name: String::new() };
    assert_eq!(person("a@example.com").claims()["sub"], person("A@example.com").claims()["sub"]);
    assert_ne!(person("a@example.com").claims()["sub"], person("b@example.com").claims()["sub"]);
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
