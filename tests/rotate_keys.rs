//! `rotate-keys`, over Secrets Manager's four steps: published before it signs, kept until nothing it made is valid,
//! safe when run twice or stopped half-way.

pub mod kept;

use serde_json::{Value, json};

use crate::harness::{Call, Person, Stack};
use crate::lies::jose::header_of;
use kept::{KeptStack, STEPS};

const SIGNING: &str = "SigningKeysSecret";
pub const TOKENS: &str = "TokenKeysSecret";
const FACTORS: &str = "FactorKeysSecret";
const VERIFYING: &str = "VerifyingKeysSecret";
const LABELS: &str = "ProviderLabelsSecret";

#[tokio::test]
async fn a_deployment_starts_with_a_current_and_a_next_key_of_each_kind() {
    let kept = KeptStack::start();
    for secret in [SIGNING, TOKENS, FACTORS] {
        assert_eq!(kept.states(secret), ["current", "next"], "{secret}");
    }
    assert_eq!(published(kept.stack()).await, kept.kids(SIGNING));
}

#[tokio::test]
async fn the_public_halves_are_those_of_the_keys_in_force_and_nothing_else() {
    let mut kept = KeptStack::start();
    kept.ages_by_days(40);
    kept.rotates(SIGNING).await;
    assert_eq!(kept.kids(VERIFYING), kept.kids(SIGNING));
    assert_eq!(kept.states(VERIFYING), ["previous", "current", "next"]);
    let secrets = kept.everything().as_object().unwrap().clone();
    let (_, verifying) = secrets.iter().find(|(arn, _)| arn.contains(VERIFYING)).unwrap();
    let verifying = verifying.to_string();
    for private in ["private_key", "PRIVATE KEY", r#"\"d\""#, r#"\"p\""#, r#"\"q\""#] {
        assert!(!verifying.contains(private), "{private}");
    }
}

#[tokio::test]
async fn a_rotation_that_moves_nothing_is_an_error_and_no_rotation() {
    let mut kept = KeptStack::start();
    let session = kept.stack().visitor().signs_in(&Person::new()).await;
    for secret in [SIGNING, TOKENS, FACTORS] {
        let before = kept.kids(secret);
        let version = kept.begins(secret);
        for _ in 0..2 {
            let answer = kept.tries(secret, &version, "createSecret").await;
            assert_eq!(answer.status, 500, "{secret}: {answer}");
            assert!(answer.to_string().contains("too early, so nothing changed"), "{secret}: {answer}");
        }
        for step in ["testSecret", "finishSecret"] {
            assert_eq!(kept.tries(secret, &version, step).await.status, 500, "{secret}, {step}");
        }
        assert_eq!(kept.kids(secret), before, "{secret}");
        let log = kept.stack().log().await.join("\n");
        assert!(!log.contains("keys_rotated") && log.contains(secret), "{log}");
    }
    let visitor = kept.stack().visitor();
    visitor.looks_up(&session.access_token).await.data();
    visitor.renews(&session).await;
}

#[tokio::test]
async fn a_signing_key_is_published_before_it_signs_and_after() {
    let mut kept = KeptStack::start();
    let old = kept.stack().visitor().signs_in(&Person::new()).await;
    let before = published(kept.stack()).await;

    kept.ages_by_days(40);
    kept.rotates(SIGNING).await;

    assert_eq!(kept.states(SIGNING), ["previous", "current", "next"]);
    let after = published(kept.stack()).await;
    assert_eq!(after[..2], before, "both known keys are still published");
    let visitor = kept.stack().visitor();
    let new = visitor.signs_in(&Person::new()).await;
    assert_eq!((&header_of(&old.access_token)["kid"], &header_of(&new.access_token)["kid"]), (&before[0], &before[1]));
    visitor.looks_up(&old.access_token).await.data();
    visitor.looks_up(&new.access_token).await.data();
}

