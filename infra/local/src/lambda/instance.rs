//! One process of a function: started, given one request at a time, ended.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::runtime_api::{InvocationResult, NextInvocation, RuntimeApi};
use super::watch::written;
use crate::clock;
use crate::failure::{Context, Failure, Result};
use crate::journal::Journal;
use crate::random;
use crate::template::{ACCOUNT, Function, REGION};

/// The longest that a function may start. On Lambda it is ten seconds; this is a debug build, and many start at once on a
/// developer's cores.
const INIT_TIMEOUT: Duration = Duration::from_secs(40);
/// The variables of the developer's that a process gets. Nothing else: real credentials must never reach a function.
const INHERITED: [&str; 4] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"];

/// Everything that a process of a function is started with.
pub struct Launch {
    /// The function as the template describes it.
    pub function: Function,
    /// Its binary.
    pub binary: PathBuf,
    /// Whether a binary that is replaced counts from the next request on.
    pub watched: bool,
    /// Where the AWS services are.
    pub services: String,
    /// Where its lines go.
    pub journal: Arc<Journal>,
}

/// A running process.
pub struct Instance {
    launch: Arc<Launch>,
    /// When the binary was written that it was started from.
    written_at: Option<SystemTime>,
    child: Child,
    api: RuntimeApi,
}

/// What became of a request.
pub enum InvocationOutcome {
    /// The function answered and waits for more.
    Answered(Bytes),
    /// The function reported an error and waits for more.
    Failed(Value),
    /// The process is gone, and the request with it; as Lambda words it.
    Gone(Value),
    /// The process is gone, but had not seen the request.
    NotSeen,
}

impl Instance {
    /// Starts a process and waits until it asks for its first request. Fails with the process's own last line.
    pub async fn start(launch: Arc<Launch>) -> Result<Self> {
        let name = launch.function.name.clone();
        let mut api = RuntimeApi::start().await?;
        let written_at = written(&launch.binary);
        let mut child = Command::new(&launch.binary)
            .env_clear()
            .envs(environment(&launch, &api))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context(launch.binary.display())?;

        let stdout = child.stdout.take().map(|stream| follow(stream, &launch));
        let stderr = child.stderr.take().map(|stream| follow(stream, &launch));
        let line = tokio::select! {
            biased;
            started = api.started() => started.err().unwrap_or_default(),
            status = child.wait() => {
                // The sentence is on stderr; on stdout the same stands as a record of the log.
                let mut last = String::new();
                for reader in [stdout, stderr].into_iter().flatten() {
                    last = reader.await.ok().filter(|line| !line.is_empty()).unwrap_or(last);
                }
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                if last.is_empty() { format!("exited at its start ({status})") } else { last }
            }
            () = tokio::time::sleep(INIT_TIMEOUT) => format!("did not start within {} s", INIT_TIMEOUT.as_secs()),
        };
        if line.is_empty() {
            Ok(Self { launch, written_at, child, api })
        } else {
            // The prefix is that of an error which `main` returned.
            Err(Failure::new(format!("{name}: {}", line.trim_start_matches("Error: "))))
        }
    }

    /// Whether the process still runs, and is what its binary would start now.
    pub fn is_usable(&mut self) -> bool {
        let replaced = self.launch.watched && written(&self.launch.binary) != self.written_at;
        matches!(self.child.try_wait(), Ok(None)) && !replaced
    }

    /// Has the process handle one request.
    pub async fn invoke(&mut self, event: Bytes) -> InvocationOutcome {
        let Function { name, timeout, .. } = &self.launch.function;
        let request_id = request_id(&event).unwrap_or_else(|| random::uuid().unwrap_or_default());
        let (answer, answered) = oneshot::channel();
        self.api.deliver(NextInvocation {
            request_id: request_id.clone(),
            event,
            deadline: clock::epoch_millis() + u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
            answer,
        });
        let (kind, message) = tokio::select! {
            biased;
            answer = answered => match answer {
                Ok(InvocationResult::Response(payload)) => return InvocationOutcome::Answered(payload),
                Ok(InvocationResult::Error(error)) => {
                    self.launch.journal.push(name, &error.to_string());
                    return InvocationOutcome::Failed(error);
                }
                Err(_) => ("Runtime.Unknown", "Runtime asked for another request without answering".to_owned()),
            },
            status = self.child.wait() => {
                if self.api.has_undelivered() {
                    return InvocationOutcome::NotSeen;
                }
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                ("Runtime.ExitError", format!("Runtime exited with error: {status}"))
            }
            () = tokio::time::sleep(*timeout) =>
                ("Sandbox.Timedout", format!("Task timed out after {:.2} seconds", timeout.as_secs_f64())),
        };
        let error = json!({"errorType": kind, "errorMessage": format!("RequestId: {request_id} Error: {message}")});
        self.launch.journal.push(name, &error.to_string());
        InvocationOutcome::Gone(error)
    }
}

