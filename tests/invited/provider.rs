//! Accepting an invitation with an account elsewhere, in a browser.

use serde_json::json;

use super::{accepts, accounts, invited, invites_with, page, revokes, whoami};
use crate::contracts::{KEY, ROLES_KEY, invites, mailed_secret, stack};
use crate::harness::{APP, Answer, Call, Person, StartedSignIn, Tab};
use crate::lies::LIES;

const HERE: &str = "/login/registration?lang=en";

/// Opens the invite's page and follows its button to the provider.
async fn leaves(tab: &mut Tab<'_>, secret: &str) -> StartedSignIn {
    let shown = tab.opens(&page(secret)).await.is_page(200);
    let (_, after) = shown.split_once("href=\"/v1/auth/login/honest?").unwrap_or_else(|| panic!("{shown}"));
    let link = format!("/v1/auth/login/honest?{}", after.split('"').next().unwrap().replace("&#38;", "&"));
    let answer = tab.send(Call::get(link).header("sec-fetch-site", "same-origin")).await;
    assert_eq!(answer.status, 302, "{answer}");
    StartedSignIn::at("honest", answer.header("location").unwrap())
}

/// Accepts with the honest provider.
pub async fn comes_in(tab: &mut Tab<'_>, secret: &str, person: &Person) -> Answer {
    let started = leaves(tab, secret).await;
    tab.returns(&started, person).await
}

/// The same person as another address knows them.
fn with_another_address(person: &Person) -> Person {
    Person { email: Person::new().email, ..person.clone() }
}

#[tokio::test]
async fn the_providers_identity_becomes_that_of_the_invited_address() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites_with(&visitor, ROLES_KEY, &person, json!({ "actorType": "guest", "role": "editor" })).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    let (mut tab, elsewhere) = (Tab::of(visitor), with_another_address(&person));
    let answer = comes_in(&mut tab, &secret, &elsewhere).await;
    answer.leads_to(APP);
    stack().audited(&answer.request_id(), &["user_created", "invite_accepted", "sign_in_succeeded"]).await;
    let user = whoami(&mut tab).await;
    assert_eq!((&user["email"], &user["emailVerified"]), (&json!(person.email), &json!(true)));
    assert_eq!((&user["role"], &user["actorType"]), (&json!("editor"), &json!("guest")));
    assert_eq!(user["name"], person.name);
    let started = visitor.starts_with("honest", json!({ "actorType": "guest" })).await;
    let again = visitor.callback(&started, &LIES.code(&started, &elsewhere, |_| {})).await.data();
    assert_eq!(again["user"]["id"], user["id"]);
    assert!(!stack().dump().await.to_string().contains(&secret), "the secret is readable in the store");
    assert!(!stack().log().await.concat().contains(&secret), "the secret is readable in the log");
}

#[tokio::test]
async fn the_invited_address_is_told_which_identity_joined_and_can_say_that_it_was_somebody_else() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let invitation = json!({ "email": person.email, "actorType": "guest", "language": "de" });
    visitor.send(Call::post(crate::contracts::INVITES).bearer(KEY).json(&invitation)).await.data();
    let secret = mailed_secret(&visitor, &person.email).await;
    let (mut tab, elsewhere) = (Tab::of(visitor), with_another_address(&person));

    comes_in(&mut tab, &secret, &elsewhere).await.leads_to(APP);

    let mails = stack().mails_to(&person.email).await;
    assert_eq!(mails[0]["subject"], "Ihre Einladung zu Doorward wurde angenommen");
    assert!(mails[0]["text"].as_str().unwrap().contains(&elsewhere.email), "{mails:?}");
    assert_eq!(stack().mails_to(&elsewhere.email).await.len(), 0);
    let token = stack().visitor().newest_token(&person.email).await;
    let undone = Tab::of(stack().visitor()).submits("/v1/auth/undo", &[("token", &token)]).await;
    assert_eq!(undone.status, 200, "{undone}");
    tab.opens("/v1/auth/session").await.refuses(401, "UNAUTHORIZED");
    // The account is the mailbox's, and the mailbox's alone.
    let token = stack().visitor().gets_link_with(&person.email, json!({ "actorType": "guest" })).await;
    let owner = stack().visitor().verifies(&token).await.data();
    assert_eq!(owner["user"]["email"], person.email);
    let started = stack().visitor().starts_with("honest", json!({ "actorType": "guest" })).await;
    let again = stack().visitor().callback(&started, &LIES.code(&started, &elsewhere, |_| {})).await;
    assert_eq!(again.data()["registrationRequired"], true);
}