#[tokio::test]
async fn a_refresh_token_outlives_the_key_that_made_it_current() {
    let mut kept = KeptStack::start();
    let old = kept.stack().visitor().signs_in(&Person::new()).await;
    kept.ages_by_days(40);
    kept.rotates(TOKENS).await;
    assert_eq!(kept.states(TOKENS), ["previous", "current", "next"]);

    let visitor = kept.stack().visitor();
    let (renewed, again) = (visitor.renews(&old).await, visitor.renews(&old).await);
    assert_eq!(renewed.refresh_token, again.refresh_token);
    visitor.renews(&renewed).await;
}

#[tokio::test]
async fn a_login_that_a_rotation_falls_into_still_ends_in_a_session() {
    let mut kept = KeptStack::start();
    let person = Person::new();
    let started = kept.stack().visitor().starts("honest").await;
    let code = crate::lies::LIES.code(&started, &person, |_| {});
    kept.ages_by_days(40);
    kept.rotates(TOKENS).await;
    kept.stack().visitor().callback(&started, &code).await.data();
}

#[tokio::test]
async fn a_key_goes_when_nothing_that_it_made_can_be_valid() {
    let mut kept = KeptStack::start();
    let old = kept.stack().visitor().signs_in(&Person::new()).await;
    let oldest = [kept.kids(SIGNING)[0].clone(), kept.kids(TOKENS)[0].clone()];
    for _ in 0..2 {
        kept.ages_by_days(40);
        kept.rotates(SIGNING).await;
        kept.rotates(TOKENS).await;
    }
    for (secret, oldest) in [(SIGNING, &oldest[0]), (TOKENS, &oldest[1])] {
        assert_eq!(kept.states(secret), ["previous", "current", "next"], "{secret}");
        assert!(!kept.kids(secret).contains(oldest), "{secret}");
    }
    let visitor = kept.stack().visitor();
    visitor.looks_up(&old.access_token).await.refuses(401, "UNAUTHORIZED");
    visitor.refreshes(&old.refresh_token).await.refuses(401, "REFRESH_TOKEN_INVALID");
}

#[tokio::test]
async fn a_key_that_seals_second_factors_never_goes() {
    let mut kept = KeptStack::start();
    let oldest = kept.kids(FACTORS)[0].clone();
    for _ in 0..3 {
        kept.ages_by_days(400);
        kept.rotates(FACTORS).await;
    }
    assert_eq!(kept.states(FACTORS), ["previous", "previous", "previous", "current", "next"]);
    assert_eq!(kept.kids(FACTORS)[0], oldest);
}

#[tokio::test]
async fn every_step_may_be_run_twice() {
    let mut kept = KeptStack::start();
    kept.ages_by_days(40);
    let version = kept.begins(SIGNING);
    for step in STEPS {
        kept.step(SIGNING, &version, step).await;
        let once = kept.everything();
        kept.step(SIGNING, &version, step).await;
        assert_eq!(kept.everything(), once, "{step}");
    }
    assert_eq!(kept.states(SIGNING), ["previous", "current", "next"]);
}

#[tokio::test]
async fn a_rotation_that_stops_half_way_changes_nothing_that_is_in_force() {
    for stop in 1..STEPS.len() {
        let mut kept = KeptStack::start();
        kept.ages_by_days(40);
        let (signing, before) = (kept.kids(SIGNING), published(kept.stack()).await);
        let version = kept.begins(SIGNING);
        for step in &STEPS[..stop] {
            kept.step(SIGNING, &version, step).await;
        }
        assert_eq!(kept.kids(SIGNING), signing, "after {stop} steps");
        assert_eq!(published(kept.stack()).await, before, "after {stop} steps");

        kept.rotates(SIGNING).await;
        assert_eq!(kept.states(SIGNING), ["previous", "current", "next"], "after {stop} steps");
        assert_eq!(kept.kids(SIGNING)[..2], signing, "after {stop} steps");
    }
}

