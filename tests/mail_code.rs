//! `POST /v1/auth/verify` with the code of a mail: few bits, so few tries, and one mail opens one session.

use serde_json::{Value, json};

use crate::callback::{VERIFIER, challenge};
use crate::harness::{Answer, Person, Stack, Visitor, now, until_after};
use crate::lies::session_of;
use crate::verify::user_by_mail;

#[tokio::test]
async fn the_code_of_a_mail_opens_a_session() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    mailed.typed(&mailed.code).await.gives(session_of(user_by_mail(&mailed.person)));
}

#[tokio::test]
async fn a_code_is_read_however_it_is_typed() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    let spaced: String = mailed.code.to_lowercase().replace('-', "").chars().flat_map(|c| [c, ' ']).collect();
    mailed.typed(&spaced).await.gives(session_of(user_by_mail(&mailed.person)));
}

#[tokio::test]
async fn a_code_that_was_used_is_invalid_and_so_is_the_link_beside_it() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    mailed.typed(&mailed.code).await.data();
    mailed.typed(&mailed.code).await.refuses(400, "INVALID_CODE");
    visitor.verifies(&mailed.token).await.refuses(400, "MAGIC_LINK_USED");
}

#[tokio::test]
async fn a_code_is_invalid_once_the_link_beside_it_was_opened() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    visitor.verifies(&mailed.token).await.data();
    mailed.typed(&mailed.code).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_code_that_was_guessed_wrong_four_times_still_opens() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    for _ in 0..4 {
        mailed.typed(&mailed.wrong()).await.refuses(400, "INVALID_CODE");
    }
    mailed.typed(&mailed.code).await.data();
}

#[tokio::test]
async fn a_code_that_was_guessed_wrong_five_times_is_invalid_for_good_but_its_link_is_not() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    for _ in 0..5 {
        mailed.typed(&mailed.wrong()).await.refuses(400, "INVALID_CODE");
    }
    let request_id = mailed.typed(&mailed.code).await.refuses(400, "INVALID_CODE");
    stack.audited(&request_id, &["sign_in_refused"]).await;
    visitor.verifies(&mailed.token).await.data();
}

#[tokio::test]
async fn a_crowd_of_guesses_is_five_guesses() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    let answers = visitor.race(vec![mailed.call(&mailed.wrong()); 64]).await;
    answers.iter().for_each(|answer| drop(answer.refuses(400, "INVALID_CODE")));
    assert_eq!(mailed.tries().await, "5");
    mailed.typed(&mailed.code).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_code_typed_by_a_crowd_gives_one_session() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    let answers = visitor.race(vec![mailed.call(&mailed.code); 64]).await;
    crate::races::winners(&answers, 1, 400, "INVALID_CODE");
}

#[tokio::test]
async fn a_code_belongs_to_the_request_that_it_was_mailed_for() {
    let visitor = Stack::shared().visitor();
    let (ours, theirs) = (MailedCode::to(&visitor, json!({})).await, MailedCode::to(&visitor, json!({})).await);
    ours.typed(&theirs.code).await.refuses(400, "INVALID_CODE");
    theirs.typed(&theirs.code).await.data();
}

#[tokio::test]
async fn a_code_for_a_request_that_nobody_made_is_invalid() {
    let visitor = Stack::shared().visitor();
    let mut mailed = MailedCode::to(&visitor, json!({})).await;
    mailed.request_id = format!("mlr_{}", "0".repeat(32));
    mailed.typed(&mailed.code).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn the_key_of_another_item_is_no_request() {
    let visitor = Stack::shared().visitor();
    let mut mailed = MailedCode::to(&visitor, json!({})).await;
    let link =
        crate::lies::jose::base64url(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, mailed.token.as_bytes()));
    mailed.request_id = link;
    mailed.typed(&mailed.code).await.refuses(400, "INVALID_CODE");
    visitor.verifies(&mailed.token).await.data();
}

#[tokio::test]
async fn a_code_typed_too_late_is_invalid() {
    let visitor = Stack::unforgiving().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    until_after(now() + 1).await;
    mailed.typed(&mailed.code).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn without_its_verifier_a_code_is_refused_and_no_try_is_counted() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({ "codeChallenge": challenge() })).await;
    for _ in 0..6 {
        mailed.typed(&mailed.code).await.refuses(400, "MAGIC_LINK_INVALID");
    }
    let body = json!({ "requestId": mailed.request_id, "code": mailed.code, "codeVerifier": VERIFIER });
    visitor.post("/v1/auth/verify", body).await.gives(session_of(user_by_mail(&mailed.person)));
}

