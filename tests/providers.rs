//! Providers by name and by an operator's own row: what each does in its own way, against a provider with its quirks.

mod apple;
mod discord;
mod facebook;
mod google;
mod line;
mod microsoft;
mod of_ones_own;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::harness::{Answer, NO_PAUSE, Person, SessionTokens, Stack};
use crate::lies::quirks::TENANT;
use crate::lies::{LIES, Reply, Told, signs_in_at};

/// A stack whose operator lets in one tenant of Microsoft's, and calls a provider of their own "google".
fn particular() -> &'static Stack {
    static PARTICULAR: LazyLock<Stack> = LazyLock::new(|| {
        let mut rows = LIES.rows();
        rows["microsoft"]["tenant"] = json!(TENANT);
        rows["google"] = rows["honest"].take();
        rows["google"]["issuer"] = json!(LIES.issuer("workspace"));
        rows.as_object_mut().unwrap().remove("honest");
        Stack::start(1, &[NO_PAUSE], &rows)
    });
    &PARTICULAR
}

/// The user of a sign-in at a provider that tells this.
async fn user_at(provider: &str, tell: impl FnOnce(&mut Told)) -> Value {
    let visitor = Stack::shared().visitor();
    signs_in_at(&visitor, provider, &Person::new(), tell).await.user
}

/// An account that was made by mail, and what a client is told that signs in at a provider which tells of the same address.
async fn owner_and_claimant(provider: &str, tell: impl FnOnce(&mut Told)) -> (SessionTokens, Answer) {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    let started = visitor.starts(provider).await;
    (owner, visitor.callback(&started, &LIES.code(&started, &person, tell)).await)
}

/// The address is shown to the person, and leads to nobody else's account.
async fn shows_and_claims_nothing(provider: &str, tell: impl FnOnce(&mut Told)) {
    let (owner, claimant) = owner_and_claimant(provider, tell).await;
    let claimant = SessionTokens::of(&claimant.data());
    assert_ne!(owner.user_id(), claimant.user_id());
    assert_eq!((&claimant.user["email"], &claimant.user["emailVerified"]), (&owner.user["email"], &json!(false)));
}

/// The address leads to the account that its owner made by mail.
async fn claims_the_account(provider: &str, tell: impl FnOnce(&mut Told)) {
    let (owner, claimant) = owner_and_claimant(provider, tell).await;
    assert_eq!(owner.user_id(), SessionTokens::of(&claimant.data()).user_id());
}

/// The address has an account, whose mailbox has yet to say that the identity is its own.
async fn waits_for_the_mailbox(provider: &str, tell: impl FnOnce(&mut Told)) {
    let (_, claimant) = owner_and_claimant(provider, tell).await;
    claimant.refuses(409, "ACCOUNT_EXISTS");
}

/// Changes what userinfo tells.
fn profile(change: impl FnOnce(&mut Value)) -> impl FnOnce(&mut Told) {
    move |told| {
        let mut profile = serde_json::from_str(&told.userinfo.body).unwrap();
        change(&mut profile);
        told.userinfo = Reply::json(200, &profile);
    }
}

fn without(claim: &'static str) -> impl FnOnce(&mut Told) {
    move |told| drop(told.claims.as_object_mut().unwrap().remove(claim).unwrap())
}
