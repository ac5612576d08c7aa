//! Limits hold under a crowd: exactly as many as allowed, not one more.

use serde_json::json;

use super::{CROWD, winners};
use crate::harness::{APP, Call, Person, Stack, window_with_room};

#[tokio::test]
async fn a_crowd_that_wants_mails_to_one_address_gets_five() {
    let stack = Stack::shared();
    let person = Person::new();
    window_with_room(3600).await;
    let answers = stack.visitor().race(vec![mail_to(&person); CROWD]).await;
    winners(&answers, 5, 429, "RATE_LIMITED");
    assert_eq!(stack.mails_to(&person.email).await.len(), 5);
}

#[tokio::test]
async fn a_crowd_that_wants_mails_from_one_source_gets_twenty() {
    let stack = Stack::shared();
    let people: Vec<_> = (0..CROWD).map(|_| Person::new()).collect();
    window_with_room(3600).await;
    let answers = stack.visitor().race(people.iter().map(mail_to)).await;
    winners(&answers, 20, 429, "RATE_LIMITED");
    let mut mails = 0;
    for person in &people {
        mails += stack.mails_to(&person.email).await.len();
    }
    assert_eq!(mails, 20);
}

#[tokio::test]
async fn a_crowd_that_wants_mails_within_a_minute_gets_one() {
    let stack = Stack::strict();
    let person = Person::new();
    window_with_room(3600).await;
    let answers = stack.visitor().race(vec![mail_to(&person); 16]).await;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with(200), with(429)), (1, 15));
    assert_eq!(stack.mails_to(&person.email).await.len(), 1);
}

#[tokio::test]
async fn a_crowd_of_logins_from_one_source_starts_sixty() {
    let visitor = Stack::shared().visitor();
    let login = Call::post("/v1/auth/login").json(&json!({ "provider": "honest", "redirectUri": APP }));
    window_with_room(300).await;
    let answers = visitor.race(vec![login; 100]).await;
    winners(&answers, 60, 429, "RATE_LIMITED");
}

fn mail_to(person: &Person) -> Call {
    Call::post("/v1/auth/magic-link").json(&json!({ "email": person.email, "redirectUri": APP }))
}
