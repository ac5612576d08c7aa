//! Mails: strangers spend what strangers have, one mailbox is one mailbox, and a resend is told where the mail went.

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};

use crate::contracts::{INVITES, KEY, rows, secret};
use crate::harness::{APP, Answer, Call, NO_PAUSE, Person, Stack, Tab, window_with_room};

const FORM: &str = "/v1/auth/magic-link";

/// Strangers, each at an address of their own, ask for as many mails to an address as they get, by the API.
async fn strangers_spend(stack: &Stack, email: &str) {
    for _ in 0..5 {
        let challenge = json!({ "codeChallenge": "A".repeat(43) });
        stack.visitor().asks_for_link_with(email, challenge).await.data();
    }
    stack.visitor().asks_for_link(email).await.refuses(429, "RATE_LIMITED");
}

/// The same on our page.
async fn strangers_spend_the_page(stack: &Stack, email: &str) {
    for _ in 0..5 {
        assert_eq!(asks(&mut Tab::of(stack.visitor()), email).await.status, 303);
    }
    asks(&mut Tab::of(stack.visitor()), email).await.is_page(429);
}

async fn asks(tab: &mut Tab<'_>, email: &str) -> Answer {
    tab.submits(FORM, &[("email", email), ("return_to", APP)]).await
}

/// A browser of somebody whose account has this address, signed out again.
async fn a_known_browser<'a>(stack: &'a Stack, email: &str) -> Tab<'a> {
    let mut tab = Tab::of(stack.visitor());
    let waiting = asks(&mut tab, email).await.header("location").unwrap().to_owned();
    let request = waiting.split_once("request=").unwrap().1.split('&').next().unwrap();
    let token = tab.visitor.newest_token(email).await;
    tab.submits("/v1/auth/verify", &[("token", &token), ("request", request)]).await.leads_to(APP);
    tab.submits("/v1/auth/logout", &[]).await;
    tab
}

#[tokio::test]
async fn what_strangers_ask_for_by_the_api_leaves_our_page_its_mails_and_admins_their_invites() {
    let stack = Stack::start(4, &[NO_PAUSE, "ACTOR_TYPES=user:open,guest:invite"], &rows(secret()));
    let email = Person::new().email;
    window_with_room(3600).await;
    strangers_spend(&stack, &email).await;
    strangers_spend_the_page(&stack, &email).await;
    let wish = json!({ "email": email, "actorType": "guest" });
    stack.visitor().send(Call::post(INVITES).bearer(KEY).json(&wish)).await.data();
}

#[tokio::test]
async fn a_browser_that_signed_in_before_has_mails_that_strangers_cannot_spend() {
    let stack = Stack::shared();
    let email = Person::new().email;
    window_with_room(3600).await;
    let mut known = a_known_browser(stack, &email).await;
    strangers_spend(stack, &email).await;
    for _ in 0..4 {
        assert_eq!(asks(&mut Tab::of(stack.visitor()), &email).await.status, 303);
    }
    asks(&mut Tab::of(stack.visitor()), &email).await.is_page(429);
    // Nor does it matter who else is at its address.
    for _ in 0..19 {
        known.visitor.gets_link(&Person::new().email).await;
    }
    known.visitor.asks_for_link(&Person::new().email).await.refuses(429, "RATE_LIMITED");

    for _ in 0..5 {
        assert_eq!(asks(&mut known, &email).await.status, 303);
    }
    asks(&mut known, &email).await.is_page(429);
}

#[tokio::test]
async fn a_browsers_mark_is_for_its_own_account_opens_nothing_and_stays_after_signing_out() {
    let stack = Stack::shared();
    let (person, victim) = (Person::new(), Person::new());
    window_with_room(3600).await;
    stack.visitor().signs_in_by_link(&victim.email).await;
    let mut known = a_known_browser(stack, &person.email).await;
    assert_eq!(known.cookies.keys().collect::<Vec<_>>(), ["__Host-doorward-known"]);
    known.opens("/v1/auth/session").await.refuses(401, "UNAUTHORIZED");
    strangers_spend_the_page(stack, &victim.email).await;
    asks(&mut known, &victim.email).await.is_page(429);
    let mark = known.cookies["__Host-doorward-known"].clone();
    for made_up in [mark.replace('.', ".A"), mark[..mark.len() - 1].to_owned(), String::new()] {
        known.cookies.insert("__Host-doorward-known".to_owned(), made_up);
        asks(&mut known, &victim.email).await.is_page(429);
    }
    let dump = stack.dump().await.to_string();
    assert!(!dump.contains(&mark) && !stack.log().await.join("\n").contains(&mark));
}