/// The gateway's id of a request: here Lambda's is the same, so that calls, log and answer name one.
fn request_id(event: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(event).ok()?;
    Some(event["requestContext"]["requestId"].as_str()?.to_owned())
}

/// Copies a process's lines into the journal, and gives the last one when there are no more.
fn follow(stream: impl AsyncRead + Unpin + Send + 'static, launch: &Arc<Launch>) -> JoinHandle<String> {
    let launch = launch.clone();
    tokio::spawn(async move {
        let mut last = String::new();
        let mut lines = BufReader::new(stream).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let line = String::from_utf8_lossy(&line);
            launch.journal.push(&launch.function.name, &line);
            if !line.trim().is_empty() {
                last = line.trim().to_owned();
            }
        }
        last
    })
}

#[allow(clippy::disallowed_methods, reason = "these are not settings")]
fn inherited() -> impl Iterator<Item = (String, String)> {
    INHERITED.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
}

/// The environment of a process: what Lambda sets, the function's own variables, and where the stand-ins are.
fn environment(launch: &Launch, api: &RuntimeApi) -> BTreeMap<String, String> {
    let Function { name, memory, environment, .. } = &launch.function;
    let mut variables = service_variables(name, &launch.services);
    variables.extend(inherited());
    variables.extend(
        [
            ("AWS_LAMBDA_FUNCTION_NAME", name.clone()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.to_string()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
            ("AWS_LAMBDA_RUNTIME_API", api.address.to_string()),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
            ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
            ("LANG", "en_US.UTF-8".to_owned()),
            ("TZ", ":UTC".to_owned()),
            ("_HANDLER", "bootstrap".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    variables.extend(environment.clone());
    variables
}

/// What points the AWS SDK at the stand-ins. The access key names the caller, so that the trace can tell who called.
pub fn service_variables(caller: &str, services: &str) -> BTreeMap<String, String> {
    BTreeMap::from(
        [
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", format!("local-{caller}")),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_SESSION_TOKEN", "local".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", services.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", services.to_owned()),
            ("AWS_ENDPOINT_URL_SESV2", services.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn launch(script: &str) -> Arc<Launch> {
        let binary = std::env::temp_dir().join(format!("doorward-function-{}", random::uuid().unwrap()));
        std::fs::write(&binary, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o700)).unwrap();
        let function = Function {
            name: "login".to_owned(),
            memory: 256,
            timeout: Duration::from_secs(1),
            environment: BTreeMap::from([("PUBLIC_URL".to_owned(), "http://localhost:9100".to_owned())]),
        };
        let services = "http://127.0.0.1:1".to_owned();
        Arc::new(Launch { function, binary, watched: false, services, journal: Arc::new(Journal::new()) })
    }

    /// A process that another test starts would inherit the script while it is still open for writing, and a file
    /// open for writing cannot be executed.
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    async fn failure(script: &str) -> String {
        let _guard = ONE_AT_A_TIME.lock().await;
        let launch = launch(script);
        let failure = Instance::start(launch.clone()).await.err().unwrap().to_string();
        std::fs::remove_file(&launch.binary).unwrap();
        failure
    }

    #[tokio::test]
    async fn a_process_that_ends_at_its_start_is_reported_with_its_last_line() {
        assert_eq!(
            failure("echo one\necho 'Error: PUBLIC_URL is wrong' >&2\nexit 1").await,
            "login: PUBLIC_URL is wrong"
        );
        assert_eq!(failure("exit 3").await, "login: exited at its start (exit status: 3)");
        let logged = "echo 'Error: ACTOR_TYPES is wrong' >&2\nsleep 0.1\necho '{\"level\":\"ERROR\"}'\nexit 1";
        assert_eq!(failure(logged).await, "login: ACTOR_TYPES is wrong");
    }

    #[tokio::test]
    async fn a_process_gets_what_lambda_gives_and_nothing_of_the_developers() {
        let variables = failure("env | sort | tr '\\n' ' '; exit 1").await;
        for expected in
            ["AWS_ACCESS_KEY_ID=local-login ", "AWS_LAMBDA_FUNCTION_NAME=login ", "PUBLIC_URL=http://localhost:9100 "]
        {
            assert!(variables.contains(expected), "{expected} in {variables}");
        }
        for name in ["HOME=", "USER=", "CARGO", "AWS_PROFILE="] {
            assert!(!variables.contains(name), "{name} in {variables}");
        }
    }
}
