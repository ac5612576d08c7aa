//! `POST /v1/auth/magic-link`: one mail, to one recipient, with one link.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{APP, APP_WITH_QUERY, Answer, Person, Stack, now, window_with_room};

#[tokio::test]
async fn the_mail_has_one_recipient_and_the_link_in_text_and_html() {
    let stack = Stack::shared();
    let person = Person::new();
    let token = stack.visitor().gets_link(&person.email).await;

    let mails = stack.mails_to(&person.email).await;
    let [mail] = &mails[..] else { panic!("{} mails", mails.len()) };
    crate::harness::assert_shape(&json!([token]), &json!(["<secret>"]), "the token");
    let link = format!("{APP}?token={token}");
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    assert_eq!(text.matches(&link).count(), 1, "{text}");
    assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
    assert!(mail["subject"].as_str().unwrap().contains("Doorward"), "{mail}");
    assert!(!mail["subject"].as_str().unwrap().contains(&token), "{mail}");
}

#[tokio::test]
async fn a_target_with_a_query_gets_the_token_as_one_more_parameter() {
    let stack = Stack::shared();
    let person = Person::new();
    let token = stack.visitor().gets_link_with(&person.email, json!({ "redirectUri": APP_WITH_QUERY })).await;
    let mail = stack.mails_to(&person.email).await.remove(0);
    assert!(mail["text"].as_str().unwrap().contains(&format!("{APP_WITH_QUERY}&token={token}")), "{mail}");
    assert!(mail["html"].as_str().unwrap().contains(&format!("?from=mail&#38;token={token}")), "{mail}");
}

#[tokio::test]
async fn the_host_header_decides_nothing() {
    let stack = Stack::shared();
    let email = Person::new().email;
    let call = crate::harness::Call::post("/v1/auth/magic-link").json(&json!({ "email": email, "redirectUri": APP }));
    stack.visitor().send(call.header("x-forwarded-host", "evil.example")).await.data();
    assert!(!stack.mails_to(&email).await[0].to_string().contains("evil.example"));
}

#[tokio::test]
async fn an_address_with_an_account_and_one_without_get_the_same_answer() {
    let visitor = Stack::shared().visitor();
    let (member, stranger) = (Person::new(), Person::new());
    visitor.signs_in_by_link(&member.email).await;

    let answers = [visitor.asks_for_link(&member.email).await, visitor.asks_for_link(&stranger.email).await];
    let shape = json!({ "sent": true, "expiresAt": "<time>", "requestId": "<text>" });
    answers.iter().for_each(|answer| drop(answer.gives(shape.clone())));
    assert_eq!(answers[0].body.len(), answers[1].body.len());
    assert_eq!(header_names(&answers[0]), header_names(&answers[1]));
}

#[tokio::test]
async fn a_sixth_mail_within_an_hour_is_refused_with_and_without_an_account_alike() {
    let stack = Stack::shared();
    let (member, stranger) = (Person::new(), Person::new());
    window_with_room(3600).await;
    stack.visitor().signs_in_by_link(&member.email).await;
    for _ in 0..4 {
        stack.visitor().gets_link(&member.email).await;
    }
    for _ in 0..5 {
        stack.visitor().gets_link(&stranger.email).await;
    }

    let mut refusals = Vec::new();
    for person in [&member, &stranger] {
        let answer = stack.visitor().asks_for_link(&person.email).await;
        let request_id = answer.refuses(429, "RATE_LIMITED");
        stack.audited(&request_id, &["limit_reached"]).await;
        assert_eq!(stack.mails_to(&person.email).await.len(), 5);
        refusals.push(answer);
    }
    let wait: i64 = refusals[0].header("retry-after").unwrap().parse().unwrap();
    let left = 3600 - now() % 3600;
    assert!((left - 2..=left + 2).contains(&wait), "{wait} s to wait, the window has {left}");
    assert_eq!(refusals[0].json()["message"], refusals[1].json()["message"]);
    assert_eq!(header_names(&refusals[0]), header_names(&refusals[1]));
}

#[tokio::test]
async fn spellings_of_one_mailbox_share_one_limit() {
    let stack = Stack::shared();
    let email = Person::new().email;
    window_with_room(3600).await;
    let spellings = [email.clone(), email.to_uppercase(), email.replace("person", "PERSON")];
    for spelling in spellings.iter().cycle().take(5) {
        stack.visitor().asks_for_link(spelling).await.data();
    }
    for spelling in &spellings {
        stack.visitor().asks_for_link(spelling).await.refuses(429, "RATE_LIMITED");
    }
}

