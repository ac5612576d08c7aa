//! Contract `actor` by a client that nobody here wrote: npm `@medusajs/js-sdk`, unmodified, in Node. `browser::medusa` has it
//! in Chromium.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::harness::{Call, Person, Stack, StartedSignIn, tool, workspace};
use crate::lies::LIES;
use crate::lies::jose::claims_of;

/// The client's process. It ends when its standard input does, which is with this process at the latest.
struct Sdk {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

fn node() -> Command {
    let library = tool("node/node_modules/@medusajs/js-sdk");
    let mut command = Command::new("node");
    command.arg(workspace().join("tests/medusa.mjs")).env("DOORWARD_TOOLS", library.ancestors().nth(4).unwrap());
    command
}

/// The client as one script for a browser, where it is called `Medusa`.
pub fn script() -> String {
    let Output { stdout, status, stderr } = node().output().expect("node starts");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

impl Sdk {
    fn of(stack: &Stack) -> Self {
        let pipes = node().arg(&stack.url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = pipes.expect("node starts");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn call(&mut self, method: &str, arguments: Value) -> Value {
        writeln!(self.child.stdin.as_mut().unwrap(), "{}", json!({ "call": method, "with": arguments })).unwrap();
        serde_json::from_str(&self.lines.next().expect("an answer").unwrap()).unwrap()
    }

    #[track_caller]
    fn gives(&mut self, method: &str, arguments: Value) -> Value {
        let mut answer = self.call(method, arguments);
        assert!(answer.get("gives").is_some(), "{method}: {answer}");
        answer["gives"].take()
    }

    #[track_caller]
    fn fails(&mut self, method: &str, arguments: Value) -> Value {
        let mut answer = self.call(method, arguments);
        assert!(answer.get("fails").is_some(), "{method}: {answer}");
        answer["fails"].take()
    }

    /// The client sends somebody to the provider, and tells of their return.
    fn comes_back(&mut self, person: &Person) -> Value {
        let location = self.gives("auth.login", json!(["user", "honest", {}]))["location"].take();
        let started = StartedSignIn::at("honest", location.as_str().unwrap());
        let code = LIES.code(&started, person, |_| {});
        self.gives("auth.callback", json!(["user", "honest", { "code": code, "state": started.state }]))
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_signs_in_and_renews_its_token() {
    let (stack, person) = (Stack::shared(), Person::new());
    let mut sdk = Sdk::of(stack);
    let token = sdk.comes_back(&person).as_str().unwrap().to_owned();
    let claims = claims_of(&token);
    assert_eq!((&claims["actor_type"], &claims["actor_id"]), (&json!("user"), &claims["sub"]));

    let renewed = sdk.gives("auth.refresh", json!([]))["token"].as_str().unwrap().to_owned();
    let next = claims_of(&renewed);
    assert_ne!(next["jti"], claims["jti"]);
    for claim in ["actor_id", "actor_type", "auth_identity_id", "sid", "auth_time"] {
        assert_eq!(next[claim], claims[claim], "{claim}");
    }
    assert_eq!(stack.visitor().looks_up(&renewed).await.data()["user"]["email"], person.email);
    assert_eq!(sdk.gives("client.getToken", json!([])), json!(renewed));
}

#[tokio::test]
async fn it_renews_nothing_once_the_session_is_over() {
    let (stack, person) = (Stack::shared(), Person::new());
    let mut sdk = Sdk::of(stack);
    let token = sdk.comes_back(&person).as_str().unwrap().to_owned();
    stack.visitor().logs_out(&token).await.data();
    let failure = sdk.fails("auth.refresh", json!([]));
    assert_eq!(failure, json!({ "status": 401, "statusText": "Unauthorized", "message": "Unauthorized" }));
}

#[tokio::test]
async fn it_is_shown_the_challenge_and_answers_it() {
    let (stack, person) = (Stack::shared(), Person::new());
    let visitor = stack.visitor();
    let app = visitor.enrols(&visitor.signs_in(&person).await).await;
    let mut sdk = Sdk::of(stack);
    let due = sdk.comes_back(&person);
    let challenge = &due["mfa_challenge"];
    assert_eq!(due["mfa_required"], true);
    assert_eq!(challenge["methods"], json!(["totp", "recovery_code"]));

    let wrong = json!([challenge["id"], { "method": "totp", "code": app.wrong_code() }]);
    assert_eq!(sdk.fails("auth.mfa.verifyChallenge", wrong)["status"], 401);
    let answer = json!([challenge["id"], { "method": "totp", "code": app.code().await }]);
    let token = sdk.gives("auth.mfa.verifyChallenge", answer).as_str().unwrap().to_owned();
    let (claims, before) = (claims_of(&token), claims_of(due["token"].as_str().unwrap()));
    assert_eq!((&claims["acr"], &claims["actor_id"]), (&json!("multi_factor"), &claims["sub"]));
    assert_eq!(claims["auth_identity_id"], before["auth_identity_id"]);
    sdk.gives("auth.refresh", json!([]));
}

#[tokio::test]
async fn the_token_of_a_challenge_opens_nothing() {
    let (stack, person) = (Stack::shared(), Person::new());
    let visitor = stack.visitor();
    visitor.enrols(&visitor.signs_in(&person).await).await;
    let mut sdk = Sdk::of(stack);
    let due = sdk.comes_back(&person);
    let token = due["token"].as_str().unwrap();
    visitor.looks_up(token).await.refuses(401, "UNAUTHORIZED");
    assert_eq!(sdk.fails("auth.refresh", json!([]))["status"], 401);
    assert_eq!(claims_of(token).get("actor_id"), None);
    let accepting = Call::post("/auth/user/invites/accept").bearer(token).json(&json!({}));
    assert_eq!(visitor.send(accepting).await.status, 401);
}

#[tokio::test]
async fn a_challenge_is_answered_with_its_own_token_or_none() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (one, other) = (Person::new(), Person::new());
    let app = visitor.enrols(&visitor.signs_in(&one).await).await;
    visitor.enrols(&visitor.signs_in(&other).await).await;
    let (due, foreign) = (Sdk::of(stack).comes_back(&one), Sdk::of(stack).comes_back(&other));
    let path = format!("/auth/mfa/challenges/{}/verify", due["mfa_challenge"]["id"].as_str().unwrap());
    let call = |code: &str| Call::post(&path).json(&json!({ "method": "totp", "code": code }));
    let code = app.code().await;
    let refused = visitor.send(call(&code).bearer(foreign["token"].as_str().unwrap())).await;
    assert_eq!((refused.status, &refused.body[..]), (401, &b"Unauthorized"[..]), "{refused}");
    visitor.send(call(&code)).await.is(200, json!({ "token": "<jwt>" }));
}

#[tokio::test]
async fn a_challenge_is_of_its_contract_and_its_method() {
    let (stack, person) = (Stack::shared(), Person::new());
    let visitor = stack.visitor();
    let app = visitor.enrols(&visitor.signs_in(&person).await).await;
    let verify = |id: &str, method: &str, code: &str| {
        let path = format!("/auth/mfa/challenges/{id}/verify");
        visitor.send(Call::post(path).json(&json!({ "method": method, "code": code })))
    };
    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, &person, |_| {});
    let plain = visitor.callback(&started, &code).await.data();
    let partial = plain["sessionId"].as_str().unwrap();
    assert_eq!(verify(partial, "totp", &app.code().await).await.status, 401, "a partial session of v1");

    let due = Sdk::of(stack).comes_back(&person);
    let id = due["mfa_challenge"]["id"].as_str().unwrap();
    assert_eq!(verify(id, "recovery_code", &app.code().await).await.status, 401);
    verify(id, "recovery_code", &app.recovery_codes[0]).await.is(200, json!({ "token": "<jwt>" }));
}

#[tokio::test]
async fn only_this_contracts_tokens_are_renewed() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let path = "/auth/token/refresh";
    for call in [
        Call::post(path),
        Call::post(path).bearer(&session.access_token),
        Call::post(path).bearer(&session.refresh_token),
        Call::post("/auth/session").bearer(&session.access_token),
        Call::post("/auth/session"),
    ] {
        let answer = visitor.send(call).await;
        assert_eq!((answer.status, &answer.body[..]), (401, &b"Unauthorized"[..]), "{answer}");
        assert!(answer.cookies().is_empty(), "{answer}");
    }
}