#[tokio::test]
async fn tags_of_one_mailbox_share_one_limit_and_lead_to_accounts_of_their_own() {
    let stack = Stack::shared();
    let email = Person::new().email;
    let (name, domain) = email.split_once('@').unwrap();
    let tagged = |tag: u32| format!("{name}+{tag}@{domain}");
    window_with_room(3600).await;
    for tag in 0..5 {
        stack.visitor().gets_link(&tagged(tag)).await;
    }
    for address in [&tagged(5), &tagged(0), &email] {
        stack.visitor().asks_for_link(address).await.refuses(429, "RATE_LIMITED");
    }
    let mut users = Vec::new();
    for tag in [0, 1] {
        let token = stack.visitor().newest_token(&tagged(tag)).await;
        users.push(stack.visitor().verifies(&token).await.data()["user"]["id"].clone());
    }
    assert_ne!(users[0], users[1]);
}

#[tokio::test]
async fn a_resend_within_the_minute_is_told_where_the_mail_went_and_how_long_to_wait() {
    let stack = Stack::strict();
    let (member, stranger) = (Person::new(), Person::new());
    let token = stack.visitor().gets_link(&member.email).await;
    stack.visitor().verifies(&token).await.data();
    stack.visitor().gets_link(&stranger.email).await;
    let mut answers = Vec::new();
    for person in [&member, &stranger] {
        let tagged = person.email.replace('@', "+again@");
        let answer = stack.visitor().asks_for_link(&tagged).await;
        answer.is(
            429,
            json!({
                "error": "RATE_LIMITED",
                "message": "<text>",
                "requestId": "<text>",
                "retryAfter": "<number>",
                "sentTo": person.email,
                "sentSecondsAgo": "<number>",
            }),
        );
        let body = answer.json();
        let (wait, ago) = (body["retryAfter"].as_u64().unwrap(), body["sentSecondsAgo"].as_u64().unwrap());
        assert_eq!(wait + ago, 60, "{body}");
        assert_eq!(answer.header("retry-after"), Some(&wait.to_string()[..]));
        assert_eq!(stack.mails_to(&tagged).await.len(), 0);
        stack.audited(&answer.request_id(), &["limit_reached"]).await;
        answers.push((answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>(), body["message"].clone()));
    }
    assert_eq!(answers[0], answers[1], "an account makes no difference");
}

#[tokio::test]
async fn a_page_that_asks_again_says_when_the_mail_went_and_leads_its_own_browser_back_to_the_code() {
    let stack = Stack::with(&[]);
    let (mut own, mut other) = (Tab::of(stack.visitor()), Tab::of(stack.visitor()));
    let email = Person::new().email;
    let waiting = asks(&mut own, &email).await.header("location").unwrap().to_owned();

    let again = asks(&mut own, &email).await;
    let page = again.is_page(429);
    let wait: u64 = again.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let ago = 60 - wait;
    let seconds = |number: u64| if number == 1 { "second" } else { "seconds" };
    assert!(page.contains(&format!("We sent one {ago} {} ago.", seconds(ago))), "{page}");
    assert!(page.contains(&format!("You can send it again in {wait} {}.", seconds(wait))), "{page}");
    assert!(page.contains(&format!("href=\"{}\"", waiting.replace('&', "&#38;"))), "{page}");
    own.opens(&waiting).await.is_page(200);
    let code = own.visitor.newest_code(&email).await;
    let request = waiting.split_once("request=").unwrap().1.split('&').next().unwrap();
    own.submits("/v1/auth/verify", &[("request", request), ("code", &code)]).await.leads_to(APP);

    let page = asks(&mut other, &email).await.is_page(429);
    assert!(page.contains(" ago.") && !page.contains("check-mail") && !page.contains(request), "{page}");
}

#[tokio::test]
async fn where_sign_up_is_closed_the_page_promises_no_mail() {
    let mut tab = Tab::of(Stack::strict().visitor());
    let fields = [("email", &Person::new().email[..]), ("actor_type", "staff")];
    assert_eq!(tab.submits(FORM, &fields).await.status, 303);
    let page = tab.submits(FORM, &fields).await.is_page(429);
    assert!(page.contains("If this address can sign in here, we sent one "), "{page}");
}

#[tokio::test]
async fn a_limit_that_is_reached_names_source_and_mailbox_in_the_log() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let email = Person::new().email;
    window_with_room(3600).await;
    strangers_spend(stack, &email).await;
    let id = visitor.asks_for_link(&email).await.refuses(429, "RATE_LIMITED");
    stack.audited(&id, &["limit_reached"]).await;
    let line = stack.logged(&id).await.remove(0);
    let hash = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, email.as_bytes()));
    let named: Value = json!({ "limit": line["limit"], "source": line["source"], "mailbox": line["mailbox"] });
    assert_eq!(named, json!({ "limit": "mails_per_address", "source": visitor.address.to_string(), "mailbox": hash }));
    assert!(!line.to_string().contains(&email), "{line}");
}
