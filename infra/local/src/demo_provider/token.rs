//! The token and userinfo endpoints.

use super::{CLIENT_ID, DemoProvider, Shared, oauth_error};
use crate::clock;
use crate::random;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::Form;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// `grant_type=authorization_code`.
pub async fn redeem(provider: Shared, headers: HeaderMap, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let bad_request = |error, description| oauth_error(StatusCode::BAD_REQUEST, None, error, description);
    if !provider.is_client(&headers, &form) {
        let challenge = Some("Basic realm=\"demo\"");
        return oauth_error(StatusCode::UNAUTHORIZED, challenge, "invalid_client", "The client is not known.");
    }
    let field = |name: &str| form.get(name).map(String::as_str);
    if field("grant_type") != Some("authorization_code") {
        return bad_request("unsupported_grant_type", "Only authorization_code is supported.");
    }
    let Some(grant) = provider.codes.take(field("code").unwrap_or_default()) else {
        return bad_request("invalid_grant", "The code is unknown, used or expired.");
    };
    if field("redirect_uri") != Some(&grant.redirect_uri) {
        return bad_request("invalid_grant", "The code was made for another redirect_uri.");
    }
    let challenge = field("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())));
    if challenge != grant.code_challenge {
        return bad_request("invalid_grant", "The code_verifier does not fit the challenge.");
    }

    let now = clock::since_epoch().as_secs();
    let mut claims = grant.person.claims();
    claims["iss"] = provider.issuer.as_str().into();
    claims["aud"] = CLIENT_ID.into();
    claims["iat"] = now.into();
    claims["exp"] = (now + 600).into();
    claims["auth_time"] = grant.at.as_secs().into();
    if let Some(nonce) = grant.nonce {
        claims["nonce"] = nonce.into();
    }
    let (Ok(access_token), Ok(id_token)) = (random::token(), provider.keys.sign(&claims)) else {
        return oauth_error(StatusCode::INTERNAL_SERVER_ERROR, None, "server_error", "No token could be made.");
    };
    provider.access_tokens.insert(access_token.clone(), grant.person);
    let answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "openid email profile",
        "id_token": id_token,
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// The claims about the person whose access token this is.
pub async fn userinfo(provider: Shared, headers: HeaderMap) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
    match provider.access_tokens.read(token) {
        Some(person) => ([(header::CACHE_CONTROL, "no-store")], Json::<Value>(person.claims())).into_response(),
        None => oauth_error(
            StatusCode::UNAUTHORIZED,
            Some("Bearer error=\"invalid_token\""),
            "invalid_token",
            "The access token is unknown or expired.",
        ),
    }
}

impl DemoProvider {
    /// `client_secret_basic` or `client_secret_post`, and not both (RFC 6749, section 2.3).
    fn is_client(&self, headers: &HeaderMap, form: &BTreeMap<String, String>) -> bool {
        let basic = headers
            .get(header::AUTHORIZATION)
            .map(|value| value.to_str().ok().and_then(read_basic).unwrap_or_default());
        let (id, secret) = match (basic, form.get("client_secret")) {
            (Some(_), Some(_)) | (None, None) => return false,
            (Some(basic), None) => basic,
            (None, Some(secret)) => (form.get("client_id").cloned().unwrap_or_default(), secret.clone()),
        };
        id == CLIENT_ID && verify_slices_are_equal(secret.as_bytes(), self.keys.client_secret.as_bytes()).is_ok()
    }
}

fn read_basic(authorization: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    let decode = |text: &str| {
        let pair = form_urlencoded::parse(text.as_bytes()).next();
        pair.map(|(text, _)| text.into_owned()).unwrap_or_default()
    };
    Some((decode(id), decode(secret)))
}
