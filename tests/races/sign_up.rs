//! Several first sign-ins of one person.

use std::collections::BTreeSet;

use serde_json::json;

use super::{items_with, winners};
use crate::contracts::{actor, gateway, lab, stack};
use crate::harness::{Call, Person, Stack, Visitor};
use crate::lies::LIES;

#[tokio::test]
async fn a_person_who_signs_in_for_the_first_time_in_many_tabs_is_one_user() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let mut calls = Vec::new();
    for _ in 0..16 {
        calls.push(by_provider(&visitor, "honest", &person).await);
    }
    are_one_user(&visitor, &person, calls).await;
}

#[tokio::test]
async fn a_person_who_comes_by_link_and_by_two_providers_at_once_is_one_user() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let mut calls = Vec::new();
    for provider in ["honest", "other", "honest", "other", "forge"] {
        calls.push(by_provider(&visitor, provider, &person).await);
    }
    for _ in 0..3 {
        let token = visitor.gets_link(&person.email).await;
        calls.push(Call::post("/v1/auth/verify").json(&json!({ "token": token })));
    }
    are_one_user(&visitor, &person, calls).await;
}

#[tokio::test]
async fn a_person_who_comes_by_every_contract_at_once_is_one_user() {
    let visitor = stack().visitor();
    let person = Person::new();
    let waiting = lab::starts(&visitor).await;
    lab::confirms(&visitor, &waiting, &person).await;
    let mut calls = vec![
        gateway::returning(&visitor, &person).await,
        actor::returning(&visitor, "user", &person).await,
        lab::going_on(&waiting),
        by_provider(&visitor, "other", &person).await,
    ];
    let token = visitor.gets_link(&person.email).await;
    calls.push(Call::post("/v1/auth/verify").json(&json!({ "token": token })));

    let answers = visitor.race(calls).await;

    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{}",
        answers.iter().map(ToString::to_string).collect::<String>()
    );
    assert_eq!(accounts_of(&visitor, &person).await, 1);
}

#[tokio::test]
async fn a_person_whose_links_are_all_opened_at_once_is_one_user() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let mut calls = Vec::new();
    for _ in 0..5 {
        let token = visitor.gets_link(&person.email).await;
        calls.push(Call::post("/v1/auth/verify").json(&json!({ "token": token })));
    }
    are_one_user(&visitor, &person, calls).await;
}

async fn by_provider(visitor: &Visitor<'_>, provider: &str, person: &Person) -> Call {
    let started = visitor.starts(provider).await;
    Visitor::callback_call(&started, &LIES.code(&started, person, |_| {}), json!({}))
}

async fn are_one_user(visitor: &Visitor<'_>, person: &Person, calls: Vec<Call>) {
    let answers = visitor.race(calls).await;
    let sessions = winners(&answers, answers.len(), 0, "");
    let users: BTreeSet<_> = sessions.iter().map(|data| data["user"]["id"].as_str().unwrap()).collect();
    assert_eq!(users.len(), 1, "{users:?}");
    assert_eq!(accounts_of(visitor, person).await, 1);
    let dump = visitor.stack.dump().await;
    let kept = items_with(&dump, "Sessions", users.first().unwrap());
    let begun = kept.iter().filter(|item| item.to_string().contains("generation")).count();
    assert_eq!(begun, sessions.len());
}

/// How many accounts have the person's address.
async fn accounts_of(visitor: &Visitor<'_>, person: &Person) -> usize {
    let dump = visitor.stack.dump().await;
    let items = items_with(&dump, "Users", &person.email);
    items.iter().filter(|item| item["id"]["S"].as_str().unwrap().starts_with("user#")).count()
}
