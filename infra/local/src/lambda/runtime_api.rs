//! The Lambda Runtime API, version 2018-06-01: where one function process asks for its next request and answers it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::failure::{Context, Result};

/// The largest answer that Lambda takes from a function.
const MAX_ANSWER: usize = 6 * 1024 * 1024;

/// A request for the function.
pub struct NextInvocation {
    /// Lambda's request id.
    pub request_id: String,
    /// The event, as JSON.
    pub event: Bytes,
    /// When the function is stopped, in milliseconds since the epoch.
    pub deadline: u64,
    /// The function's name in full.
    pub arn: String,
    /// Where its answer goes.
    pub answer: oneshot::Sender<InvocationResult>,
}

/// What the function said to a request.
pub enum InvocationResult {
    /// `/response`: the answer.
    Response(Bytes),
    /// `/error`: the error, as JSON.
    Error(Value),
}

/// How far the process is with its start.
#[derive(PartialEq)]
enum Init {
    /// It has not asked for a request yet.
    Running,
    /// It has.
    Done,
    /// It reported this error instead.
    Failed(String),
}

/// The Runtime API of one process, on a port of its own.
pub struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub address: SocketAddr,
    init: watch::Receiver<Init>,
    desk: Arc<Desk>,
    deliveries: mpsc::UnboundedSender<NextInvocation>,
    server: JoinHandle<()>,
}

/// What the API's routes share.
struct Desk {
    deliveries: tokio::sync::Mutex<mpsc::UnboundedReceiver<NextInvocation>>,
    current: Mutex<Option<(String, oneshot::Sender<InvocationResult>)>>,
    init: watch::Sender<Init>,
}

impl RuntimeApi {
    /// Starts to listen.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the Runtime API")?;
        let address = listener.local_addr().context("no port for the Runtime API")?;
        let (deliveries, receiver) = mpsc::unbounded_channel();
        let (init_sender, init) = watch::channel(Init::Running);
        let desk = Arc::new(Desk {
            deliveries: tokio::sync::Mutex::new(receiver),
            current: Mutex::new(None),
            init: init_sender,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(MAX_ANSWER))
            .with_state(desk.clone());
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, init, desk, deliveries, server })
    }

    /// Waits until the process asks for its first request, or reports why it cannot.
    pub async fn started(&mut self) -> Result<(), String> {
        match self.init.wait_for(|init| *init != Init::Running).await.as_deref() {
            Ok(Init::Failed(message)) => Err(message.clone()),
            _ => Ok(()),
        }
    }

    /// Puts a request where the process finds it next.
    pub fn deliver(&self, delivery: NextInvocation) {
        let _ = self.deliveries.send(delivery);
    }

    /// Whether a request lies there that the process has not asked for.
    pub fn has_undelivered(&self) -> bool {
        self.desk.deliveries.try_lock().is_ok_and(|deliveries| !deliveries.is_empty())
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    desk.init.send_replace(Init::Done);
    let Some(delivery) = desk.deliveries.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", delivery.request_id.clone()),
        ("lambda-runtime-deadline-ms", delivery.deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", delivery.arn),
        ("lambda-runtime-trace-id", trace_id(&delivery.request_id)),
    ];
    *desk.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((delivery.request_id, delivery.answer));
    (headers, delivery.event).into_response()
}

