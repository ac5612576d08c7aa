//! The local stack as a child process: the very binaries that would be deployed.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Answer, Call, Visitor};
use crate::lies::LIES;

/// Where people come back to: the two redirect targets that every stack of the tests allows.
pub const APP: &str = "https://app.example/signed-in";
pub const APP_WITH_QUERY: &str = "https://app.example/open?from=mail";

/// Mails to one address may follow each other at once.
pub const NO_PAUSE: &str = "LIMIT_MAIL_INTERVAL_SECONDS=0";

/// One running stack. It ends when dropped, and with the test process at the latest.
pub struct Stack {
    child: Child,
    pub url: String,
    pub address: SocketAddr,
}

/// Runs a program as long as its own standard input is open: that pipe closes even when this process is killed. A stack
/// that ends by itself closes its output, so that nobody waits for a line from it.
pub const LEASH: &str = r#"exec 3<&0; "$@" </dev/null 3<&- & child=$!
    { cat <&3; kill $child; } >/dev/null 2>&1 & exec 3<&-; wait $child"#;

impl Stack {
    /// The stack that most tests share: default settings, but mails need no minute between them.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Stack> = LazyLock::new(|| Stack::with(&[NO_PAUSE]));
        &SHARED
    }

    /// Everything is over after a second or two, but mailed links last: sign in by link here.
    pub fn impatient() -> &'static Self {
        static IMPATIENT: LazyLock<Stack> = LazyLock::new(|| {
            Stack::with(&[NO_PAUSE, "STATE_SECONDS=1", "ACCESS_TOKEN_SECONDS=1", "SESSION_IDLE_SECONDS=2"])
        });
        &IMPATIENT
    }

    /// No grace for refresh tokens, and links last a second: sign in with a provider here. Two actor types, too.
    pub fn unforgiving() -> &'static Self {
        static UNFORGIVING: LazyLock<Stack> = LazyLock::new(|| {
            let actors = "ACTOR_TYPES=customer:open,seller:open";
            Stack::with(&[NO_PAUSE, "REFRESH_GRACE_SECONDS=0", "MAGIC_LINK_SECONDS=1", actors])
        });
        &UNFORGIVING
    }

    /// A minute between mails, three policies for sign-up, and no linking.
    pub fn strict() -> &'static Self {
        static STRICT: LazyLock<Stack> = LazyLock::new(|| {
            Stack::with(&["ACTOR_TYPES=member:open,guest:invite,staff:closed", "ACCOUNT_LINKING=never"])
        });
        &STRICT
    }

    /// Signs with ES256, says so to another audience, and ends every session after six seconds.
    pub fn elliptic() -> &'static Self {
        static ELLIPTIC: LazyLock<Stack> = LazyLock::new(|| {
            let audience = "AUDIENCE=https://api.example";
            Stack::with(&[NO_PAUSE, "SIGNING_ALGORITHM=ES256", audience, "SESSION_ABSOLUTE_SECONDS=6"])
        });
        &ELLIPTIC
    }

    /// A stack of one's own with other settings.
    pub fn with(settings: &[&str]) -> Self {
        Self::start(4, settings, &LIES.rows())
    }

    /// A stack where each function is one process, for what a process remembers.
    pub fn alone(settings: &[&str]) -> Self {
        Self::start(1, settings, &LIES.rows())
    }

    /// A stack with other providers.
    pub fn start(instances: usize, settings: &[&str], providers: &Value) -> Self {
        let mut options =
            vec!["--data".to_owned(), "memory".to_owned(), "--instances".to_owned(), instances.to_string()];
        if let Ok(url) = std::env::var("DOORWARD_TEST_DYNAMODB") {
            options.extend(["--dynamodb".to_owned(), url]);
        }
        Self::run(options, settings, providers).unwrap_or_else(|complaint| panic!("no stack: {complaint}"))
    }

    /// A stack with mocks of the six providers, and the demo provider.
    pub fn with_mock_providers() -> &'static Self {
        static MOCKING: LazyLock<Stack> = LazyLock::new(|| {
            let six = "google,github,facebook,apple,discord,microsoft";
            let options = ["--data", "memory", "--mock-providers", six].map(str::to_owned);
            Stack::run(options.into(), &[NO_PAUSE], &Value::Object(Default::default()))
                .unwrap_or_else(|complaint| panic!("no stack: {complaint}"))
        });
        &MOCKING
    }

    /// A stack over somebody else's DynamoDB.
    pub fn over(dynamodb: &str) -> Self {
        Self::over_with(dynamodb, &[NO_PAUSE], &LIES.rows())
    }

    /// The same with other settings and providers.
    pub fn over_with(dynamodb: &str, settings: &[&str], providers: &Value) -> Self {
        let options = ["--data", "memory", "--instances", "1", "--dynamodb", dynamodb].map(str::to_owned);
        let started = Self::run(options.into(), settings, providers);
        started.unwrap_or_else(|complaint| panic!("no stack: {complaint}"))
    }

    /// A stack that keeps everything in a directory. Always with the embedded DynamoDB: its tables are among that.
    pub fn kept_in(directory: &Path, settings: &[&str], providers: &Value) -> Self {
        let options = ["--data".into(), directory.to_str().unwrap().to_owned()];
        Self::run(options.into(), settings, providers).unwrap_or_else(|complaint| panic!("no stack: {complaint}"))
    }

    /// A stack that was started with these options, too.
    pub fn with_options(options: &[&str]) -> Self {
        let options = [&["--data", "memory"], options].concat().into_iter().map(str::to_owned).collect();
        Self::run(options, &[NO_PAUSE], &LIES.rows()).unwrap_or_else(|complaint| panic!("no stack: {complaint}"))
    }

    /// What a stack that does not start with these settings says at its end.
    pub fn complaint(settings: &[&str]) -> String {
        let options = ["--data", "memory"].map(str::to_owned);
        let started = Self::run(options.into(), settings, &LIES.rows());
        started.err().unwrap_or_else(|| panic!("a stack started with {settings:?}"))
    }

    /// What the program says before it gives up over such providers.
    pub fn complaint_about(providers: &Value) -> String {
        let options = ["--data", "memory"].map(str::to_owned);
        let started = Self::run(options.into(), &[], providers);
        started.err().unwrap_or_else(|| panic!("a stack started with {providers}"))
    }

    /// Starts the program; fails with what it said if it ends before it is ready.
    fn run(options: Vec<String>, settings: &[&str], providers: &Value) -> Result<Self, String> {
        let binaries = binaries();
        let program = binaries.join("doorward-local");
        assert!(program.exists(), "{} is missing: run tests/run, or cargo build --workspace", program.display());
        let rows = tempfile(providers);
        let mut command = Command::new("sh");
        command.args(["-c", LEASH, "sh"]).arg(program).args(["--port", "0", "--functions"]).arg(&binaries);
        command
            .arg("--providers")
            .arg(&rows)
            .args(options)
            // Lifetimes of a second, and settings that the functions are to refuse.
            .arg("--unbounded")
            .args(["--set", &format!("ALLOWED_REDIRECTS={APP},{APP_WITH_QUERY}")]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let ready = Self::ready(command.current_dir(workspace()));
        std::fs::remove_file(rows).unwrap();
        ready
    }

    /// A stack of the template in a folder, which watches what is beside it; what builds it is `cargo` in there.
    pub fn watching(folder: &Path, options: &[&str]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", LEASH, "sh"]).arg(binaries().join("doorward-local"));
        command.args(["--port", "0", "--data", "memory", "--mock-providers", "none", "--watch"]).args(options);
        command.args(["--set", &format!("ALLOWED_REDIRECTS={APP}")]);
        let ready = Self::ready(command.current_dir(folder).env("CARGO", folder.join("cargo")));
        ready.unwrap_or_else(|complaint| panic!("no stack: {complaint}"))
    }

    fn ready(command: &mut Command) -> Result<Self, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let errors = keep_reading(child.stderr.take().unwrap());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.by_ref().find_map(|line| line.ok()?.strip_prefix("ready ").map(str::to_owned));
        let Some(url) = url else {
            assert!(!child.wait().unwrap().success(), "doorward-local ended well before it was ready");
            return Err(errors.join().unwrap());
        };
        std::thread::spawn(move || lines.for_each(drop));
        let port = url.rsplit(':').next().unwrap().parse().unwrap();
        let address = (Ipv4Addr::LOCALHOST, port).into();
        Ok(Self { child, url, address })
    }

    /// Somebody new, with a source address of their own.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor::new(self)
    }

    /// Asks the local stack itself something.
    async fn local(&self, call: Call) -> Value {
        let answer = call.send(Ipv4Addr::LOCALHOST, self.address).await;
        assert!(answer.status < 300, "{answer}");
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// The mails to an address, newest first.
    pub async fn mails_to(&self, email: &str) -> Vec<Value> {
        let to: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let mails = self.local(Call::get(format!("/_local/mail?to={to}"))).await;
        let Value::Array(mails) = mails else { panic!("mails are a list") };
        mails
    }

    /// Every stored item of every table, as text to search.
    pub async fn dump(&self) -> Value {
        self.local(Call::get("/_local/dump")).await
    }

    /// The calls that functions made to DynamoDB, Secrets Manager and SES.
    pub async fn trace(&self) -> Vec<Value> {
        let Value::Array(calls) = self.local(Call::get("/_local/trace")).await else { panic!("a trace is a list") };
        calls
    }

    pub async fn forget_trace(&self) {
        self.local(Call::delete("/_local/trace")).await;
    }

    /// From now on calls of a function fail in this way.
    pub async fn orders(&self, fault: &Value) {
        self.local(Call::post("/_local/faults").json(fault)).await;
    }

    /// How often the fault has struck so far.
    pub async fn struck(&self) -> u64 {
        self.local(Call::get("/_local/faults")).await["struck"].as_u64().unwrap()
    }

    /// All is well again. Gives how often the fault has struck.
    pub async fn heals(&self) -> u64 {
        let struck = self.struck().await;
        self.local(Call::delete("/_local/faults")).await;
        struck
    }

    /// All log lines so far.
    pub async fn log(&self) -> Vec<String> {
        self.lines("/_local/log").await
    }

    async fn lines(&self, log: &str) -> Vec<String> {
        let Value::Array(lines) = self.local(Call::get(log)).await else { panic!("a log is a list") };
        lines.iter().map(|line| line["line"].as_str().unwrap().to_owned()).collect()
    }

    /// The request's decisions are exactly these, in order. Logs travel by pipe, so this waits for them; a request that
    /// decided nothing must have logged something else.
    pub async fn audited(&self, request_id: &str, expected: &[&str]) {
        let patience = Instant::now() + Duration::from_secs(5);
        loop {
            let records = self.logged(request_id).await;
            let events: Vec<_> = records.iter().filter_map(|fields| fields["event"].as_str()).collect();
            if !records.is_empty() && events == expected {
                return;
            }
            if Instant::now() > patience {
                assert_eq!(events, expected, "request {request_id} logged {records:?}");
                panic!("request {request_id} logged nothing");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Why the target of a request that decided this was refused. The operator reads it, and the caller does not.
    pub async fn explanation(&self, refused: &Answer, decisions: &[&str]) -> String {
        assert!(!refused.to_string().contains("closest"), "{refused}");
        self.audited(&refused.request_id(), decisions).await;
        let records = self.logged(&refused.request_id()).await;
        let explanation = records.iter().find_map(|fields| fields["explanation"].as_str());
        explanation.unwrap_or_else(|| panic!("no explanation in {records:?}")).to_owned()
    }

    /// The state was refused, for this cause in the log and in the same words as every other to the caller.
    pub async fn refused_the_state(&self, refused: &Answer, cause: &str) {
        let body = refused.json();
        let said = "The state is unknown, used, expired or in use. Start a new sign-in.";
        assert_eq!((&body["error"], &body["message"]), (&"INVALID_STATE".into(), &said.into()), "{refused}");
        self.audited(&refused.request_id(), &["sign_in_refused"]).await;
        let records = self.logged(&refused.request_id()).await;
        let reason = records.iter().find_map(|fields| fields["reason"].as_str());
        assert_eq!(reason, Some(&format!("InvalidState({cause})")[..]), "{refused}");
    }

    /// The fields of every log record of one request so far.
    pub async fn logged(&self, request_id: &str) -> Vec<Value> {
        let ours = self.lines(&format!("/_local/log?request={request_id}")).await;
        ours.iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .map(|mut record: Value| record["fields"].take())
            .collect()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The root of the workspace, where `template.yaml` is.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// `target/debug`, wherever the target folder is: this program runs in its `deps`.
pub fn binaries() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

fn tempfile(providers: &Value) -> PathBuf {
    static WRITTEN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = WRITTEN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("doorward-tests-{}-{number}.json", std::process::id()));
    std::fs::write(&path, providers.to_string()).unwrap();
    path
}

/// Drains a pipe so that the child never blocks on it; gives its end when the child is gone.
fn keep_reading(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut tail = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut chunk) {
            tail.extend_from_slice(&chunk[..read]);
            let surplus = tail.len().saturating_sub(8192);
            tail.drain(..surplus);
        }
        String::from_utf8_lossy(&tail).into_owned()
    })
}
