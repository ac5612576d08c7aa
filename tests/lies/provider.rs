//! The provider: several issuers on one loopback port. An issuer has habits (what it publishes); a code carries what
//! will be told to whoever redeems it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::body::Body;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use super::demands;
use super::jose::{self, FIRST, SECOND, Signer, TEAM, jwk};
use super::quirks::{self, ExpectedClientAuth};
use crate::harness::{Person, StartedSignIn, now};

/// The one running provider.
pub static LIES: LazyLock<&'static LyingProvider> = LazyLock::new(LyingProvider::start);

pub const CLIENT_ID: &str = "doorward";
/// Full of characters that a client has to encode (RFC 6749 section 2.3.1).
pub const CLIENT_SECRET: &str = "canary client+secret%/:&= of 32 bytes";

/// One HTTP answer.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub location: Option<String>,
    pub body: String,
    /// Whether the connection breaks before the body is there.
    pub breaks_off: bool,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, content_type: "application/json", location: None, body: body.to_string(), breaks_off: false }
    }

    pub fn page(status: u16) -> Self {
        let body = "<!doctype html><title>Somebody else&#39;s page</title>".to_owned();
        Self { status, content_type: "text/html", location: None, body, breaks_off: false }
    }

    /// A good answer that nobody gets to read.
    pub fn broken(body: &Value) -> Self {
        Self { breaks_off: true, ..Self::json(200, body) }
    }

    pub fn redirect(location: String) -> Self {
        Self {
            status: 307,
            content_type: "text/plain",
            location: Some(location),
            body: String::new(),
            breaks_off: false,
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap();
        let location = self.location.map(|location| [("location", location)]);
        if self.breaks_off {
            let end = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            let body = futures_util::stream::once(async { Err::<String, _>(end) });
            return (status, [("content-type", self.content_type)], Body::from_stream(body)).into_response();
        }
        (status, [("content-type", self.content_type)], location, self.body).into_response()
    }
}

/// What the redeemer of one code is told. A test changes what it wants to be a lie.
#[derive(Clone)]
pub struct Told {
    pub header: Value,
    pub claims: Value,
    pub signer: Signer,
    /// The token endpoint's JSON; an `id_token` of null is replaced by the signed token.
    pub tokens: Value,
    /// Said by the token endpoint instead of all that.
    pub instead: Option<Reply>,
    pub userinfo: Reply,
    pub emails: Reply,
    /// How long the token endpoint thinks about it.
    pub after: Duration,
    asked: HashMap<String, String>,
}

/// How userinfo was asked for.
#[derive(Clone)]
pub struct UserinfoRequest {
    pub method: Method,
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
}

pub struct LyingProvider {
    pub url: String,
    serial: AtomicUsize,
    codes: Mutex<HashMap<String, Told>>,
    access: Mutex<HashMap<String, Told>>,
    verifiers: Mutex<Vec<String>>,
    forms: Mutex<HashMap<String, HashMap<String, String>>>,
    asked: Mutex<HashMap<String, UserinfoRequest>>,
    pushed: Mutex<HashMap<String, HashMap<String, String>>>,
    turned: Mutex<HashSet<String>>,
    hits: Mutex<HashMap<String, usize>>,
}