#[tokio::test]
async fn no_other_site_leads_anybody_to_a_provider_with_an_invitation_of_its_choice() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    let link = format!("/v1/auth/login/honest?actor_type=guest&invite={secret}");
    for site in [Some("cross-site"), Some("same-site"), Some("none"), None] {
        let call = site.into_iter().fold(Call::get(&link), |call, site| call.header("sec-fetch-site", site));
        let answer = visitor.send(call).await;
        answer.is_page(403);
        assert_eq!(answer.cookies(), [""; 0], "{site:?}");
        stack().audited(&answer.request_id(), &["sign_in_refused"]).await;
    }
    let nonsense = Call::get("/v1/auth/login/honest?invite=nonsense").header("sec-fetch-site", "same-origin");
    assert!(visitor.send(nonsense).await.is_page(400).contains("This invitation doesn’t work"));
}

#[tokio::test]
async fn who_has_an_account_is_signed_in_to_it_and_the_invitation_stays() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    comes_in(&mut Tab::of(visitor), &secret, &person).await.leads_to(APP);
    let invited_again = Person::new();
    let secret = invited(&visitor, &invited_again).await;
    let mut tab = Tab::of(visitor);
    comes_in(&mut tab, &secret, &person).await.leads_to(APP);
    assert_eq!(whoami(&mut tab).await["email"], person.email);
    accepts(&mut Tab::of(visitor), &secret).await.leads_to(APP);
}

#[tokio::test]
async fn an_invited_address_that_has_an_account_gets_no_second_one() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let (first, second) = (invited(&visitor, &person).await, invited(&visitor, &person).await);
    accepts(&mut Tab::of(visitor), &first).await.leads_to(APP);
    let stranger = Person::new();
    let answer = comes_in(&mut Tab::of(visitor), &second, &stranger).await;
    answer.leads_to(&format!("{APP}?error=ACCOUNT_EXISTS"));
    assert_eq!((accounts(stack(), &person).await, accounts(stack(), &stranger).await), (1, 0));
}

#[tokio::test]
async fn an_invitation_that_is_revoked_meanwhile_lets_nobody_in() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let id = invites_with(&visitor, KEY, &person, json!({ "actorType": "guest" })).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    let mut tab = Tab::of(visitor);
    let started = leaves(&mut tab, &secret).await;
    revokes(&visitor, &id).await;
    let answer = tab.returns(&started, &person).await;
    answer.leads_to(HERE);
    stack().audited(&answer.request_id(), &["invite_refused", "registration_required"]).await;
    assert_eq!(accounts(stack(), &person).await, 0);
}

#[tokio::test]
async fn of_two_who_follow_one_invitation_one_gets_in() {
    let (visitor, person, other) = (stack().visitor(), Person::new(), Person::new());
    let secret = invited(&visitor, &person).await;
    let (mut tab, mut others) = (Tab::of(visitor), Tab::of(visitor));
    let (started, theirs) = (leaves(&mut tab, &secret).await, leaves(&mut others, &secret).await);
    tab.returns(&started, &person).await.leads_to(APP);
    others.returns(&theirs, &other).await.leads_to(HERE);
    assert_eq!(accounts(stack(), &other).await, 0);
}

#[tokio::test]
async fn an_address_that_the_provider_vouches_for_needs_no_link() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let mut tab = Tab::of(visitor);
    let mut goes = async || {
        let answer = tab.opens("/v1/auth/login/honest?actor_type=guest").await;
        let started = StartedSignIn::at("honest", answer.header("location").unwrap());
        tab.returns(&started, &person).await
    };
    goes().await.leads_to(HERE);
    invites(&visitor, &person.email).await;
    goes().await.leads_to(&format!("{}/login", stack().url));
    assert_eq!(whoami(&mut tab).await["email"], person.email);
}

#[tokio::test]
async fn an_address_that_nobody_vouches_for_needs_the_link() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites(&visitor, &person.email).await;
    let mut tab = Tab::of(visitor);
    let answer = tab.opens("/v1/auth/login/honest?actor_type=guest").await;
    let started = StartedSignIn::at("honest", answer.header("location").unwrap());
    let code = LIES.code(&started, &person, |told| told.claims["email_verified"] = json!(false));
    tab.returns_with(&started, &[("code", &code), ("state", &started.state)]).await.leads_to(HERE);
    assert_eq!(accounts(stack(), &person).await, 0);
}
