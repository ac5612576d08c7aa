//! The token and userinfo endpoints.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use axum::Json;
use axum::extract::{Form, RawQuery};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::account::{Account, Scenario};
use super::provider::{Grant, MockProvider, Shared};
use super::spec::{CLIENT_ID, Errors};
use crate::clock;
use crate::random;

/// Why no tokens are given.
#[derive(Clone, Copy)]
enum TokenRefusal {
    Client,
    GrantType,
    Code(&'static str),
}

/// `grant_type=authorization_code`.
pub async fn redeem(provider: Shared, headers: HeaderMap, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let grant = match provider.grant(&headers, &form) {
        Ok(grant) => grant,
        Err(refused) => return provider.refuse(refused),
    };
    if grant.account.is(Scenario::Broken) {
        return (StatusCode::INTERNAL_SERVER_ERROR, "It broke, as you asked.").into_response();
    }
    let Ok(access_token) = random::token() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "openid email profile",
    });
    if provider.spec.signs {
        let Ok(id_token) = provider.keys.sign(&provider.claims(&grant)) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        answer["id_token"] = json!(id_token);
    }
    provider.access_tokens.insert(access_token.clone(), grant.account);
    let reads_json = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if provider.spec.errors == Errors::Github && !reads_json.is_some_and(|accept| accept.contains("json")) {
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("access_token", &access_token).finish();
        return ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded")], form).into_response();
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// What there is about the person whose access token this is.
pub async fn userinfo(provider: Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some((token, account)) = provider.bearer(&headers) else { return unauthorized() };
    let mut told = (provider.spec.claims_of)(&account);
    match provider.spec.errors {
        Errors::Facebook => {
            let query: BTreeMap<_, _> =
                form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes()).into_owned().collect();
            let key = hmac::Key::new(hmac::HMAC_SHA256, provider.keys.client_secret.as_bytes());
            let proof = random::hex(hmac::sign(&key, token.as_bytes()).as_ref());
            if query.get("appsecret_proof") != Some(&proof) {
                let message = "Invalid appsecret_proof provided in the API argument";
                return facebook_error(message, "GraphMethodException", 100);
            }
            // Nothing is told that was not asked for.
            let fields = query.get("fields").map_or("id,name", String::as_str);
            let asked = |name: &String| fields.split(',').any(|field| field == name);
            told.as_object_mut().unwrap_or(&mut Map::new()).retain(|name, _| asked(name));
        }
        Errors::Github if headers.get(header::USER_AGENT).is_none() => return forbidden(),
        Errors::Github | Errors::Standard => {}
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(told)).into_response()
}

/// The person's addresses, as GitHub lists them.
pub async fn emails(provider: Shared, headers: HeaderMap) -> Response {
    let Some((_, account)) = provider.bearer(&headers) else { return unauthorized() };
    if headers.get(header::USER_AGENT).is_none() {
        return forbidden();
    }
    match account.email() {
        Some(email) => {
            let entry = json!({
                "email": email, "primary": true, "verified": account.is_verified(), "visibility": "private",
            });
            let other = format!("{}@users.noreply.github.com", account.handle());
            let other = json!({"email": other, "primary": false, "verified": true, "visibility": null});
            Json(json!([other, entry])).into_response()
        }
        // The person did not grant the scope.
        None => (StatusCode::NOT_FOUND, Json(json!({"message": "Not Found"}))).into_response(),
    }
}

