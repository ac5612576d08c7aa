//! The loop that every function runs: who may ask, how long it may take, and what becomes of a failure.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use lambda_http::{RequestExt, service_fn};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use domain::clock::{Timestamp, until_millis};
use domain::error::{Dependency, Error, Fault};
use domain::request::RequestContext;
use domain::request::viewer::{NotOurs, OriginSecret};

use crate::adapter::audit::{Event, record, record_failure};
use crate::adapter::secrets::Cached;
use crate::adapter::{budget, log};
use crate::app::App;
use crate::web::request::Request;
use crate::web::response::{self, Response, sealed};

pub use crate::app::StartError;

/// Opens the flow `open` and answers requests with `handle` for as long as the environment lives. `error_response` writes
/// what fails, as the contract of the request's route says, and what takes too long: a second before Lambda would end the
/// process.
///
/// # Errors
///
/// When a setting is missing or wrong: the function stops at INIT, and the log has one line that names it.
pub fn serve<Flow, Handle, Answer>(
    open: fn(&App) -> Result<Flow, StartError>,
    handle: Handle,
    error_response: fn(&Flow, &Request, &Error) -> Response,
) -> Result<(), StartError>
where
    Flow: Send + Sync + 'static,
    Handle: Fn(&'static Flow, Arc<Request>) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Result<Response, Error>> + Send + 'static,
{
    let endpoint = App::start().and_then(|app| {
        // The flow lives as long as the process, so that nothing is gained by counting who uses it.
        let flow: &'static Flow = Box::leak(Box::new(open(&app)?));
        Ok(Endpoint {
            front: Front::open(&app)?,
            handle: Box::new(move |request| Box::pin(handle(flow, request))),
            error_response: Box::new(move |request, failure| error_response(flow, request, failure)),
        })
    });
    run(started(endpoint)?)
}

/// Opens the flow `open` and gives it events that do not come from the gateway, for as long as the environment lives.
///
/// # Errors
///
/// When a setting is missing or wrong: the function stops at INIT, and the log has one line that names it.
pub fn serve_events<Flow, Event, Handle, Answer>(
    open: fn(&App) -> Result<Flow, StartError>,
    handle: Handle,
) -> Result<(), StartError>
where
    Flow: Send + Sync + 'static,
    Event: serde::de::DeserializeOwned,
    Handle: Fn(&'static Flow, Event, RequestContext) -> Answer + Copy + Send + Sync + 'static,
    Answer: Future<Output = Result<(), Fault>> + Send,
{
    let flow: &'static Flow = Box::leak(Box::new(started(App::start().and_then(|app| open(&app)))?));
    runtime()?.block_on(lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
        let left = time_left(Some(&event.context));
        let caller = RequestContext {
            request_id: event.context.request_id.clone(),
            source_ip: String::new(),
            client: None,
            now: Timestamp::now(),
            subject: Arc::default(),
            stated: None,
            backend: None,
        };
        let answer = budget::spend(left, handle(flow, event.payload, caller.clone())).await;
        answer.unwrap_or_else(|| Err(given_up(&caller))).map_err(|fault| {
            log::failed(&fault, &event.context.request_id);
            StartError::from(fault)
        })
    })))
}

/// What a function does with a request. It has no type of the function's own, so that everything around it is compiled
/// once and not for each of them.
struct Endpoint {
    front: Front,
    handle: Handle,
    error_response: ErrorResponse,
}

type Handle = Box<dyn Fn(Arc<Request>) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>> + Send + Sync>;
type ErrorResponse = Box<dyn Fn(&Request, &Error) -> Response + Send + Sync>;

fn run(endpoint: Endpoint) -> Result<(), StartError> {
    let endpoint: &'static Endpoint = Box::leak(Box::new(endpoint));
    runtime()?.block_on(lambda_http::run(service_fn(move |event| async move {
        Ok::<_, Infallible>(sealed(endpoint.answer(event).await))
    })))
}

/// One thread, which is what Lambda has for a request.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

impl Endpoint {
    async fn answer(&self, event: lambda_http::Request) -> Response {
        let context = event.lambda_context_ref().cloned();
        let mut request = Request::new(event, Timestamp::now());
        let admitted = budget::spend(time_left(context.as_ref()), self.front.admit(&mut request)).await;
        let request = Arc::new(request);
        let answer = match admitted {
            Some(Ok(true)) => budget::spend(time_left(context.as_ref()), (self.handle)(request.clone())).await,
            Some(Ok(false)) => return forbidden(),
            Some(Err(fault)) => Some(Err(fault.into())),
            None => None,
        };
        answer.unwrap_or_else(|| Err(given_up(request.caller()).into())).unwrap_or_else(|failure| {
            record_failure(request.caller(), &failure);
            (self.error_response)(&request, &failure)
        })
    }
}

/// Who says from which address a request comes.
#[derive(Debug)]
enum Front {
    /// API Gateway, to which everybody connects.
    Gateway,
    /// CloudFront, once it has shown that it is ours. Whoever goes around it is nobody.
    CloudFront(Cached<OriginSecret>),
}

impl Front {
    fn open(app: &App) -> Result<Self, StartError> {
        if !app.env.is_behind_cloudfront()? {
            return Ok(Self::Gateway);
        }
        Ok(Self::CloudFront(app.origin_secret()?))
    }

    /// Whether the request comes by the way that it must; it knows who asks then.
    async fn admit(&self, request: &mut Request) -> Result<bool, Fault> {
        let Self::CloudFront(secret) = self else { return Ok(true) };
        let secret = secret.value(request.caller().now).await?;
        match request.come_through(&secret) {
            Ok(()) => Ok(true),
            Err(NotOurs(reason)) => {
                record(request.caller(), &Event::OriginRefused { reason });
                Ok(false)
            }
        }
    }
}

/// What a firewall in front of us would say.
fn forbidden() -> Response {
    response::json(StatusCode::FORBIDDEN, &json!({"message": "Forbidden"}))
}

/// How long Lambda lets this invocation go on.
fn time_left(context: Option<&Context>) -> Duration {
    match context {
        Some(context) if context.deadline > MAX_MILLIS => until_millis(context.deadline),
        // `cargo lambda watch` says how long, 600,000, where Lambda says until when.
        _ => Duration::from_millis(MAX_MILLIS),
    }
}

/// No function may run longer (Lambda quotas).
const MAX_MILLIS: u64 = 900_000;

fn given_up(caller: &RequestContext) -> Fault {
    record(caller, &Event::RequestGivenUp);
    Fault::new(Dependency::Time, "what it waited for took too long")
}

/// Logs why a function cannot start.
fn started<T>(result: Result<T, StartError>) -> Result<T, StartError> {
    result.inspect_err(|error| tracing::error!(cause = %error, "the function cannot start"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_moment_and_what_cannot_be_one_is_none() {
        let left = |deadline| {
            let mut context = Context::default();
            context.deadline = deadline;
            time_left(Some(&context))
        };
        let longest = Duration::from_secs(900);
        assert_eq!((time_left(None), left(0), left(600_000)), (longest, longest, longest));
        assert_eq!(left(1_795_255_200_000), Duration::ZERO, "it has passed");
        let far = left(32_503_680_000_000);
        assert!(far > longest, "{far:?}");
    }
}
