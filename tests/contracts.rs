//! Each wire contract as its clients know it: every path, status, content type and field.

pub mod actor;
mod external;
pub mod gateway;
mod invites;
pub mod lab;
mod v1;

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::harness::{Call, Person, SessionTokens, Stack, Visitor, assert_shape};
use crate::lies::LIES;

/// An API key for everything, and one more that is as good, as while they are being exchanged.
pub const KEY: &str = "canary-api-key-that-is-in-use";
const NEXT_KEY: &str = "canary-api-key-that-comes-next";
/// Keys for one thing each.
const EXTERNAL_KEY: &str = "canary-api-key-for-the-external-login";
pub const INVITES_KEY: &str = "canary-api-key-for-invites";
pub const ROLES_KEY: &str = "canary-api-key-for-invites-with-roles";

pub const INVITES: &str = "/v1/auth/invites";

/// What tokens of the external login are authenticated with.
const TOKEN_SECRET: &[u8] = b"canary-token-secret-of-the-external-login";

/// The stack of these tests: four actor types, an external login with a shared secret, and API keys.
pub fn stack() -> &'static Stack {
    static CONTRACTS: LazyLock<Stack> = LazyLock::new(|| {
        let actor_types = "ACTOR_TYPES=user:open,guest:invite,partner:invite,staff:closed";
        Stack::start(
            4,
            &[crate::harness::NO_PAUSE, actor_types, "LIMIT_INVITES_PER_ADDRESS_PER_HOUR=3"],
            &rows(secret()),
        )
    });
    &CONTRACTS
}

/// The providers' rows, with an external login whose tokens are checked like this, and which tells us of it over contract
/// `lab`.
pub fn rows(evidence: Value) -> Value {
    let mut rows = LIES.rows();
    rows["external"] = json!({
        "loginUrl": "https://login.example/in?tenant=a",
        "trustEmail": true,
        "allowUnboundBrowser": true,
        "apiKeys": [
            api_key("first", KEY, &["external", "invites"]),
            api_key("second", NEXT_KEY, &["external", "invites"]),
            api_key("external", EXTERNAL_KEY, &["external"]),
            api_key("invites", INVITES_KEY, &["invites"]),
            api_key("roles", ROLES_KEY, &["invites", "roles"]),
        ],
    });
    rows["external"].as_object_mut().unwrap().extend(evidence.as_object().unwrap().clone());
    rows
}

pub fn secret() -> Value {
    json!({ "tokenSecret": str::from_utf8(TOKEN_SECRET).unwrap() })
}

pub fn api_key(label: &str, key: &str, allows: &[&str]) -> Value {
    let hash = digest(&SHA256, key.as_bytes());
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "label": label, "sha256": hex, "allows": allows })
}

/// Somebody without an account asks for one where it takes an invite; gives their registration token.
pub async fn registers(visitor: &Visitor<'_>, person: &Person) -> String {
    registers_as(visitor, person, "guest").await
}

async fn registers_as(visitor: &Visitor<'_>, person: &Person, actor_type: &str) -> String {
    let started = visitor.starts_with("honest", json!({ "actorType": actor_type })).await;
    let data = visitor.callback(&started, &LIES.code(&started, person, |_| {})).await.data();
    data["registrationToken"].as_str().unwrap_or_else(|| panic!("no registration token in {data}")).to_owned()
}

/// Invites an address as a guest, and gives the invite's id.
pub async fn invites(visitor: &Visitor<'_>, email: &str) -> String {
    let wish = json!({ "email": email, "actorType": "guest" });
    let data = visitor.send(Call::post("/v1/auth/invites").bearer(KEY).json(&wish)).await.data();
    data["inviteId"].as_str().unwrap().to_owned()
}

/// The secret in the newest invite to an address.
pub async fn mailed_secret(visitor: &Visitor<'_>, email: &str) -> String {
    let text = visitor.newest_mail(email).await;
    let (_, after) = text.split_once("token=").unwrap_or_else(|| panic!("no invite in {text}"));
    after.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_fails_behind_us_is_a_failure_in_every_contracts_own_words() {
    let stack = Stack::start(1, &[], &rows(secret()));
    let visitor = stack.visitor();
    let going_on = "code=code&state=sixteen-characters";
    let waiting = lab::starts(&visitor).await;
    for (function, call, status, body) in [
        (
            "callback",
            lab::going_on(&waiting),
            503,
            json!({ "error": "UNAVAILABLE", "message": "<text>", "requestId": "<text>", "retryAfter": "<number>" }),
        ),
        (
            "callback",
            Call::get(format!("/accounts/oauth/callback?{going_on}")),
            500,
            json!({ "error": "UNAVAILABLE", "message": "<text>" }),
        ),
        (
            "callback",
            Call::post(format!("/auth/user/honest/callback?{going_on}")),
            500,
            json!({ "code": "api_error", "message": "<text>", "type": "database_error" }),
        ),
        ("external-callback", lab::confirming(&waiting, &Person::new()), 503, json!({ "detail": "<text>" })),
        (
            "login",
            Call::get("/auth/social/honest?format=json"),
            503,
            json!({ "success": false, "error": "UNAVAILABLE", "message": "<text>" }),
        ),
    ] {
        stack.orders(&json!({ "function": function, "kind": "failed", "after": 0, "times": 100 })).await;
        let answer = visitor.send(call).await;
        stack.heals().await;
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("application/json")), "{answer}");
        assert_shape(&answer.json(), &body, &answer.to_string());
    }
}

/// The settings and rows of a stack where [`everything`] can be done.
pub fn settings_and_rows() -> (&'static [&'static str], Value) {
    (&[crate::harness::NO_PAUSE, "ACTOR_TYPES=user:open,guest:invite"], rows(secret()))
}

/// Everything that the functions of these contracts can be asked for, once.
pub async fn everything(visitor: &Visitor<'_>, session: &SessionTokens) {
    let (guest, other) = (Person::new(), Person::new());
    invites(visitor, &guest.email).await;
    let registration = registers(visitor, &guest).await;
    let accept = Call::post("/v1/auth/invites/accept").bearer(&registration).json(&json!({}));
    visitor.send(accept).await.data();
    crate::invited::everything(visitor).await;
    let id = invites(visitor, &other.email).await;
    visitor.send(Call::get("/v1/auth/invites").bearer(KEY)).await.data();
    visitor.send(Call::get("/v1/auth/invites").bearer(&session.access_token)).await.refuses(403, "FORBIDDEN");
    visitor.send(Call::delete(format!("/v1/auth/invites/{id}")).bearer(KEY)).await.data();
    lab::signs_in(visitor, &Person::new()).await;
    crate::identities::links(visitor, session, "untrusted", &Person::new()).await.data();
    crate::identities::unlinks(visitor, session, "untrusted").await.data();
}