impl MockProvider {
    /// What the code in this form stands for.
    fn grant(&self, headers: &HeaderMap, form: &BTreeMap<String, String>) -> Result<Grant, TokenRefusal> {
        let field = |name: &str| form.get(name).map(String::as_str);
        if !self.is_client(headers, form) {
            return Err(TokenRefusal::Client);
        }
        if field("grant_type") != Some("authorization_code") {
            return Err(TokenRefusal::GrantType);
        }
        let grant = self.codes.take(field("code").unwrap_or_default());
        let grant = grant.ok_or(TokenRefusal::Code("The code is unknown, used or expired."))?;
        if field("redirect_uri") != Some(&grant.redirect_uri) {
            return Err(TokenRefusal::Code("The code was made for another redirect_uri."));
        }
        let challenge =
            field("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())));
        if challenge != grant.code_challenge {
            return Err(TokenRefusal::Code("The code_verifier does not match the challenge."));
        }
        Ok(grant)
    }

    /// The ID token's claims.
    fn claims(&self, grant: &Grant) -> Value {
        let now = clock::since_epoch().as_secs();
        let mut claims = (self.spec.claims_of)(&grant.account);
        let tenant = claims["tid"].as_str().unwrap_or_default();
        let issuer = self.issuer().replace("{tenantid}", tenant);
        let issuer = match grant.account.is(Scenario::ShortIssuer) {
            true => issuer.trim_start_matches("https://"),
            false => issuer.as_str(),
        };
        claims["iss"] = json!(issuer);
        claims["aud"] = json!(CLIENT_ID);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + 600);
        claims["auth_time"] = json!(grant.at.as_secs());
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = json!(nonce);
        }
        claims
    }

    fn refuse(&self, refused: TokenRefusal) -> Response {
        let json = |status: StatusCode, body: Value| (status, Json(body)).into_response();
        let github = |error: &str, description: &str| {
            json(StatusCode::OK, json!({"error": error, "error_description": description}))
        };
        let standard = |error, description| oauth_error(StatusCode::BAD_REQUEST, None, error, description);
        match (self.spec.errors, refused) {
            (Errors::Github, TokenRefusal::Client) => {
                github("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
            }
            (Errors::Github, TokenRefusal::Code(description)) => github("bad_verification_code", description),
            (Errors::Facebook, TokenRefusal::Client) => {
                facebook_error("Error validating client secret.", "OAuthException", 1)
            }
            (Errors::Facebook, TokenRefusal::Code(message)) => facebook_error(message, "OAuthException", 100),
            (Errors::Facebook, TokenRefusal::GrantType) => facebook_error("Invalid grant_type.", "OAuthException", 100),
            (Errors::Standard, TokenRefusal::Client) => {
                let challenge = Some("Basic realm=\"local\"");
                oauth_error(StatusCode::UNAUTHORIZED, challenge, "invalid_client", "The client is unknown.")
            }
            (Errors::Standard, TokenRefusal::Code(description)) => standard("invalid_grant", description),
            (Errors::Standard | Errors::Github, TokenRefusal::GrantType) => {
                standard("unsupported_grant_type", "Only authorization_code is supported.")
            }
        }
    }

    fn bearer(&self, headers: &HeaderMap) -> Option<(String, Account)> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        Some((token.to_owned(), self.access_tokens.read(token)?))
    }

    /// `client_secret_basic` or `client_secret_post`, and not both (RFC 6749, section 2.3); or a secret that the client
    /// made itself.
    fn is_client(&self, headers: &HeaderMap, form: &BTreeMap<String, String>) -> bool {
        let basic = headers
            .get(header::AUTHORIZATION)
            .map(|value| value.to_str().ok().and_then(read_basic).unwrap_or_default());
        let (id, secret) = match (basic, form.get("client_secret")) {
            (Some(_), Some(_)) | (None, None) => return false,
            (Some(basic), None) => basic,
            (None, Some(secret)) => (form.get("client_id").cloned().unwrap_or_default(), secret.clone()),
        };
        if self.spec.mints_secrets {
            return id == CLIENT_ID && self.keys.is_minted(&secret, CLIENT_ID);
        }
        id == CLIENT_ID && verify_slices_are_equal(secret.as_bytes(), self.keys.client_secret.as_bytes()).is_ok()
    }
}

fn unauthorized() -> Response {
    oauth_error(
        StatusCode::UNAUTHORIZED,
        Some("Bearer error=\"invalid_token\""),
        "invalid_token",
        "The access token is unknown or expired.",
    )
}

fn forbidden() -> Response {
    (StatusCode::FORBIDDEN, "Request forbidden by administrative rules: say who you are (User-Agent).").into_response()
}

fn facebook_error(message: &str, kind: &str, code: u16) -> Response {
    let error = json!({"error": {"message": message, "type": kind, "code": code, "fbtrace_id": "A0local"}});
    (StatusCode::BAD_REQUEST, Json(error)).into_response()
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

/// An OAuth error of the token or userinfo endpoint (RFC 6749, section 5.2; RFC 6750, section 3.1).
fn oauth_error(status: StatusCode, challenge: Option<&'static str>, error: &str, description: &str) -> Response {
    let mut response = (status, Json(json!({"error": error, "error_description": description}))).into_response();
    let headers: [(HeaderName, Option<&'static str>); 2] =
        [(header::CACHE_CONTROL, Some("no-store")), (header::WWW_AUTHENTICATE, challenge)];
    for (name, value) in headers {
        if let Some(value) = value {
            response.headers_mut().insert(name, http::HeaderValue::from_static(value));
        }
    }
    response
}