impl LyingProvider {
    fn start() -> &'static Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let provider: &Self = Box::leak(Box::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            serial: AtomicUsize::new(1),
            codes: Mutex::default(),
            access: Mutex::default(),
            verifiers: Mutex::default(),
            forms: Mutex::default(),
            asked: Mutex::default(),
            pushed: Mutex::default(),
            turned: Mutex::default(),
            hits: Mutex::default(),
        }));
        let routes = Router::new()
            .route("/app", get(async || Reply::page(200)))
            .route("/{issuer}/authorize", get(async || Reply::page(200)))
            .route("/{issuer}/.well-known/openid-configuration", get(metadata))
            .route("/{issuer}/jwks", get(keys))
            .route("/{issuer}/token", post(token))
            .route("/{issuer}/par", post(push))
            .route("/{issuer}/userinfo", get(userinfo).post(userinfo))
            .route("/{issuer}/emails", get(emails))
            .route("/{issuer}/elsewhere", get(elsewhere).post(elsewhere))
            .with_state(provider);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, routes).await.unwrap();
            });
        });
        provider
    }

    pub fn issuer(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// The providers file: a row for each issuer.
    pub fn rows(&self) -> Value {
        let row = |name: &str, trusted: bool| {
            json!({
                "issuer": self.issuer(name),
                "clientId": CLIENT_ID,
                "clientSecret": CLIENT_SECRET,
                "trustEmail": trusted,
            })
        };
        let issuers = [
            "honest",
            "other",
            "announcing",
            "impostor",
            "broken",
            "page",
            "vast",
            "endless",
            "partial",
            "enciphering",
            "keyless",
            "rotating",
            "elliptic",
            "duplicate",
            "racing",
            "counted",
            "guarded",
            "unasked",
            "closed",
        ];
        let mut rows: serde_json::Map<_, _> = issuers.iter().map(|name| (name.to_string(), row(name, true))).collect();
        rows.insert("untrusted".to_owned(), row("untrusted", false));
        rows.insert("posting".to_owned(), row("posting", true));
        rows["posting"]["clientAuth"] = json!("client_secret_post");
        rows.extend(quirks::rows(|name| self.issuer(name)));
        rows.extend(demands::rows(|name| self.issuer(name)));
        rows.into()
    }

    /// The person says yes: a code that tells the truth, but for what `lie` makes of it.
    pub fn code(&self, started: &StartedSignIn, person: &Person, lie: impl FnOnce(&mut Told)) -> String {
        let mut asked: HashMap<_, _> = started.auth_url.query_pairs().into_owned().collect();
        if let Some(request_uri) = asked.get("request_uri") {
            asked = self.pushed.lock().unwrap()[request_uri].clone();
        }
        let issuer = started.auth_url.as_str().split("/authorize").next().unwrap();
        let mut told = self.truth(issuer, asked, person);
        lie(&mut told);
        let code = format!("canary-code-{}", self.serial.fetch_add(1, Ordering::Relaxed));
        self.codes.lock().unwrap().insert(code.clone(), told);
        code
    }

    fn truth(&self, issuer: &str, asked: HashMap<String, String>, person: &Person) -> Told {
        let access = format!("canary-access-{}", self.serial.fetch_add(1, Ordering::Relaxed));
        let mut told = Told {
            header: json!({ "typ": "JWT", "alg": "RS256", "kid": "first" }),
            claims: json!({
                "iss": issuer,
                "sub": person.subject,
                "aud": CLIENT_ID,
                "iat": now(),
                "exp": now() + 300,
                "nonce": asked.get("nonce"),
                "email": person.email,
                "email_verified": true,
                "name": person.name,
            }),
            signer: Signer::Rsa(&FIRST),
            tokens: json!({ "access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": null }),
            instead: None,
            userinfo: Reply::json(
                200,
                &json!({
                    "sub": person.subject,
                    "email": person.email,
                    "email_verified": true,
                    "name": person.name,
                }),
            ),
            emails: Reply::page(404),
            after: Duration::ZERO,
            asked,
        };
        if issuer.ends_with("/elliptic") {
            told.header = json!({ "alg": "ES256", "kid": "curve" });
            told.signer = Signer::Curve;
        }
        quirks::adopt(issuer.rsplit('/').next().unwrap(), &mut told, person);
        told
    }

    /// An access token with which a person's own word opens userinfo.
    pub fn access_token(&self, issuer: &str, person: &Person) -> String {
        let told = self.truth(&self.issuer(issuer), HashMap::new(), person);
        let token = told.tokens["access_token"].as_str().unwrap().to_owned();
        self.access.lock().unwrap().insert(token.clone(), told);
        token
    }

    /// From now on this issuer publishes `second` as well.
    pub fn turns_keys(&self, issuer: &str) {
        self.turned.lock().unwrap().insert(issuer.to_owned());
    }

    /// Every code verifier that was shown so far.
    pub fn verifiers(&self) -> Vec<String> {
        self.verifiers.lock().unwrap().clone()
    }

    /// The form that a code was redeemed with.
    pub fn form(&self, code: &str) -> HashMap<String, String> {
        self.forms.lock().unwrap()[code].clone()
    }

    /// How userinfo was asked for with an access token.
    pub fn asked(&self, access_token: &str) -> UserinfoRequest {
        self.asked.lock().unwrap()[access_token].clone()
    }

    /// How often a path below [`LyingProvider::url`] was asked for.
    pub fn hits(&self, path: &str) -> usize {
        self.hits.lock().unwrap().get(path).copied().unwrap_or_default()
    }

    fn hit(&self, issuer: &str, what: &str) {
        *self.hits.lock().unwrap().entry(format!("{issuer}/{what}")).or_default() += 1;
    }
}

