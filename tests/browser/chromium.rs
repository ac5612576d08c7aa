//! Chromium, steered through Playwright: a person's browser, its tabs, and what went on in them.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use url::Url;

use crate::harness::tool;

/// The one running browser.
static CHROMIUM: LazyLock<&'static Chromium> = LazyLock::new(Chromium::start);

/// The driver's process. It ends when its standard input does, which is with this process.
struct Chromium {
    commands: Mutex<ChildStdin>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
}

/// The number by which the driver knows a thing.
type Thing = u64;

impl Chromium {
    fn start() -> &'static Self {
        let library = tool("node/node_modules/playwright-core");
        let tools = library.ancestors().nth(3).unwrap();
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/browser/driver.mjs"))
            .env("DOORWARD_TOOLS", tools)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let commands = Mutex::new(child.stdin.take().unwrap());
        let chromium: &Self = Box::leak(Box::new(Self { commands, waiting: Mutex::default() }));
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for answer in answers.map_while(Result::ok) {
                let answer: Value = serde_json::from_str(&answer).unwrap();
                let asked = chromium.waiting.lock().unwrap().remove(&answer["id"].as_u64().unwrap());
                let _ = asked.map(|asked| asked.send(answer));
            }
            // Whoever still waits is told by the end of their channel.
            chromium.waiting.lock().unwrap().clear();
            child.wait().unwrap();
        });
        chromium
    }

    fn send(&self, id: u64, on: Thing, method: &str, arguments: Value) -> io::Result<()> {
        let command = json!({ "id": id, "on": on, "call": method, "with": arguments });
        self.commands.lock().unwrap().write_all(format!("{command}\n").as_bytes())
    }
}

/// Calls a method of Playwright's; fails with what Playwright says.
async fn attempt(on: Thing, method: &str, arguments: Value) -> Result<Value, String> {
    static ASKED: AtomicU64 = AtomicU64::new(1);
    let id = ASKED.fetch_add(1, Ordering::Relaxed);
    let (asked, answer) = oneshot::channel();
    CHROMIUM.waiting.lock().unwrap().insert(id, asked);
    CHROMIUM.send(id, on, method, arguments).expect("the driver listens");
    let mut answer = answer.await.expect("the driver lives");
    match answer["fails"].take() {
        Value::String(failure) => Err(failure),
        _ => Ok(answer["gives"].take()),
    }
}

/// Somebody's browser: cookies of their own, and a record of what went on.
pub struct BrowserContext {
    thing: Thing,
}

impl BrowserContext {
    /// A fresh one, with Playwright's options for a context.
    pub async fn with(options: Value) -> Self {
        let thing = attempt(0, "newContext", json!([options])).await.expect("a browser");
        Self { thing: thing.as_u64().unwrap() }
    }

    pub async fn call(&self, method: &str, arguments: Value) -> Value {
        attempt(self.thing, method, arguments).await.unwrap_or_else(|failure| panic!("{method}: {failure}"))
    }

    pub async fn tab(&self) -> BrowserTab {
        BrowserTab { thing: self.call("newPage", json!([])).await.as_u64().unwrap() }
    }

    /// Its cookies as it stored them.
    pub async fn cookies(&self) -> Vec<Value> {
        let Value::Array(cookies) = self.call("cookies", json!([])).await else { panic!("cookies are a list") };
        cookies
    }

    /// Every address that it asked for, in order.
    pub async fn requests(&self) -> Vec<Url> {
        self.heard().await["requests"].as_array().unwrap().iter().map(|request| parsed(&request["url"])).collect()
    }

    /// Pages of this origin asked no other for anything, said nothing on the console that is a warning or an error, and
    /// no script failed.
    pub async fn is_content(&self, origin: &str) {
        let ours = |address: &Value| address.as_str().is_some_and(|address| address.starts_with(origin));
        let heard = self.heard().await;
        for request in heard["requests"].as_array().unwrap() {
            assert!(!ours(&request["by"]) || ours(&request["url"]), "{request}");
        }
        for complaint in heard["complaints"].as_array().unwrap() {
            assert!(!ours(&complaint["page"]) && complaint["page"] != "unknown", "{complaint}");
        }
    }

