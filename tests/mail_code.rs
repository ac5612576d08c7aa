//! `POST /v1/auth/verify` with a code: from what a person types to a session.

use crate::callback::{VERIFIER, challenge};
use crate::harness::{Answer, Call, Person, Session, Stack, Visitor, now, until_after};
use crate::lies::session_of;
use crate::verify::user_by_mail;
use serde_json::{Value, json};

/// A mail that was asked for: the request's id, which only the asking client knows, and the code in the mail.
struct Mailed {
    request_id: String,
    code: String,
}

impl Mailed {
    async fn to(email: &str, visitor: &Visitor<'_>, further: Value) -> Self {
        let data = visitor.asks_for_link_with(email, further).await.data();
        let mail = visitor.newest_mail(email).await;
        let looks_like_a_code = |line: &&str| line.len() == 9 && line.as_bytes()[4] == b'-';
        let code = mail
            .lines()
            .find(looks_like_a_code)
            .unwrap_or_else(|| panic!("no code in {mail}"));
        Self {
            request_id: data["requestId"].as_str().unwrap().to_owned(),
            code: code.to_owned(),
        }
    }

    fn body(&self, code: &str) -> Value {
        json!({ "requestId": self.request_id, "code": code })
    }

    async fn types(&self, code: &str, visitor: &Visitor<'_>) -> Answer {
        visitor.post("/v1/auth/verify", self.body(code)).await
    }

    /// A code that is well-formed and not the one in the mail.
    fn wrong_code(&self) -> String {
        let other = if self.code.starts_with('A') { "B" } else { "A" };
        format!("{other}{}", &self.code[1..])
    }
}

#[tokio::test]
async fn the_code_in_the_mail_gives_a_session_however_it_is_typed() {
    let visitor = Stack::shared().visitor();
    for typed in [str::to_owned, str::to_lowercase, |code: &str| code.replace('-', " ")] {
        let person = Person::new();
        let mailed = Mailed::to(&person.email, &visitor, json!({})).await;
        let answer = mailed.types(&typed(&mailed.code), &visitor).await;
        answer.gives(session_of(user_by_mail(&person)));
    }
}

#[tokio::test]
async fn a_code_typed_twice_is_an_invalid_code() {
    let visitor = Stack::shared().visitor();
    let mailed = Mailed::to(&Person::new().email, &visitor, json!({})).await;
    mailed.types(&mailed.code, &visitor).await.data();
    mailed.types(&mailed.code, &visitor).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn one_mail_opens_one_session_whichever_way_comes_first() {
    let visitor = Stack::shared().visitor();
    let email = Person::new().email;
    let mailed = Mailed::to(&email, &visitor, json!({})).await;
    let token = visitor.newest_token(&email).await;
    visitor.verifies(&token).await.data();
    mailed.types(&mailed.code, &visitor).await.refuses(400, "INVALID_CODE");

    let mailed = Mailed::to(&email, &visitor, json!({})).await;
    let token = visitor.newest_token(&email).await;
    mailed.types(&mailed.code, &visitor).await.data();
    visitor.verifies(&token).await.refuses(400, "MAGIC_LINK_USED");
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_refused_and_the_link_still_opens() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let email = Person::new().email;
    let mailed = Mailed::to(&email, &visitor, json!({})).await;
    for _ in 0..5 {
        let request_id = mailed
            .types(&mailed.wrong_code(), &visitor)
            .await
            .refuses(400, "INVALID_CODE");
        stack.audited(&request_id, &["sign_in_refused"]).await;
    }
    mailed.types(&mailed.code, &visitor).await.refuses(400, "INVALID_CODE");
    visitor.verifies(&visitor.newest_token(&email).await).await.data();
}

#[tokio::test]
async fn what_can_never_have_been_a_code_costs_no_try() {
    let visitor = Stack::shared().visitor();
    let mailed = Mailed::to(&Person::new().email, &visitor, json!({})).await;
    for typed in ["ABCD", "ABCD-EFG0", "ABCD-EFGHJ", "code", "ÄBCD-EFGH", "________"] {
        mailed.types(typed, &visitor).await.refuses(400, "INVALID_CODE");
    }
    mailed.types(&mailed.code, &visitor).await.data();
}

#[tokio::test]
async fn a_code_is_good_for_the_request_that_it_was_mailed_for_alone() {
    let visitor = Stack::shared().visitor();
    let email = Person::new().email;
    let first = Mailed::to(&email, &visitor, json!({})).await;
    let second = Mailed::to(&email, &visitor, json!({})).await;
    first.types(&second.code, &visitor).await.refuses(400, "INVALID_CODE");
    let unknown = Mailed {
        request_id: "mlr_00000000000000000000000000000000".to_owned(),
        code: first.code.clone(),
    };
    unknown
        .types(&unknown.code, &visitor)
        .await
        .refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_code_that_was_asked_for_with_a_challenge_needs_its_verifier_and_costs_no_try_without() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let mailed = Mailed::to(&person.email, &visitor, json!({ "codeChallenge": challenge() })).await;
    for _ in 0..6 {
        mailed
            .types(&mailed.code, &visitor)
            .await
            .refuses(400, "MAGIC_LINK_INVALID");
    }
    let mut body = mailed.body(&mailed.code);
    body["codeVerifier"] = json!(VERIFIER);
    let answer = visitor.post("/v1/auth/verify", body).await;
    answer.gives(session_of(user_by_mail(&person)));
}

#[tokio::test]
async fn a_code_typed_too_late_is_an_invalid_code() {
    let visitor = Stack::unforgiving().visitor();
    let mailed = Mailed::to(&Person::new().email, &visitor, json!({})).await;
    until_after(now() + 1).await;
    mailed.types(&mailed.code, &visitor).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_token_and_a_code_in_one_request_or_neither_are_a_malformed_request() {
    let visitor = Stack::shared().visitor();
    let mailed = Mailed::to(&Person::new().email, &visitor, json!({})).await;
    let mut both = mailed.body(&mailed.code);
    both["token"] = json!("t");
    for body in [
        both,
        json!({}),
        json!({ "code": mailed.code }),
        json!({ "requestId": mailed.request_id }),
    ] {
        visitor
            .post("/v1/auth/verify", body)
            .await
            .refuses(400, "INVALID_REQUEST");
    }
    mailed.types(&mailed.code, &visitor).await.data();
}

#[tokio::test]
async fn of_64_who_type_the_right_code_at_once_one_gets_a_session() {
    let visitor = Stack::shared().visitor();
    let mailed = Mailed::to(&Person::new().email, &visitor, json!({})).await;
    let call = || Call::post("/v1/auth/verify").json(&mailed.body(&mailed.code));
    let answers = visitor.race((0..64).map(|_| call())).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    Session::of(&won[0].data());
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        lost.refuses(400, "INVALID_CODE");
    }
}

#[tokio::test]
async fn of_64_guesses_at_once_no_more_than_five_are_compared() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let mailed = Mailed::to(&Person::new().email, &visitor, json!({})).await;
    let call = || Call::post("/v1/auth/verify").json(&mailed.body(&mailed.wrong_code()));
    for answer in visitor.race((0..64).map(|_| call())).await {
        answer.refuses(400, "INVALID_CODE");
    }
    let dump = stack.dump().await;
    let kept = dump["MagicLinks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["id"]["S"] == mailed.request_id.as_str());
    assert_eq!(kept.unwrap()["tries"]["N"], "5");
    mailed.types(&mailed.code, &visitor).await.refuses(400, "INVALID_CODE");
}
