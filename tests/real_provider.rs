//! The whole way in through an OpenID-certified provider that is not ours (npm `oidc-provider`).

use crate::harness::{APP, Arrived, Browser, Person, Session, Stack, Started, Visitor, tool};
use crate::lies::{CLIENT_SECRET, session_of, user_from_provider};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use tokio::sync::{Mutex, MutexGuard};

#[tokio::test]
async fn a_person_signs_in_at_a_certified_provider() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let person = person_there();
    let started = visitor.starts("certified").await;

    let sent = consents(&started, &person).await;

    assert_eq!((&sent["state"], &sent["iss"]), (&json!(started.state), &json!(real.provider.issuer)));
    let answer = visitor.callback_with(&started, text(&sent, "code"), json!({ "iss": sent["iss"] })).await;
    let data = answer.gives(session_of(user_from_provider(&person)));
    lives_and_ends(&visitor, Session::of(&data)).await;
}

#[tokio::test]
async fn the_provider_itself_refuses_a_code_that_was_used() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let person = person_there();
    let (first, second) = (visitor.starts("certified").await, visitor.starts("certified").await);
    let sent = consents(&first, &person).await;
    visitor.callback_with(&first, text(&sent, "code"), json!({ "iss": sent["iss"] })).await.data();
    let again = visitor.callback_with(&second, text(&sent, "code"), json!({ "iss": sent["iss"] })).await;
    again.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn a_certified_provider_announces_its_name_so_its_absence_is_refused() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let started = visitor.starts("certified").await;
    let sent = consents(&started, &person_there()).await;
    visitor.callback(&started, text(&sent, "code")).await.refuses(400, "INVALID_STATE");
    visitor.callback_with(&started, text(&sent, "code"), json!({ "iss": sent["iss"] })).await.data();
}

#[tokio::test]
async fn a_person_who_declines_comes_back_without_a_code() {
    let real = real().await;
    let visitor = real.stack.visitor();
    let started = visitor.starts("certified").await;
    let mut browser = Browser::default();
    let Arrived::Page(page, _) = browser.opens(started.auth_url.clone(), APP).await else { panic!("no page") };
    let Arrived::Away(url) = browser.opens(page.join(&format!("{}/abort", page.path())).unwrap(), APP).await else {
        panic!("no way back")
    };
    assert!(url.query().unwrap().contains("error=access_denied"), "{url}");
}

#[tokio::test]
async fn sign_in_goes_on_when_the_provider_turns_to_another_key() {
    let mut real = real().await;
    for turn in 0..2 {
        if turn == 1 {
            real.provider.turns();
        }
        let visitor = real.stack.visitor();
        let started = visitor.starts("certified").await;
        let sent = consents(&started, &person_there()).await;
        let answer = visitor.callback_with(&started, text(&sent, "code"), json!({ "iss": sent["iss"] })).await;
        Session::of(&answer.data());
    }
}

/// Refresh, look-up, logout: the rest of a session's life.
async fn lives_and_ends(visitor: &Visitor<'_>, session: Session) {
    let renewed = visitor.renews(&session).await;
    assert_eq!(visitor.looks_up(&renewed.access_token).await.data()["user"], session.user);
    visitor.logs_out(&renewed.access_token).await.gives(json!({ "success": true }));
    visitor.finds_ended(&renewed).await;
}

/// The person logs in and consents on the provider's own pages; gives what the provider sends back to the app.
async fn consents(started: &Started, person: &Person) -> Value {
    let mut browser = Browser::default();
    let mut arrived = browser.opens(started.auth_url.clone(), APP).await;
    for fields in [format!("prompt=login&login={}&password=any", person.subject), "prompt=consent".to_owned()] {
        let Arrived::Page(page, html) = arrived else { panic!("the provider asked nothing") };
        arrived = browser.submits(&page, &html, &fields, APP).await;
    }
    let Arrived::Away(url) = arrived else { panic!("the provider asked more") };
    json!(url.query_pairs().into_owned().collect::<HashMap<_, _>>())
}

/// Somebody as the provider's script describes them.
fn person_there() -> Person {
    let subject = Person::new().subject;
    Person { email: format!("{subject}@people.example"), name: format!("Person {subject}"), subject }
}

fn text<'a>(sent: &'a Value, name: &str) -> &'a str {
    sent[name].as_str().unwrap_or_else(|| panic!("no {name} in {sent}"))
}

/// The provider and a stack that knows it; for one test at a time, because its key may turn.
async fn real() -> MutexGuard<'static, Real> {
    static REAL: LazyLock<Mutex<Real>> = LazyLock::new(|| {
        let provider = Certified::start();
        let row = json!({ "issuer": provider.issuer, "clientId": "doorward", "clientSecret": CLIENT_SECRET, "trustEmail": true });
        let stack = Stack::start(1, &[], &json!({ "certified": row }));
        Mutex::new(Real { provider, stack })
    });
    REAL.lock().await
}

struct Real {
    provider: Certified,
    stack: Stack,
}

/// The provider's process. It ends when its standard input does, which is with this process at the latest.
struct Certified {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    issuer: String,
}

impl Certified {
    fn start() -> Self {
        let library = tool("node/node_modules/oidc-provider");
        let tools = library.ancestors().nth(3).unwrap();
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/oidc-provider.mjs"))
            .envs([("REDIRECT_URI", APP), ("CLIENT_SECRET", CLIENT_SECRET), ("NODE_NO_WARNINGS", "1")])
            .env("DOORWARD_TOOLS", tools)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("oidc-provider says that it is ready").unwrap();
        let issuer = line.strip_prefix("ready ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, lines, issuer }
    }

    /// Forgets its key and signs with a new one.
    fn turns(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"turn\n").unwrap();
        assert!(self.lines.any(|line| line.unwrap() == "turned"));
    }
}
