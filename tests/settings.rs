//! A wrong setting stops everything at its start, and a wrong secret answers 503; both name what is wrong.

use std::process::Command;

use serde_json::{Value, json};

use crate::contracts::INVITES_KEY;
use crate::harness::{Answer, Call, Person, Stack, binaries, workspace};
use crate::rotate_keys::kept::KeptStack;

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
    terms_without_tls_stop_the_start: "TERMS_URL" = "http://acme.example/terms";
    help_that_is_a_script_stops_the_start: "SUPPORT_URL" = "javascript:alert(1)";
}

#[test]
fn a_setting_that_cloudformation_would_refuse_stops_the_start_and_is_told_the_bound() {
    for (setting, takes) in [
        ("STATE_SECONDS=1", "60 and more"),
        ("STATE_SECONDS=3601", "3600 and less"),
        ("ACCOUNT_LINKING=always", "one of verified, never"),
        ("BRAND_NAME=", "1 and more characters"),
        ("PUBLIC_URL=auth.example", r"what matches ^(https?://[^\s/?#A-Z]+)?$"),
    ] {
        let mut command = Command::new(binaries().join("doorward-local"));
        command.args(["--port", "0", "--data", "memory", "--set", setting]).arg("--functions").arg(binaries());
        let output = command.current_dir(workspace()).output().unwrap();
        let expected = format!(
            "doorward-local: --set {setting}: template.yaml allows {takes} (--unbounded leaves that to the functions)\n"
        );
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert!(!output.status.success());
    }
}

/// One bad row, one test: nothing starts, and the one line names the row and what to change, but none of its values.
macro_rules! stops_over {
    ($($name:ident: $provider:literal = $row:tt, $complaint:literal;)*) => {$(
        #[test]
        fn $name() {
            let complaint = Stack::complaint_about(&json!({ $provider: $row }));
            let said = format!(".json: provider {:?}: {}", $provider, $complaint);
            assert!(complaint.starts_with("doorward-local: ") && complaint.trim_end().ends_with(&said), "{complaint}");
            assert_eq!(complaint.trim_end().lines().count(), 1, "{complaint}");
        }
    )*};
}

stops_over! {
    a_row_without_an_issuer_stops_the_start: "corp" = { "clientId": "us" },
        "not a provider that Doorward knows by name, so its row needs an issuer (the OpenID provider's URL)";
    a_row_without_a_client_id_stops_the_start: "google" = { "clientSecret": "canary" }, "missing field `clientId`";
    a_row_that_is_a_text_stops_the_start: "google" = "canary", "the row is not a JSON object";
    a_reserved_name_stops_the_start: "invites" = { "clientId": "us", "issuer": "https://idp.example" },
        "a name has 1 to 32 lower-case letters, digits or hyphens and is no reserved word";
    a_login_whose_tokens_nothing_can_check_stops_the_start: "external" = { "loginUrl": "https://login.example/" },
        "nothing verifies a token: give tokenJwksUrl, tokenSecret or userinfoUrl";
}

#[test]
fn rows_in_a_list_stop_the_start() {
    let complaint = Stack::complaint_about(&json!(["canary"]));
    assert!(complaint.starts_with("doorward-local: ") && !complaint.contains("canary"), "{complaint}");
}

#[tokio::test]
async fn without_a_sender_nothing_is_mailed_counted_or_kept_and_all_else_goes_on() {
    let (_, rows) = crate::contracts::settings_and_rows();
    let stack = Stack::start(1, &["MAIL_FROM=", "ACTOR_TYPES=user:open,guest:invite"], &rows);
    let (visitor, person) = (stack.visitor(), Person::new());
    let invitation = json!({ "email": person.email, "actorType": "guest" });
    let invites = Call::post("/v1/auth/invites").bearer(INVITES_KEY);
    for answer in [
        visitor.asks_for_link(&person.email).await,
        visitor.asks_for_link(&person.email).await,
        visitor.send(invites.json(&invitation)).await,
    ] {
        says(&stack, &answer, "MAIL_FROM").await;
    }
    visitor.send(Call::get("/v1/auth/invites").bearer(INVITES_KEY)).await.gives(json!({ "invites": [] }));
    visitor.signs_in(&person).await;
}

#[tokio::test]
async fn an_unreadable_secret_is_unavailable_and_named() {
    let mut kept = KeptStack::start();
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
async fn a_key_that_is_not_what_it_should_be_is_named_and_never_a_weaker_one() {
    let mut kept = KeptStack::start();
    let session = kept.stack().visitor().signs_in(&Person::new()).await;
    let good = kept.everything();
    let broken: [(&str, &str, &str, &str); 4] = [
        // As `openssl rand -base64 32` writes it.
        ("TokenKeysSecret", "/keys/0/k", "canaryS4LyNwO0qDrmxrcb4nVHDFbBUbcYHPKOV5dk=", "32 bytes"),
        ("TokenKeysSecret", "/keys/1/k", "canary", "key 2 (Next) is not 32 bytes"),
        ("SigningKeysSecret", "/keys/0/private_key", "canary", "a private key"),
        ("SigningKeysSecret", "/keys/1/kid", "canary", "key 2 (Next)"),
    ];
    for (name, pointer, value, problem) in broken {
        kept.restarts_with(|arn, secret| {
            *secret = good[arn].clone();
            if arn.contains(name) {
                for version in secret["versions"].as_object_mut().unwrap().values_mut() {
                    let mut keys: Value = serde_json::from_str(version["value"].as_str().unwrap()).unwrap();
                    if let Some(place) = keys.pointer_mut(pointer) {
                        *place = json!(value);
                    }
                    version["value"] = json!(keys.to_string());
                }
            }
        });
        let answer = kept.stack().visitor().refreshes(&session.refresh_token).await;
        says(kept.stack(), &answer, name).await;
        let logged = kept.stack().logged(&answer.request_id()).await;
        assert!(Value::from(logged.clone()).to_string().contains(problem), "{logged:?}");
    }
}

#[tokio::test]
async fn a_broken_secret_costs_nobody_their_link() {
    let mut kept = KeptStack::start();
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