type ProviderState = State<&'static LyingProvider>;

async fn metadata(State(provider): ProviderState, Path(name): Path<String>) -> Reply {
    provider.hit(&name, "metadata");
    let issuer = provider.issuer(&name);
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    });
    match &name[..] {
        "broken" | "closed" => return Reply::page(500),
        "page" => return Reply::page(200),
        "impostor" => metadata["issuer"] = json!(provider.issuer("honest")),
        "announcing" => metadata["authorization_response_iss_parameter_supported"] = json!(true),
        "vast" => metadata["filler"] = json!("x".repeat(2 << 20)),
        "partial" => drop(metadata.as_object_mut().unwrap().remove("token_endpoint")),
        "elliptic" => metadata["id_token_signing_alg_values_supported"] = json!(["ES256", "RS256"]),
        "endless" => return Reply::redirect(format!("{issuer}/elsewhere")),
        _ => demands::publish(&name, &mut metadata),
    }
    Reply::json(200, &metadata)
}

async fn keys(State(provider): ProviderState, Path(name): Path<String>) -> Reply {
    provider.hit(&name, "jwks");
    let mut keys = vec![jwk("first", &FIRST), jose::curve_jwk()];
    match &name[..] {
        "keyless" => return Reply::page(500),
        "enciphering" => keys[0]["use"] = json!("enc"),
        "duplicate" => keys = vec![jwk("first", &SECOND), jwk("first", &FIRST)],
        // As Microsoft publishes them.
        "microsoft" => keys.iter_mut().for_each(|key| drop(key.as_object_mut().unwrap().remove("alg"))),
        _ => {}
    }
    if provider.turned.lock().unwrap().contains(&name) {
        keys.push(jwk("second", &SECOND));
    }
    Reply::json(200, &json!({ "keys": keys }))
}

