//! Setting a second factor up, replacing it, taking it off: `POST`, `POST …/confirm` and `DELETE` of
//! `/v1/auth/second-factor/totp`, and `POST /v1/auth/second-factor/recovery-codes`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::EnrolledPerson;
use crate::harness::{Authenticator, Call, Person, SECOND_FACTOR, SessionTokens, Stack, codes_of};
use crate::lies::session_of;

#[tokio::test]
async fn a_seed_is_shown_in_three_ways_and_counts_once_it_is_confirmed() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let session = visitor.signs_in(&person).await;

    let answer = visitor.is_shown_a_seed(&session, json!({})).await;

    let shown = answer.gives(json!({ "secret": "<text>", "otpauthUri": "<text>", "qrSvg": "<text>" }));
    let secret = shown["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32, "160 bits in base32");
    let account = person.email.replace('@', "%40");
    let uri = format!("otpauth://totp/Doorward:{account}?secret={secret}&issuer=Doorward");
    assert_eq!(shown["otpauthUri"], uri);
    assert!(shown["qrSvg"].as_str().unwrap().starts_with("<svg "));
    stack.audited(&answer.request_id(), &["second_factor_shown"]).await;
    visitor.signs_in(&person).await;

    let app = Authenticator::of(secret);
    let answer = visitor.confirms(&session, &app.code().await).await;
    let codes = codes_of(&answer.gives(json!({ "recoveryCodes": vec!["<text>"; 10] })));
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
    let well_formed = |code: &String| code.len() == 11 && code.as_bytes()[5] == b'-';
    assert!(codes.iter().all(well_formed), "{codes:?}");
    stack.audited(&answer.request_id(), &["second_factor_enrolled"]).await;
    let enrolled = EnrolledPerson { visitor, person, session, app };
    assert_eq!(enrolled.notices().await.len(), 1);
    enrolled.comes_halfway().await;
}

#[tokio::test]
async fn a_wrong_code_confirms_nothing() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let session = visitor.signs_in_by_link(&person.email).await;
    let shown = visitor.is_shown_a_seed(&session, json!({})).await.data();
    let app = Authenticator::of(shown["secret"].as_str().unwrap());
    visitor.confirms(&session, &app.wrong_code()).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.confirms(&session, "nonsense").await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.signs_in_by_link(&person.email).await;
}

#[tokio::test]
async fn a_confirmation_without_a_seed_is_invalid() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    visitor.confirms(&session, "123456").await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn another_session_of_the_same_person_does_not_confirm_the_seed() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let (one, other) = (visitor.signs_in(&person).await, visitor.signs_in(&person).await);
    let shown = visitor.is_shown_a_seed(&one, json!({})).await.data();
    let app = Authenticator::of(shown["secret"].as_str().unwrap());
    let code = app.code().await;
    visitor.confirms(&other, &code).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.confirms(&one, &code).await.data();
}

#[tokio::test]
async fn a_seed_is_confirmed_once() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let code = enrolled.app.code().await;
    enrolled.visitor.confirms(&enrolled.session, &code).await.refuses(401, "SECOND_FACTOR_INVALID");
}

#[tokio::test]
async fn re_enrolment_without_proof_keeps_the_old_seed() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let (visitor, session) = (enrolled.visitor, &enrolled.session);
    let tries = [json!({}), json!({ "code": enrolled.app.wrong_code() }), json!({ "code": enrolled.app.last_code() })];
    for body in tries {
        visitor.is_shown_a_seed(session, body).await.refuses(401, "SECOND_FACTOR_INVALID");
    }
    visitor.completes(&enrolled.comes_halfway().await, &enrolled.app.code().await).await.data();
}

#[tokio::test]
async fn a_seed_that_is_to_replace_another_counts_once_it_is_confirmed() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let (visitor, session) = (enrolled.visitor, &enrolled.session);
    let body = json!({ "code": enrolled.app.code().await });
    let shown = visitor.is_shown_a_seed(session, body).await.data();
    let new = Authenticator::of(shown["secret"].as_str().unwrap());
    assert_ne!(new.secret(), enrolled.app.secret());

    let partial = enrolled.comes_halfway().await;
    visitor.completes(&partial, &new.wrong_code()).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.completes(&partial, &enrolled.app.code().await).await.data();
    let codes = codes_of(&visitor.confirms(session, &new.code().await).await.data());

    let partial = enrolled.comes_halfway().await;
    for old in [enrolled.app.code().await, enrolled.app.recovery_codes[0].clone()] {
        visitor.completes(&partial, &old).await.refuses(401, "SECOND_FACTOR_INVALID");
    }
    visitor.completes(&partial, &new.code().await).await.data();
    visitor.completes(&enrolled.comes_halfway().await, &codes[0]).await.data();
}

