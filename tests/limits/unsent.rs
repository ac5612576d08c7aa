//! Mails that SES does not take cost nobody anything, and those of which it does not say so stay counted.

use serde_json::{Value, json};

use crate::contracts::{INVITES, KEY, rows, secret};
use crate::harness::{Answer, Call, Person, Stack, window_with_room};

/// Everything that limits count, with the items of pauses that are over left out.
async fn counted(stack: &Stack) -> Vec<Value> {
    let dump = stack.dump().await;
    let now = crate::harness::now();
    let number = |item: &Value, name: &str| item[name]["N"].as_str().unwrap().parse::<i64>().unwrap();
    let items = dump["Limits"].as_array().unwrap_or_else(|| panic!("no limits in {dump}")).clone();
    items.into_iter().filter(|item| number(item, "hits") > 0 && number(item, "expires_at") > now).collect()
}

fn comes_again(answer: &Answer) {
    answer.refuses(503, "UNAVAILABLE");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
}

/// The calls to SES that fail: after those to Secrets Manager and DynamoDB.
async fn ses_fails(stack: &Stack, function: &str, kind: &str, times: u32) {
    let fault = json!({ "function": function, "kind": kind, "after": 0, "times": times, "operation": "SendEmail" });
    stack.orders(&fault).await;
}

#[tokio::test]
async fn a_mail_that_ses_refuses_is_not_counted_and_can_be_asked_for_at_once() {
    let stack = Stack::alone(&["LIMIT_MAILS_PER_ADDRESS_PER_HOUR=1", "LIMIT_MAILS_PER_SOURCE_PER_HOUR=1"]);
    let (visitor, person) = (stack.visitor(), Person::new());
    window_with_room(3600).await;
    for kind in ["throttled", "failed"] {
        ses_fails(&stack, "magic-link", kind, 100).await;
        comes_again(&visitor.asks_for_link(&person.email).await);
        assert!(stack.heals().await > 3, "SES is asked with some patience");
        assert_eq!(counted(&stack).await, Vec::<Value>::new());
    }
    visitor.gets_link(&person.email).await;
    assert_eq!(counted(&stack).await.len(), 3);
    assert_eq!(stack.mails_to(&person.email).await.len(), 1);
    assert_eq!(visitor.asks_for_link(&person.email).await.status, 429);
}

#[tokio::test]
async fn an_invite_that_ses_refuses_is_not_counted() {
    let settings = ["ACTOR_TYPES=user:open,guest:invite", "LIMIT_INVITES_PER_ADDRESS_PER_HOUR=1"];
    let stack = Stack::start(1, &settings, &rows(secret()));
    let (visitor, person) = (stack.visitor(), Person::new());
    let inviting = || {
        let wish = json!({ "email": person.email, "actorType": "guest" });
        visitor.send(Call::post(INVITES).bearer(KEY).json(&wish))
    };
    window_with_room(3600).await;
    ses_fails(&stack, "invites", "throttled", 100).await;
    comes_again(&inviting().await);
    stack.heals().await;
    assert_eq!(counted(&stack).await, Vec::<Value>::new());
    inviting().await.data();
    inviting().await.refuses(429, "RATE_LIMITED");
}

#[tokio::test]
async fn a_mail_that_ses_may_have_taken_stays_counted() {
    let stack = Stack::alone(&[]);
    let (visitor, person) = (stack.visitor(), Person::new());
    ses_fails(&stack, "magic-link", "dropped", 100).await;
    comes_again(&visitor.asks_for_link(&person.email).await);
    stack.heals().await;
    assert_eq!(counted(&stack).await.len(), 3);
    assert_eq!(visitor.asks_for_link(&person.email).await.status, 429);
}

#[tokio::test]
async fn a_mail_that_ses_takes_after_a_moment_is_sent_once() {
    let stack = Stack::alone(&[]);
    let (visitor, person) = (stack.visitor(), Person::new());
    ses_fails(&stack, "magic-link", "throttled", 5).await;
    visitor.gets_link(&person.email).await;
    assert_eq!(stack.heals().await, 5);
    assert_eq!(stack.mails_to(&person.email).await.len(), 1);
}

#[tokio::test]
async fn giving_back_takes_nothing_from_others_at_the_same_address() {
    let stack = Stack::alone(&["LIMIT_MAIL_INTERVAL_SECONDS=0"]);
    let (visitor, person) = (stack.visitor(), Person::new());
    window_with_room(3600).await;
    visitor.gets_link(&person.email).await;
    visitor.gets_link(&person.email).await;
    let before = counted(&stack).await;
    ses_fails(&stack, "magic-link", "throttled", 100).await;
    comes_again(&visitor.asks_for_link(&person.email).await);
    stack.heals().await;
    assert_eq!(counted(&stack).await, before);
}
