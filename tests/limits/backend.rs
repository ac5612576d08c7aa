//! Servers that sign people in for their users: who is counted is the person, as long as the server may say who that is.

use serde_json::{Value, json};

use crate::contracts::{api_key, rows, secret};
use crate::harness::{APP, Answer, Call, NO_PAUSE, Person, Stack, Visitor, window_with_room};

const BACKEND_KEY: &str = "canary-api-key-of-a-server-that-serves";
const OTHER_KEY: &str = "canary-api-key-that-allows-something-else";

fn stack(settings: &[&str]) -> Stack {
    let mut rows = rows(secret());
    let keys = [api_key("shop", BACKEND_KEY, &["backend"]), api_key("login", OTHER_KEY, &["external", "invites"])];
    rows["external"]["apiKeys"] = keys.into_iter().collect();
    Stack::start(4, &[&[NO_PAUSE], settings].concat(), &rows)
}

/// A request of the server, for somebody at this address.
fn for_person(call: Call, address: &str) -> Call {
    call.bearer(BACKEND_KEY).header("doorward-viewer-address", address)
}

fn login() -> Call {
    Call::post("/v1/auth/login").json(&json!({ "provider": "honest", "redirectUri": APP }))
}

fn challenge() -> Call {
    Call::post("/v1/auth/passkeys/challenge")
}

fn mail(email: &str) -> Call {
    Call::post("/v1/auth/magic-link").json(&json!({ "email": email, "redirectUri": APP }))
}

/// Everything that can be asked for a person.
fn each() -> [Call; 4] {
    [login(), Call::post("/auth/user/honest"), challenge(), mail(&Person::new().email)]
}

async fn is_over(answer: Answer) {
    assert_eq!(answer.status, 429, "{answer}");
}

#[tokio::test]
async fn each_person_of_a_server_is_counted_by_the_address_that_it_states() {
    let stack =
        stack(&["LIMIT_LOGINS_PER_SOURCE=1", "LIMIT_PASSKEYS_PER_SOURCE=1", "LIMIT_MAILS_PER_SOURCE_PER_HOUR=1"]);
    let server = stack.visitor();
    window_with_room(3600).await;
    for call in [login, challenge, || mail(&Person::new().email)] as [fn() -> Call; 3] {
        for person in ["203.0.113.7", "203.0.113.8", "2001:db8:1:2::7", "2001:db8:1:3::7"] {
            server.send(for_person(call(), person)).await.data();
            is_over(server.send(for_person(call(), person)).await).await;
        }
        is_over(server.send(for_person(call(), "2001:db8:1:2::8")).await).await;
        // What is done through the server is not what is done at the same address without it, nor at its own.
        server.send(call()).await.data();
    }
}

#[tokio::test]
async fn a_server_has_limits_of_its_own_over_all_its_people() {
    let stack = stack(&["LIMIT_LOGINS_PER_BACKEND=3", "LIMIT_MAILS_PER_BACKEND_PER_HOUR=2"]);
    let server = stack.visitor();
    window_with_room(3600).await;
    for (number, call) in [login(), challenge(), login()].into_iter().enumerate() {
        server.send(for_person(call, &format!("203.0.113.{number}"))).await.data();
    }
    for call in [login(), challenge()] {
        server.send(for_person(call, "203.0.113.9")).await.refuses(429, "RATE_LIMITED");
    }
    for number in 0..2 {
        server.send(for_person(mail(&Person::new().email), &format!("203.0.113.{number}"))).await.data();
    }
    let id = server.send(for_person(mail(&Person::new().email), "203.0.113.9")).await.refuses(429, "RATE_LIMITED");
    stack.audited(&id, &["limit_reached"]).await;
    let line = stack.logged(&id).await.remove(0);
    let told: [&Value; 3] = [&line["limit"], &line["source"], &line["backend"]];
    assert_eq!(told, [&json!("mails_per_backend"), &json!("203.0.113.9"), &json!("shop")]);
    stack.visitor().starts("honest").await;
}

#[tokio::test]
async fn strangers_cannot_spend_the_mails_that_a_server_asks_for() {
    let stack = stack(&[]);
    let email = Person::new().email;
    window_with_room(3600).await;
    for _ in 0..5 {
        stack.visitor().gets_link(&email).await;
    }
    stack.visitor().asks_for_link(&email).await.refuses(429, "RATE_LIMITED");
    stack.visitor().send(for_person(mail(&email), "203.0.113.7")).await.data();
}

#[tokio::test]
async fn an_address_counts_only_from_whom_it_may_be_stated_by() {
    let stack = stack(&[]);
    let visitor = stack.visitor();
    for call in each() {
        let stated = || call.clone().header("doorward-viewer-address", "203.0.113.7");
        refused(&visitor, stated(), 401).await;
        refused(&visitor, stated().bearer("no-key-of-ours"), 401).await;
        refused(&visitor, stated().bearer(OTHER_KEY), 403).await;
        for none in ["", "203.0.113.7:443", "203.0.113.7, 203.0.113.8", "shop.example", "203.0.113.0/24"] {
            refused(&visitor, for_person(call.clone(), none), 400).await;
        }
        let twice = for_person(call.clone(), "203.0.113.7").header("doorward-viewer-address", "203.0.113.8");
        refused(&visitor, twice, 400).await;
        assert_eq!(visitor.send(call).await.status, 200, "whoever states nothing is a client like any other");
    }
}

/// Contract `actor` has no 403.
async fn refused(visitor: &Visitor<'_>, call: Call, status: u16) {
    let answer = visitor.send(call).await;
    let actor = answer.what.contains("/auth/user/");
    assert_eq!(answer.status, if actor && status == 403 { 400 } else { status }, "{answer}");
    assert_eq!(answer.cookies(), [""; 0]);
}