#[tokio::test]
async fn new_recovery_codes_take_the_place_of_the_old_ones() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let (visitor, session) = (enrolled.visitor, &enrolled.session);
    let old = &enrolled.app.recovery_codes;
    visitor.renews_recovery_codes(session, &enrolled.app.wrong_code()).await.refuses(401, "SECOND_FACTOR_INVALID");

    let answer = visitor.renews_recovery_codes(session, &old[0]).await;

    let new = codes_of(&answer.gives(json!({ "recoveryCodes": vec!["<text>"; 10] })));
    assert!(new.iter().all(|code| !old.contains(code)));
    stack.audited(&answer.request_id(), &["recovery_codes_renewed", "recovery_code_used"]).await;
    let partial = enrolled.comes_halfway().await;
    visitor.completes(&partial, &old[1]).await.refuses(401, "SECOND_FACTOR_INVALID");
    visitor.completes(&partial, &new[1]).await.data();
}

#[tokio::test]
async fn a_removed_factor_is_asked_for_no_more_and_the_person_is_told() {
    let stack = Stack::shared();
    let enrolled = EnrolledPerson::at(stack.visitor()).await;
    let (visitor, session) = (enrolled.visitor, &enrolled.session);
    visitor.removes_factor(session, &enrolled.app.wrong_code()).await.refuses(401, "SECOND_FACTOR_INVALID");
    let halfway = enrolled.comes_halfway().await;

    let answer = visitor.removes_factor(session, &enrolled.app.code().await).await;

    answer.gives(json!({ "success": true }));
    stack.audited(&answer.request_id(), &["second_factor_removed"]).await;
    assert_eq!(enrolled.notices().await.len(), 2);
    visitor.signs_in(&enrolled.person).await;
    visitor.completes(&halfway, &enrolled.app.code().await).await.refuses(401, "UNAUTHORIZED");
    visitor.removes_factor(session, &enrolled.app.recovery_codes[0]).await.refuses(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_recovery_code_removes_the_factor_too() {
    let enrolled = EnrolledPerson::at(Stack::shared().visitor()).await;
    let code = &enrolled.app.recovery_codes[9];
    enrolled.visitor.removes_factor(&enrolled.session, code).await.gives(json!({ "success": true }));
    enrolled.visitor.signs_in(&enrolled.person).await;
}

#[tokio::test]
async fn every_copy_of_the_account_knows_of_the_factor() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let session = visitor.signs_in(&person).await;
    visitor.signs_in_by_link(&person.email).await;
    visitor.enrols(&session).await;
    let dump = visitor.stack.dump().await;
    let copies = crate::races::items_with(&dump, "Users", session.user_id());
    let accounts: Vec<_> = copies.iter().filter(|item| item.get("account").is_some()).collect();
    assert_eq!(accounts.len(), 3, "by id, identity and address: {accounts:?}");
    for account in accounts {
        assert_eq!(account["account"]["M"]["factors"], json!({ "L": [{ "S": "totp" }] }), "{account}");
    }
}

#[tokio::test]
async fn without_a_session_nothing_is_set_up() {
    let visitor = Stack::shared().visitor();
    for (method, path, body) in [
        ("POST", "/totp", json!({})),
        ("POST", "/totp/confirm", json!({ "code": "123456" })),
        ("DELETE", "/totp", json!({ "code": "123456" })),
        ("POST", "/recovery-codes", json!({ "code": "123456" })),
        ("POST", "/step-up", json!({ "code": "123456" })),
    ] {
        let call = Call::new(method, format!("{SECOND_FACTOR}{path}"));
        visitor.send(call.clone().json(&body)).await.refuses(401, "UNAUTHORIZED");
        visitor.send(call.bearer("nonsense").json(&body)).await.refuses(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a_seed_opens_whatever_became_of_the_keys_since() {
    let mut kept = crate::rotate_keys::kept::KeptStack::start();
    let person = Person::new();
    let (app, user) = {
        let visitor = kept.stack().visitor();
        let session = visitor.signs_in(&person).await;
        (visitor.enrols(&session).await, session.user)
    };
    for _ in 0..3 {
        kept.ages_by_days(400);
        kept.rotates("FactorKeysSecret").await;
        kept.rotates("TokenKeysSecret").await;
    }
    kept.ages_by_days(0);
    let visitor = kept.stack().visitor();
    for code in [app.code().await, app.recovery_codes[0].clone()] {
        let started = visitor.starts("honest").await;
        let provider_code = crate::lies::LIES.code(&started, &person, |_| {});
        let halfway: Value = visitor.callback(&started, &provider_code).await.data();
        let answer = visitor.completes(halfway["sessionId"].as_str().unwrap(), &code).await;
        SessionTokens::of(&answer.gives(session_of(user.clone())));
    }
}