async fn token(
    State(provider): ProviderState,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Reply {
    provider.hit(&name, "token");
    let no = |error: &str| Reply::json(400, &json!({ "error": error }));
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if !provider.knows(&name, &headers, &form) {
        return Reply::json(401, &json!({ "error": "invalid_client", "error_description": "Who\tare you?" }));
    }
    if headers.get("accept").is_none_or(|accept| !accept.to_str().unwrap().contains("application/json")) {
        return Reply { content_type: "text/plain", ..no("unreadable") };
    }
    provider.forms.lock().unwrap().insert(field("code").to_owned(), form.clone());
    let Some(told) = provider.codes.lock().unwrap().remove(field("code")) else {
        // Not every provider keeps what it was sent to itself.
        let description = format!("the code {} is not good", field("code"));
        return Reply::json(400, &json!({ "error": "invalid_grant", "error_description": description }));
    };
    provider.verifiers.lock().unwrap().push(field("code_verifier").to_owned());
    let challenge = jose::base64url(digest(&SHA256, field("code_verifier").as_bytes()));
    let as_asked = field("grant_type") == "authorization_code"
        && told.asked.get("redirect_uri").map(String::as_str) == Some(field("redirect_uri"))
        && told.asked.get("code_challenge") == Some(&challenge);
    if !as_asked {
        return no("invalid_grant");
    }
    tokio::time::sleep(told.after).await;
    if let Some(instead) = told.instead {
        return instead;
    }
    if let Some(access) = told.tokens["access_token"].as_str() {
        provider.access.lock().unwrap().insert(access.to_owned(), told.clone());
    }
    let mut tokens = told.tokens;
    if tokens.get("id_token").is_some_and(Value::is_null) {
        tokens["id_token"] = json!(jose::token(&told.header, &told.claims, &told.signer));
    }
    Reply::json(200, &tokens)
}

async fn push(
    State(provider): ProviderState,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Reply {
    provider.hit(&name, "par");
    if !provider.knows(&name, &headers, &form) {
        return Reply::json(401, &json!({ "error": "invalid_client" }));
    }
    let request_uri = format!("urn:ietf:params:oauth:request_uri:{}", provider.serial.fetch_add(1, Ordering::Relaxed));
    provider.pushed.lock().unwrap().insert(request_uri.clone(), form);
    demands::pushed(&name, &request_uri)
}

async fn userinfo(
    State(provider): ProviderState,
    Path(name): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Reply {
    provider.hit(&name, "userinfo");
    if method != quirks::userinfo_method(&name) {
        return Reply::page(405);
    }
    let Some(told) = provider.told_to(&headers) else {
        return Reply::page(401);
    };
    let access_token = told.tokens["access_token"].as_str().unwrap().to_owned();
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = UserinfoRequest { method, query, headers };
    provider.asked.lock().unwrap().insert(access_token, asked);
    told.userinfo
}

async fn emails(State(provider): ProviderState, Path(name): Path<String>, headers: HeaderMap) -> Reply {
    provider.hit(&name, "emails");
    provider.told_to(&headers).map_or(Reply::page(401), |told| told.emails)
}

async fn elsewhere(State(provider): ProviderState, Path(name): Path<String>) -> Reply {
    provider.hit(&name, "elsewhere");
    Reply::json(200, &json!({}))
}

impl LyingProvider {
    /// Whether a request shows that it is its client's.
    fn knows(&self, name: &str, headers: &HeaderMap, form: &HashMap<String, String>) -> bool {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let secret = field("client_secret");
        match (quirks::authentication(name), basic_credentials(headers)) {
            (ExpectedClientAuth::Basic, Some((id, secret))) => {
                id == CLIENT_ID && secret == CLIENT_SECRET && !form.contains_key("client_secret")
            }
            (ExpectedClientAuth::Post, None) => field("client_id") == CLIENT_ID && secret == CLIENT_SECRET,
            (ExpectedClientAuth::Minted, None) => field("client_id") == CLIENT_ID && jose::is_signed_by(secret, &TEAM),
            (ExpectedClientAuth::Asserted, None) => secret.is_empty() && demands::is_asserted(form, &self.issuer(name)),
            (ExpectedClientAuth::Nothing, None) => field("client_id") == CLIENT_ID && secret.is_empty(),
            _ => false,
        }
    }

    /// What was told to the bearer of an access token; like GitHub, only to one that says who it is.
    fn told_to(&self, headers: &HeaderMap) -> Option<Told> {
        headers.get("user-agent")?;
        let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?.to_owned();
        self.access.lock().unwrap().get(&token).cloned()
    }
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get("authorization")?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decoded = |text: &str| Some(url::form_urlencoded::parse(format!("x={text}").as_bytes()).next()?.1.into_owned());
    Some((decoded(id)?, decoded(secret)?))
}