#[tokio::test]
async fn keys_that_waited_too_long_to_be_published_are_given_up_and_made_anew() {
    let mut kept = KeptStack::start();
    kept.ages_by_days(40);
    let before = kept.kids(SIGNING);
    let version = kept.begins(SIGNING);
    for step in &STEPS[..3] {
        kept.step(SIGNING, &version, step).await;
    }
    kept.ages_by_days(1);
    let answer = kept.tries(SIGNING, &version, "finishSecret").await;
    assert_eq!(answer.status, 500, "{answer}");
    assert!(answer.to_string().contains("made more than ten minutes ago"), "{answer}");
    assert!(kept.tries(SIGNING, &version, "finishSecret").await.to_string().contains("not pending"));
    assert_eq!((kept.kids(SIGNING), kept.kids(VERIFYING)), (before.clone(), before.clone()));

    kept.rotates(SIGNING).await;
    assert_eq!(kept.states(SIGNING), ["previous", "current", "next"]);
    assert_eq!(kept.kids(SIGNING)[..2], before);
}

#[tokio::test]
async fn revoked_signing_keys_verify_nothing_any_more_and_new_ones_sign() {
    let mut kept = KeptStack::start();
    let session = kept.stack().visitor().signs_in(&Person::new()).await;
    kept.ages_by_days(40);
    let before = kept.kids(SIGNING);
    let version = kept.begins(SIGNING);
    for step in &STEPS[..3] {
        kept.step(SIGNING, &version, step).await;
    }
    assert_eq!(kept.revokes("signing").await.status, 200);
    assert_eq!(kept.states(SIGNING), ["current", "next"]);
    assert!(kept.kids(SIGNING).iter().all(|kid| !before.contains(kid)), "the keys before are gone");
    let overtaken = kept.tries(SIGNING, &version, "finishSecret").await;
    assert!(overtaken.to_string().contains("not pending"), "what was prepared from the keys before: {overtaken}");
    let log = kept.stack().log().await;
    assert_eq!(log.iter().filter(|line| line.contains("keys_revoked") && line.contains(SIGNING)).count(), 1);

    // What processes keep for five minutes is forgotten.
    kept.restarts_with(|_, _| {});
    assert_eq!(published(kept.stack()).await, kept.kids(SIGNING));
    let visitor = kept.stack().visitor();
    visitor.looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
    let renewed = visitor.renews(&session).await;
    visitor.looks_up(&renewed.access_token).await.data();
    kept.ages_by_days(40);
    kept.rotates(SIGNING).await;
}

#[tokio::test]
async fn revoked_token_keys_renew_nothing_any_more_and_new_ones_do() {
    let mut kept = KeptStack::start();
    let session = kept.stack().visitor().signs_in(&Person::new()).await;
    for _ in 0..2 {
        assert_eq!(kept.revokes("token").await.status, 200, "and once more, when the answer was lost");
    }
    assert_eq!(kept.states(TOKENS), ["current", "next"]);
    kept.restarts_with(|_, _| {});
    let visitor = kept.stack().visitor();
    visitor.refreshes(&session.refresh_token).await.refuses(401, "REFRESH_TOKEN_INVALID");
    visitor.looks_up(&session.access_token).await.data();
    visitor.renews(&visitor.signs_in(&Person::new()).await).await;
}

#[tokio::test]
async fn keys_that_seal_second_factors_are_not_revoked() {
    let kept = KeptStack::start();
    let before = kept.everything();
    assert_eq!(kept.revokes("factor").await.status, 500);
    assert_eq!(kept.everything(), before);
}

#[tokio::test]
async fn a_version_that_is_not_pending_never_comes_into_force() {
    let kept = KeptStack::start();
    let before = kept.everything();
    for step in ["testSecret", "finishSecret"] {
        let answer = kept.tries(SIGNING, "00000000-0000-4000-8000-000000000000", step).await;
        assert_eq!(answer.status, 500, "{step}: {answer}");
    }
    assert_eq!(kept.everything(), before);
}

#[tokio::test]
async fn a_step_that_secrets_manager_does_not_know_is_refused() {
    let mut kept = KeptStack::start();
    let version = kept.begins(SIGNING);
    let before = kept.everything();
    for step in ["", "deleteSecret", "createsecret"] {
        assert_eq!(kept.tries(SIGNING, &version, step).await.status, 500, "{step}");
    }
    assert_eq!(kept.everything(), before);
}