    async fn heard(&self) -> Value {
        self.call("heard", json!([])).await
    }
}

impl Drop for BrowserContext {
    fn drop(&mut self) {
        // Nobody waits for it: id 0 is no one's. Where the driver is gone, so is the browser.
        let _ = CHROMIUM.send(0, self.thing, "close", json!([]));
    }
}

/// A page of a browser.
pub struct BrowserTab {
    thing: Thing,
}

impl BrowserTab {
    /// Calls a method of Playwright's page that must succeed.
    #[track_caller]
    pub fn call(&self, method: &str, arguments: Value) -> impl Future<Output = Value> {
        let (thing, method, place) = (self.thing, method.to_owned(), std::panic::Location::caller());
        async move {
            attempt(thing, &method, arguments.clone())
                .await
                .unwrap_or_else(|failure| panic!("{method} {arguments} at {place}: {failure}"))
        }
    }

    /// Calls a method that may fail.
    pub async fn attempt(&self, method: &str, arguments: Value) -> Result<Value, String> {
        attempt(self.thing, method, arguments).await
    }

    /// Types an address; gives the status of the page that this leads to.
    #[track_caller]
    pub fn opens(&self, address: impl AsRef<str>) -> impl Future<Output = u64> {
        status(self.call("goto", json!([address.as_ref()])))
    }

    /// Clicks on what leads to another page; gives that page's status.
    #[track_caller]
    pub fn follows(&self, selector: &str) -> impl Future<Output = u64> {
        status(self.call("follow", json!([selector])))
    }

    /// Presses a key that leads to another page; gives that page's status.
    #[track_caller]
    pub fn enters(&self, key: &str) -> impl Future<Output = u64> {
        status(self.call("enter", json!([key])))
    }

    #[track_caller]
    pub fn fills(&self, selector: &str, text: &str) -> impl Future<Output = Value> {
        self.call("fill", json!([selector, text]))
    }

    #[track_caller]
    pub fn presses(&self, key: &str) -> impl Future<Output = Value> {
        self.call("keyboard.press", json!([key]))
    }

    pub async fn url(&self) -> Url {
        parsed(&self.call("url", json!([])).await)
    }

    /// Waits until the address matches, with `*` and `**` as in Playwright's globs.
    #[track_caller]
    pub fn arrives(&self, glob: &str) -> impl Future<Output = Value> {
        self.call("waitForURL", json!([glob]))
    }

    /// The visible text of what the selector finds.
    #[track_caller]
    pub fn reads(&self, selector: &str) -> impl Future<Output = String> {
        let text = self.call("innerText", json!([selector]));
        async { text.await.as_str().unwrap().to_owned() }
    }

    /// Waits until this is to be seen.
    #[track_caller]
    pub fn sees(&self, selector: &str) -> impl Future<Output = Value> {
        self.call("waitForSelector", json!([selector]))
    }

    /// How often the selector finds something now.
    pub async fn count(&self, selector: &str) -> usize {
        let script = format!("document.querySelectorAll({}).length", json!(selector));
        self.evaluates(&script).await.as_u64().unwrap() as usize
    }

    /// The value of an expression in the page, scripts switched off or not.
    #[track_caller]
    pub fn evaluates(&self, expression: &str) -> impl Future<Output = Value> {
        self.call("evaluate", json!([expression]))
    }

    /// Puts another page in this one's place, at this one's address.
    #[track_caller]
    pub fn becomes(&self, html: &str) -> impl Future<Output = Value> {
        self.call("setContent", json!([html]))
    }
}

async fn status(response: impl Future<Output = Value>) -> u64 {
    response.await.as_u64().expect("a page with a status")
}

fn parsed(url: &Value) -> Url {
    url.as_str().unwrap().parse().unwrap()
}
