//! The page that an invitation's link opens, and its button.

use serde_json::json;

use super::{ACCEPT, accepts, accounts, invited, invites_with, page, revokes, whoami};
use crate::contracts::{KEY, ROLES_KEY, mailed_secret, rows, secret, stack};
use crate::harness::{
    APP, Answer, Call, NO_PAUSE, Person, SESSION_COOKIE, Stack, Tab, assert_shape, form, now, until_after,
};

/// A page that says what is wrong, and leads to a new start.
#[track_caller]
fn says(answer: &Answer, status: u16, heading: &str) {
    let page = answer.is_page(status);
    assert!(page.contains(&format!("<h1>{heading}</h1>")), "{page}");
    assert!(!page.contains("<form") && page.contains("href=\"/login?lang=en\""), "{page}");
    assert_eq!(answer.cookies(), [""; 0]);
}

const USED: &str = "This invitation was used already";
const REVOKED: &str = "This invitation was withdrawn";
const EXPIRED: &str = "This invitation has expired";
const UNKNOWN: &str = "This invitation doesn’t work";
const EXISTS: &str = "You already have an account";

#[tokio::test]
async fn the_page_says_who_invites_whom_as_what_and_offers_every_way_to_accept() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites_with(&visitor, ROLES_KEY, &person, json!({ "actorType": "guest", "role": "editor" })).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    let answer = Tab::of(visitor).opens(&page(&secret)).await;
    let page = answer.is_page(200);
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.cookies(), [""; 0]);
    for said in [
        "<h1>You’re invited to Doorward</h1>",
        &format!("<strong>{}</strong>", person.email),
        "You’ll join with the role “editor”.",
        "The invitation works once, until ",
        "<form method=\"post\" action=\"/v1/auth/invites/accept\">",
        &format!("name=\"token\" value=\"{secret}\""),
        "href=\"/v1/auth/login/honest?redirect_uri=https%3A%2F%2Fapp.example%2Fsigned-in&#38;actor_type=guest&#38;invite=",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
    assert!(!page.contains("<script"), "{page}");
}

#[tokio::test]
async fn the_page_speaks_the_persons_language_and_so_do_its_links() {
    let visitor = stack().visitor();
    let secret = invited(&visitor, &Person::new()).await;
    let page = Tab::of(visitor).opens(&format!("{}&lang=ja", page(&secret))).await.is_page(200);
    assert!(page.contains("<h1>Doorward への招待</h1>") && page.contains("name=\"lang\" value=\"ja\""), "{page}");
    assert!(page.contains(&format!("href=\"/login/invite?token={secret}&#38;lang=de\"")), "{page}");
}

#[tokio::test]
async fn who_presses_the_button_has_an_account_with_the_invites_role_and_a_session() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites_with(&visitor, ROLES_KEY, &person, json!({ "actorType": "guest", "role": "editor" })).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    let mut tab = Tab::of(visitor);
    let answer = accepts(&mut tab, &secret).await;
    answer.leads_to(APP);
    let [cookie, mark] = answer.cookies()[..] else { panic!("{answer}") };
    assert!(mark.starts_with("__Host-doorward-known="), "{mark}");
    assert!(cookie.starts_with(&format!("{SESSION_COOKIE}=ses_")), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Lax"), "{cookie}");
    stack().audited(&answer.request_id(), &["user_created", "invite_accepted", "sign_in_succeeded"]).await;
    let user = json!({
        "id": "<user>",
        "email": person.email,
        "emailVerified": true,
        "actorType": "guest",
        "role": "editor",
        "createdAt": "<time>",
    });
    let told = whoami(&mut tab).await;
    let known = told.as_object().unwrap().iter().filter(|(name, _)| user.get(name).is_some());
    assert_shape(&known.map(|(name, value)| (name.clone(), value.clone())).collect(), &user, "the session");
    assert!(!stack().dump().await.to_string().contains(&secret), "the secret is readable in the store");
}

#[tokio::test]
async fn a_scanner_leaves_the_invitation_as_it_was() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    let before = crate::races::items_with(&stack().dump().await, "Invites", &person.email).len();
    for method in ["HEAD", "OPTIONS"] {
        visitor.send(Call::new(method, page(&secret))).await;
    }
    for _ in 0..100 {
        assert_eq!(visitor.send(Call::get(page(&secret))).await.status, 200);
    }
    visitor.send(Call::get(format!("{ACCEPT}?token={secret}"))).await.is_from_the_gateway(404, "Not Found");
    let dump = stack().dump().await;
    let kept = crate::races::items_with(&dump, "Invites", &person.email);
    assert!(kept.len() == before && kept.iter().all(|item| item.get("used_at").is_none()), "{kept:?}");
    accepts(&mut Tab::of(visitor), &secret).await.leads_to(APP);
}

#[tokio::test]
async fn a_form_of_another_site_accepts_nothing() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    let mut tab = Tab::of(visitor);
    let answer = tab.submits_from_elsewhere(ACCEPT, &[("token", &secret), ("lang", "en")]).await;
    says(&answer, 403, "That didn’t come from here");
    stack().audited(&answer.request_id(), &["invite_refused"]).await;
    let unsaid = tab.send(form(ACCEPT, &[("token", &secret), ("lang", "en")])).await;
    says(&unsaid, 403, "That didn’t come from here");
    assert_eq!(accounts(stack(), &person).await, 0);
    accepts(&mut tab, &secret).await.leads_to(APP);
}

