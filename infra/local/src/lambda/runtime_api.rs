//! The Lambda Runtime API, version 2018-06-01: where one function process asks for its next request and answers it.

use crate::failure::{Context, Result};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// The largest answer that Lambda takes from a function.
const MAX_ANSWER: usize = 6 * 1024 * 1024;

/// A request for the function.
pub struct Delivery {
    /// Lambda's request id.
    pub request_id: String,
    /// The event, as JSON.
    pub event: Bytes,
    /// When the function is stopped, in milliseconds since the epoch.
    pub deadline: u64,
    /// The function's name in full.
    pub arn: String,
    /// Where its answer goes.
    pub answer: oneshot::Sender<Answer>,
}

/// What the function said to a request.
pub enum Answer {
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
    deliveries: mpsc::UnboundedSender<Delivery>,
    server: JoinHandle<()>,
}

/// What the API's routes share.
struct Desk {
    deliveries: tokio::sync::Mutex<mpsc::UnboundedReceiver<Delivery>>,
    current: Mutex<Option<(String, oneshot::Sender<Answer>)>>,
    init: watch::Sender<Init>,
}

impl RuntimeApi {
    /// Starts to listen.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("no port for the Runtime API")?;
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
        Ok(Self {
            address,
            init,
            desk,
            deliveries,
            server,
        })
    }

    /// Waits until the process asks for its first request, or reports why it cannot.
    pub async fn started(&mut self) -> Result<(), String> {
        match self.init.wait_for(|init| *init != Init::Running).await.as_deref() {
            Ok(Init::Failed(message)) => Err(message.clone()),
            _ => Ok(()),
        }
    }

    /// Puts a request where the process finds it next.
    pub fn deliver(&self, delivery: Delivery) {
        let _ = self.deliveries.send(delivery);
    }

    /// Whether a request lies there that the process has not asked for.
    pub fn has_undelivered(&self) -> bool {
        self.desk
            .deliveries
            .try_lock()
            .is_ok_and(|deliveries| !deliveries.is_empty())
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
    accept(&desk, &id, Answer::Response(body))
}

async fn error(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Bytes) -> Response {
    let error = serde_json::from_slice(&body)
        .unwrap_or_else(|_| json!({"errorType": "Unknown", "errorMessage": String::from_utf8_lossy(&body)}));
    accept(&desk, &id, Answer::Error(error))
}

async fn init_error(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    let error: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = error["errorMessage"]
        .as_str()
        .map_or_else(|| String::from_utf8_lossy(&body).into(), str::to_owned);
    desk.init.send_replace(Init::Failed(message));
    accepted()
}

fn accept(desk: &Desk, id: &str, answer: Answer) -> Response {
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
    (
        StatusCode::ACCEPTED,
        [("content-type", "application/json")],
        r#"{"status":"OK"}"#,
    )
        .into_response()
}

/// X-Ray's form, made of the request id.
fn trace_id(request_id: &str) -> String {
    let digits: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    match (digits.get(..8), digits.get(8..32)) {
        (Some(time), Some(rest)) => format!("Root=1-{time}-{rest};Parent={};Sampled=0", &rest[..16]),
        _ => "Sampled=0".to_owned(),
    }
}
