//! A wrong setting stops everything at its start, and a wrong secret answers 503; both name what is wrong.

use crate::harness::{APP, Answer, Person, Stack};
use crate::lies::LIES;
use crate::rotate_keys::kept::Kept;
use serde_json::{Value, json};

/// One wrong setting, one test: nothing starts, and the last line names the variable.
macro_rules! stops {
    ($($name:ident: $variable:literal = $value:expr;)*) => {$(
        #[test]
        fn $name() {
            let complaint = Stack::complaint(&[&format!("{}={}", $variable, $value)]);
            let line = complaint.trim_end().lines().last().unwrap_or_default();
            assert!(line.starts_with("doorward-local: ") && line.contains($variable), "{complaint}");
        }
    )*};
}

stops! {
    an_unknown_setting_stops_the_start: "MAGIC_LINK_SECOND" = 600;
    an_unknown_policy_stops_the_start: "ACTOR_TYPES" = "user:sometimes";
    an_actor_type_without_policy_stops_the_start: "ACTOR_TYPES" = "user";
    an_actor_type_that_comes_twice_stops_the_start: "ACTOR_TYPES" = "user:open,user:closed";
    a_reserved_actor_type_stops_the_start: "ACTOR_TYPES" = "session:open";
    no_actor_type_at_all_stops_the_start: "ACTOR_TYPES" = "";
    a_public_url_without_tls_stops_the_start: "PUBLIC_URL" = "http://auth.example";
    a_public_url_with_a_path_stops_the_start: "PUBLIC_URL" = "https://auth.example/doorward";
    a_public_url_that_is_none_stops_the_start: "PUBLIC_URL" = "auth.example";
    a_redirect_with_a_wildcard_stops_the_start: "ALLOWED_REDIRECTS" = "https://*.example/";
    a_redirect_with_a_fragment_stops_the_start: "ALLOWED_REDIRECTS" = "https://app.example/#signed-in";
    a_relative_redirect_stops_the_start: "ALLOWED_REDIRECTS" = "/signed-in";
    an_unknown_way_of_linking_stops_the_start: "ACCOUNT_LINKING" = "always";
    an_unknown_outbound_policy_stops_the_start: "OUTBOUND_POLICY" = "private";
    a_symmetric_signing_algorithm_stops_the_start: "SIGNING_ALGORITHM" = "HS256";
    a_lifetime_in_words_stops_the_start: "SESSION_IDLE_SECONDS" = "soon";
    a_lifetime_of_nothing_stops_the_start: "ACCESS_TOKEN_SECONDS" = 0;
    a_negative_lifetime_stops_the_start: "MAGIC_LINK_SECONDS" = -1;
    a_limit_of_nothing_stops_the_start: "LIMIT_MAILS_PER_ADDRESS_PER_HOUR" = 0;
    a_missing_sender_stops_the_start: "MAIL_FROM" = "";
}

#[tokio::test]
async fn a_faulty_provider_row_is_unavailable_and_leaves_the_others_alone() {
    let mut rows = LIES.rows();
    rows["faulty"] = json!({ "issuer": LIES.issuer("honest"), "client": "canary-in-a-row" });
    let stack = Stack::start(1, &[], &rows);
    let visitor = stack.visitor();
    let answer = visitor.login(json!({ "provider": "faulty", "redirectUri": APP })).await;
    says(&stack, &answer, "faulty").await;
    visitor.signs_in(&Person::new()).await;
}

#[tokio::test]
async fn an_unreadable_secret_is_unavailable_and_named() {
    let mut kept = Kept::start();
    let session = kept.stack().visitor().signs_in(&Person::new()).await;
    kept.restarts_with(|arn, secret| {
        if arn.contains("TokenKeysSecret") {
            for version in secret["versions"].as_object_mut().unwrap().values_mut() {
                version["value"] = json!("{\"keys\": \"canary-in-a-secret\"}");
            }
        }
    });
    let visitor = kept.stack().visitor();
    let answer = visitor.refreshes(&session.refresh_token).await;
    says(kept.stack(), &answer, "TokenKeysSecret").await;
    visitor.looks_up(&session.access_token).await.data();
}

#[tokio::test]
async fn a_broken_secret_costs_nobody_their_link() {
    let mut kept = Kept::start();
    let person = Person::new();
    let token = kept.stack().visitor().gets_link(&person.email).await;
    let (good, broken) = (kept.everything(), json!("not even JSON"));
    kept.restarts_with(|arn, secret| {
        for version in secret["versions"].as_object_mut().unwrap().values_mut() {
            if arn.contains("SigningKeysSecret") {
                version["value"] = broken.clone();
            }
        }
    });
    let answer = kept.stack().visitor().verifies(&token).await;
    says(kept.stack(), &answer, "SigningKeysSecret").await;

    kept.restarts_with(|arn, secret| *secret = good[arn].clone());
    kept.stack().visitor().verifies(&token).await.data();
}

/// 503 for the caller, the name for the operator, the content for nobody.
async fn says(stack: &Stack, answer: &Answer, name: &str) {
    answer.refuses(503, "UNAVAILABLE");
    assert!(!answer.json().to_string().contains(name), "{answer}");
    stack.audited(&answer.request_id(), &[]).await;
    let logged = Value::from(stack.logged(&answer.request_id()).await).to_string();
    assert!(logged.contains(name) && !logged.contains("canary"), "{logged}");
}