#[tokio::test]
async fn the_providers_secret_is_never_rotated() {
    let mut kept = KeptStack::start();
    let version = kept.begins("ProvidersSecret");
    let before = kept.everything();
    assert_eq!(kept.tries("ProvidersSecret", &version, "createSecret").await.status, 500);
    assert_eq!(kept.everything(), before);
}

#[tokio::test]
async fn the_labels_are_all_that_the_sign_in_page_shows_of_the_providers_and_nothing_else_of_their_rows() {
    let issuer = "https://idp.example";
    let kept = KeptStack::with(json!({
        "github": { "clientId": "us", "clientSecret": "canary" },
        "acme-staff": { "clientId": "us", "issuer": issuer, "label": "Acme Staff" },
        "demo": { "clientId": "us", "issuer": issuer },
        "external": { "loginUrl": issuer, "userinfoUrl": issuer, "apiKeys": ["canary"] },
    }));
    let labelled = |name: &str, label: &str| json!({ "name": name, "label": label });
    let labels = [labelled("acme-staff", "Acme Staff"), labelled("demo", "Demo"), labelled("github", "GitHub")];
    assert_eq!(kept.value(LABELS), json!(labels));
}

#[tokio::test]
async fn labels_follow_the_rows_with_the_next_rotation_and_every_step_may_be_run_twice() {
    let mut kept = KeptStack::with(json!({ "github": { "clientId": "us", "clientSecret": "s" } }));
    let before = kept.value(LABELS);
    let version = kept.begins(LABELS);
    for step in STEPS {
        assert_eq!(kept.value(LABELS), before, "before {step}");
        kept.step(LABELS, &version, step).await;
        let once = kept.everything();
        kept.step(LABELS, &version, step).await;
        assert_eq!(kept.everything(), once, "{step}");
    }
    assert_eq!(kept.value(LABELS), before);

    kept.restarts_at(json!({ "github": { "clientId": "us", "clientSecret": "s", "label": "Octocat" } }));
    assert_eq!(kept.value(LABELS).as_array().unwrap().last(), Some(&json!({ "name": "github", "label": "Octocat" })));
    let page = kept.stack().visitor().send(Call::get("/login")).await.is_page(200);
    assert!(page.contains("Continue with Octocat</a>"), "{page}");
}

#[tokio::test]
async fn labels_stay_as_they_are_when_the_rows_cannot_be_had_or_the_version_is_not_pending() {
    let mut kept = KeptStack::start();
    let version = kept.begins(LABELS);
    let before = kept.everything();
    for step in ["testSecret", "finishSecret"] {
        assert!(kept.tries(LABELS, &version, step).await.to_string().contains("not pending"), "{step}");
    }
    let fault = json!({ "function": "rotate-keys", "kind": "failed", "after": 2, "times": 100 });
    kept.stack().orders(&fault).await;
    assert_eq!(kept.tries(LABELS, &version, "createSecret").await.status, 500);
    assert!(kept.stack().heals().await > 0);
    assert_eq!(kept.everything(), before);
}

#[tokio::test]
async fn a_rotation_is_audited_without_its_keys() {
    let mut kept = KeptStack::start();
    kept.ages_by_days(40);
    kept.rotates(SIGNING).await;
    let log = kept.stack().log().await;
    assert_eq!(
        log.iter().filter(|line| line.contains("\"keys_rotated\"") && line.contains(SIGNING)).count(),
        1,
        "{log:?}"
    );
    let log = log.join("\n");
    assert!(!log.contains("PRIVATE KEY") && !log.contains("private_key"), "{log}");
}

/// The names of the published keys, in order.
async fn published(stack: &Stack) -> Vec<Value> {
    let keys = stack.visitor().send(Call::get("/.well-known/jwks.json")).await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| json!(key["kid"])).collect()
}