async fn response(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> Response {
    accept(&desk, &id, InvocationResult::Response(body))
}

async fn error(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> Response {
    let error = serde_json::from_slice(&body)
        .unwrap_or_else(|_| json!({"errorType": "Unknown", "errorMessage": String::from_utf8_lossy(&body)}));
    accept(&desk, &id, InvocationResult::Error(error))
}

async fn init_error(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    let error: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = error["errorMessage"].as_str().map_or_else(|| String::from_utf8_lossy(&body).into(), str::to_owned);
    desk.init.send_replace(Init::Failed(message));
    accepted()
}

fn accept(desk: &Desk, id: &str, answer: InvocationResult) -> Response {
    let mut current = desk.current.lock().unwrap_or_else(PoisonError::into_inner);
    match current.take() {
        Some((request_id, sender)) if request_id == id => {
            let _ = sender.send(answer);
            accepted()
        }
        other => {
            *current = other;
            let error = json!({"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"});
            (StatusCode::BAD_REQUEST, error.to_string()).into_response()
        }
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, [("content-type", "application/json")], r#"{"status":"OK"}"#).into_response()
}

/// X-Ray's form, made of the request id.
fn trace_id(request_id: &str) -> String {
    let digits: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    match (digits.get(..8), digits.get(8..32)) {
        (Some(time), Some(rest)) => format!("Root=1-{time}-{rest};Parent={};Sampled=0", &rest[..16]),
        _ => "Sampled=0".to_owned(),
    }
}

/// The request id that [`trace_id`] was made of.
pub fn request_id(trace_id: &str) -> Option<String> {
    let (time, rest) = trace_id.strip_prefix("Root=1-")?.split(';').next()?.split_once('-')?;
    let digits = format!("{time}{rest}");
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| digits.get(group));
    Some(groups.into_iter().collect::<Option<Vec<_>>>()?.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_goes_into_a_trace_id_and_comes_out_again() {
        let id = "0f1e2d3c-4b5a-4968-8776-655443322110";
        assert_eq!(trace_id(id), "Root=1-0f1e2d3c-4b5a49688776655443322110;Parent=4b5a496887766554;Sampled=0");
        assert_eq!(request_id(&trace_id(id)).as_deref(), Some(id));
        assert_eq!(request_id("Sampled=0"), None);
    }
    use http::{HeaderMap, Method, Request};
    use http_body_util::{BodyExt, Full};
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;

    /// What a function's runtime sends, and what it gets.
    async fn send(api: SocketAddr, method: Method, path: &str, body: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::builder().method(method).uri(format!("http://{api}/2018-06-01/runtime{path}"));
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let answer = Client::builder(TokioExecutor::new()).build_http().request(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    fn deliver(api: &RuntimeApi, request_id: &str) -> oneshot::Receiver<InvocationResult> {
        let (answer, answered) = oneshot::channel();
        let (event, arn) = (Bytes::from("{\"a\":1}"), "arn:aws:lambda:x".to_owned());
        api.deliver(NextInvocation { request_id: request_id.to_owned(), event, deadline: 42, arn, answer });
        answered
    }

    #[tokio::test]
    async fn a_request_waits_for_the_function_and_its_answer_finds_the_caller() {
        let mut api = RuntimeApi::start().await.unwrap();
        let waiting = tokio::spawn(send(api.address, Method::GET, "/invocation/next", ""));
        api.started().await.unwrap();
        let answered = deliver(&api, "request-1");
        let (status, headers, event) = waiting.await.unwrap();
        assert_eq!((status, event.as_str()), (StatusCode::OK, "{\"a\":1}"));
        assert_eq!(headers["lambda-runtime-aws-request-id"], "request-1");
        assert_eq!(headers["lambda-runtime-deadline-ms"], "42");
        assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn:aws:lambda:x");
        assert!(headers.contains_key("lambda-runtime-trace-id"));

        let (status, _, _) = send(api.address, Method::POST, "/invocation/request-1/response", "done").await;
        assert_eq!(status, StatusCode::ACCEPTED);
        assert!(matches!(answered.await, Ok(InvocationResult::Response(answer)) if answer == "done"));
    }

    #[tokio::test]
    async fn an_answer_to_another_request_is_refused() {
        let api = RuntimeApi::start().await.unwrap();
        let answered = deliver(&api, "request-1");
        send(api.address, Method::GET, "/invocation/next", "").await;
        let (status, _, error) = send(api.address, Method::POST, "/invocation/request-2/response", "x").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(error.contains("InvalidRequestID"), "{error}");
        let error = r#"{"errorType":"Broken","errorMessage":"why"}"#;
        send(api.address, Method::POST, "/invocation/request-1/error", error).await;
        assert!(matches!(answered.await, Ok(InvocationResult::Error(error)) if error["errorMessage"] == "why"));
    }

    #[tokio::test]
    async fn a_function_may_say_why_it_cannot_start() {
        let mut api = RuntimeApi::start().await.unwrap();
        send(api.address, Method::POST, "/init/error", r#"{"errorMessage":"PUBLIC_URL is missing"}"#).await;
        assert_eq!(api.started().await.unwrap_err(), "PUBLIC_URL is missing");
    }

    #[tokio::test]
    async fn a_request_that_nobody_asked_for_is_known_as_such() {
        let api = RuntimeApi::start().await.unwrap();
        assert!(!api.has_undelivered());
        let _answered = deliver(&api, "request-1");
        assert!(api.has_undelivered());
        send(api.address, Method::GET, "/invocation/next", "").await;
        assert!(!api.has_undelivered());
    }
}