#[tokio::test]
async fn a_request_without_code_is_named() {
    let body = json!({ "requestId": "mlr_1" });
    Stack::shared().visitor().post("/v1/auth/verify", body).await.faults("code");
}

#[tokio::test]
async fn a_token_and_a_code_at_once_are_refused_and_consume_nothing() {
    let visitor = Stack::shared().visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    let body = json!({ "requestId": mailed.request_id, "code": mailed.code, "token": mailed.token });
    visitor.post("/v1/auth/verify", body).await.faults("token");
    visitor.post("/v1/auth/verify", json!({ "code": mailed.code })).await.faults("requestId");
    mailed.typed(&mailed.code).await.data();
}

#[tokio::test]
async fn neither_code_nor_token_is_stored_or_logged_readably() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let mailed = MailedCode::to(&visitor, json!({})).await;
    mailed.typed(&mailed.wrong()).await.refuses(400, "INVALID_CODE");
    let request_id = mailed.typed(&mailed.code).await.request_id();
    stack.audited(&request_id, &["user_created", "sign_in_succeeded"]).await;
    let kept = format!("{} {}", stack.dump().await, stack.log().await.join("\n"));
    for secret in [mailed.code.clone(), mailed.code.replace('-', ""), mailed.token] {
        assert!(!kept.contains(&secret), "{secret} can be read");
    }
}

/// One refusal, one test: what no code ever was, and so costs no try.
macro_rules! invalid {
    ($($name:ident: $code:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let visitor = Stack::shared().visitor();
            let mailed = MailedCode::to(&visitor, json!({})).await;
            mailed.typed($code).await.refuses(400, "INVALID_CODE");
            assert_eq!(mailed.tries().await, "0");
        }
    )*};
}

invalid! {
    a_code_that_is_too_short_is_invalid: "ABCD-EFG";
    a_code_that_is_too_long_is_invalid: "ABCD-EFGH-J";
    a_code_of_hyphens_is_invalid: "---------";
    a_code_with_a_look_alike_is_invalid: "ABCD-EFG0";
    a_code_beyond_ascii_is_invalid: "ÄBCD-EFGH";
    a_code_of_full_width_letters_is_invalid: "ＡＢＣＤＥＦＧＨ";
}

/// One mail: what is in it, and what the request for it was told.
struct MailedCode<'a> {
    visitor: Visitor<'a>,
    person: Person,
    request_id: String,
    code: String,
    token: String,
}

impl<'a> MailedCode<'a> {
    async fn to(visitor: &Visitor<'a>, further: Value) -> Self {
        let person = Person::new();
        let data = visitor.asks_for_link_with(&person.email, further).await.data();
        let mail = visitor.stack.mails_to(&person.email).await.remove(0);
        let code = visitor.newest_code(&person.email).await;
        assert!(mail["html"].as_str().unwrap().contains(&code), "{mail}");
        Self {
            visitor: *visitor,
            request_id: data["requestId"].as_str().unwrap().to_owned(),
            code,
            token: visitor.newest_token(&person.email).await,
            person,
        }
    }

    fn call(&self, code: &str) -> crate::harness::Call {
        crate::harness::Call::post("/v1/auth/verify").json(&json!({ "requestId": self.request_id, "code": code }))
    }

    async fn typed(&self, code: &str) -> Answer {
        self.visitor.send(self.call(code)).await
    }

    /// The code with its last character changed.
    fn wrong(&self) -> String {
        let last = if self.code.ends_with('A') { "B" } else { "A" };
        format!("{}{last}", &self.code[..self.code.len() - 1])
    }

    /// How many tries are on record.
    async fn tries(&self) -> String {
        let dump = self.visitor.stack.dump().await;
        let items = crate::races::items_with(&dump, "MagicLinks", &self.request_id);
        let tries: Vec<_> = items.iter().filter_map(|item| item["tries"]["N"].as_str()).collect();
        assert_eq!(tries.len(), 1, "{items:?}");
        tries[0].to_owned()
    }
}