#[tokio::test]
async fn a_twenty_first_mail_from_one_source_within_an_hour_is_refused() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    window_with_room(3600).await;
    for _ in 0..20 {
        visitor.gets_link(&Person::new().email).await;
    }
    let person = Person::new();
    visitor.asks_for_link(&person.email).await.refuses(429, "RATE_LIMITED");
    assert_eq!(stack.mails_to(&person.email).await.len(), 0);
    stack.visitor().gets_link(&person.email).await;
}

#[tokio::test]
async fn a_second_mail_within_a_minute_is_refused() {
    let stack = Stack::strict();
    let (person, other) = (Person::new(), Person::new());
    let visitor = stack.visitor();
    visitor.gets_link(&person.email).await;

    let answer = visitor.asks_for_link(&person.email).await;

    assert_eq!((answer.status, &answer.json()["error"]), (429, &json!("RATE_LIMITED")), "{answer}");
    let wait: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait} s to wait");
    assert_eq!(stack.mails_to(&person.email).await.len(), 1);
    visitor.gets_link(&other.email).await;
}

#[tokio::test]
async fn the_token_is_stored_nowhere() {
    let stack = Stack::shared();
    let token = stack.visitor().gets_link(&Person::new().email).await;
    assert!(!stack.dump().await.to_string().contains(&token));
}

/// One refusal, one test: the answer to a request with this field in place of a good one.
macro_rules! refused {
    ($($name:ident: $field:literal = $value:expr => $code:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let mut body = json!({ "email": Person::new().email, "redirectUri": APP });
            body[$field] = json!($value);
            let answer = Stack::shared().visitor().post("/v1/auth/magic-link", body).await;
            answer.refuses(400, $code);
            if $code == "INVALID_REQUEST" {
                answer.faults($field);
            }
        }
    )*};
}

refused! {
    an_empty_address_is_refused: "email" = "" => "INVALID_REQUEST";
    an_address_without_at_is_refused: "email" = "person.example" => "INVALID_REQUEST";
    an_address_with_two_at_is_refused: "email" = "a@b@people.example" => "INVALID_REQUEST";
    an_address_without_local_part_is_refused: "email" = "@people.example" => "INVALID_REQUEST";
    an_address_without_domain_is_refused: "email" = "person@" => "INVALID_REQUEST";
    an_address_with_a_line_break_is_refused: "email" = "a@people.example\r\nBcc: b@people.example" => "INVALID_REQUEST";
    an_address_with_a_final_line_feed_is_refused: "email" = "a@people.example\n" => "INVALID_REQUEST";
    two_addresses_are_refused: "email" = "a@people.example,b@people.example" => "INVALID_REQUEST";
    a_list_of_addresses_is_refused: "email" = ["a@people.example"] => "INVALID_REQUEST";
    a_display_name_is_refused: "email" = "Somebody <a@people.example>" => "INVALID_REQUEST";
    a_quoted_local_part_with_a_space_is_refused: "email" = "\"a b\"@people.example" => "INVALID_REQUEST";
    a_null_character_is_refused: "email" = "a\0@people.example" => "INVALID_REQUEST";
    a_space_is_refused: "email" = "a b@people.example" => "INVALID_REQUEST";
    a_semicolon_is_refused: "email" = "a@people.example;b@people.example" => "INVALID_REQUEST";
    an_address_literal_is_refused: "email" = "a@[127.0.0.1]" => "INVALID_REQUEST";
    an_overlong_local_part_is_refused: "email" = format!("{}@people.example", "a".repeat(65)) => "INVALID_REQUEST";
    an_overlong_address_is_refused: "email" = format!("a@{}example", "people.".repeat(40)) => "INVALID_REQUEST";
    an_address_that_is_null_is_refused: "email" = Value::Null => "INVALID_REQUEST";

    a_foreign_target_is_refused: "redirectUri" = "https://evil.example/" => "INVALID_REDIRECT";
    a_target_that_differs_in_one_byte_is_refused: "redirectUri" = "https://app.example/signed-im" => "INVALID_REDIRECT";
    a_target_that_is_null_is_refused: "redirectUri" = Value::Null => "INVALID_REQUEST";

    a_challenge_of_42_characters_is_refused: "codeChallenge" = "c".repeat(42) => "INVALID_REQUEST";
    an_unknown_actor_type_is_refused: "actorType" = "admin" => "INVALID_REQUEST";
}

#[tokio::test]
async fn a_refused_request_mails_nothing() {
    let stack = Stack::shared();
    let email = Person::new().email;
    let body = json!({ "email": email, "redirectUri": "https://evil.example/" });
    stack.visitor().post("/v1/auth/magic-link", body).await.refuses(400, "INVALID_REDIRECT");
    assert_eq!(stack.mails_to(&email).await.len(), 0);
}

fn header_names(answer: &Answer) -> BTreeSet<String> {
    answer.headers.keys().map(ToString::to_string).collect()
}