#[tokio::test]
async fn an_invitation_that_was_used_says_so_on_its_page_and_to_its_button() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    accepts(&mut Tab::of(visitor), &secret).await.leads_to(APP);
    let mut tab = Tab::of(visitor);
    says(&tab.opens(&page(&secret)).await, 400, USED);
    let answer = accepts(&mut tab, &secret).await;
    says(&answer, 400, USED);
    stack().audited(&answer.request_id(), &["invite_refused"]).await;
    assert_eq!(accounts(stack(), &person).await, 1);
}

#[tokio::test]
async fn an_invitation_that_was_revoked_says_so_on_its_page_and_to_its_button() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let id = invites_with(&visitor, KEY, &person, json!({ "actorType": "guest" })).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    let mut tab = Tab::of(visitor);
    tab.opens(&page(&secret)).await.is_page(200);
    revokes(&visitor, &id).await;
    says(&tab.opens(&page(&secret)).await, 400, REVOKED);
    says(&accepts(&mut tab, &secret).await, 400, REVOKED);
    assert_eq!(accounts(stack(), &person).await, 0);
}

#[tokio::test]
async fn an_invitation_that_has_expired_says_so_on_its_page_and_to_its_button() {
    let hasty = Stack::start(1, &[NO_PAUSE, "INVITE_SECONDS=1", "ACTOR_TYPES=guest:invite"], &rows(secret()));
    let (visitor, person) = (hasty.visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    until_after(now() + 1).await;
    let mut tab = Tab::of(visitor);
    says(&tab.opens(&page(&secret)).await, 400, EXPIRED);
    says(&accepts(&mut tab, &secret).await, 400, EXPIRED);
    assert_eq!(accounts(&hasty, &person).await, 0);
}

#[tokio::test]
async fn what_was_never_an_invitation_says_so_on_its_page_and_to_its_button() {
    let mut tab = Tab::of(stack().visitor());
    for token in ["", "nonsense", "<b>", &"A".repeat(43)] {
        let query = crate::harness::query(&[("token", token)]);
        says(&tab.opens(&format!("/login/invite?{query}")).await, 400, UNKNOWN);
        says(&accepts(&mut tab, token).await, 400, UNKNOWN);
    }
    says(&tab.opens("/login/invite").await, 400, UNKNOWN);
    says(&tab.submits(ACCEPT, &[("lang", "en")]).await, 400, UNKNOWN);
}

#[tokio::test]
async fn an_address_that_has_an_account_signs_in_as_before() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let first = invited(&visitor, &person).await;
    let second = invited(&visitor, &person).await;
    accepts(&mut Tab::of(visitor), &first).await.leads_to(APP);
    let mut tab = Tab::of(visitor);
    tab.opens(&page(&second)).await.is_page(200);
    says(&accepts(&mut tab, &second).await, 409, EXISTS);
    assert_eq!(accounts(stack(), &person).await, 1);
}

#[tokio::test]
async fn who_is_invited_where_anybody_may_sign_up_accepts_the_same_way() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites_with(&visitor, KEY, &person, json!({})).await;
    let secret = mailed_secret(&visitor, &person.email).await;
    let mut tab = Tab::of(visitor);
    accepts(&mut tab, &secret).await.leads_to(APP);
    let user = whoami(&mut tab).await;
    assert_eq!((&user["actorType"], &user["email"]), (&json!("user"), &json!(person.email)));
}

#[tokio::test]
async fn a_crowd_that_presses_at_once_makes_one_account_and_one_session() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let secret = invited(&visitor, &person).await;
    let press = form(ACCEPT, &[("token", &secret), ("lang", "en")]).header("sec-fetch-site", "same-origin");
    let answers = visitor.race(vec![press; 32]).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 303);
    assert_eq!(won.len(), 1);
    for answer in lost {
        // Whoever looks before the winner has written finds the address taken, and afterwards the invitation used.
        match answer.status {
            409 => says(answer, 409, EXISTS),
            _ => says(answer, 400, USED),
        }
    }
    assert_eq!(accounts(stack(), &person).await, 1);
}

#[tokio::test]
async fn where_sign_up_was_closed_since_nobody_is_let_in() {
    let directory = std::env::temp_dir().join(format!("doorward-closed-{}", std::process::id()));
    let starts = |policy: &str| {
        let actor_types = format!("ACTOR_TYPES=guest:{policy}");
        Stack::kept_in(&directory, &["PUBLIC_URL=http://localhost:4", NO_PAUSE, &actor_types], &rows(secret()))
    };
    let (person, before) = (Person::new(), starts("invite"));
    let secret = invited(&before.visitor(), &person).await;
    drop(before);
    let closed = starts("closed");
    let mut tab = Tab::of(closed.visitor());
    says(&tab.opens(&page(&secret)).await, 403, "There is no account for you");
    says(&accepts(&mut tab, &secret).await, 403, "There is no account for you");
    closed.visitor().asks_for_link(&person.email).await.data();
    assert_eq!(closed.mails_to(&person.email).await.len(), 0);
    drop(closed);
    std::fs::remove_dir_all(directory).unwrap();
}
