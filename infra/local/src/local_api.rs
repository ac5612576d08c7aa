//! What the local stack itself answers, under `/_local`: the mailbox, the requests, the trace, the log, the tables, and
//! calls of a function past the gateway, and a page over all of it. For this machine's own user only.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;

use crate::journal::Journal;
use crate::lambda::pool::{Invocation, Pool};
use crate::page;
use crate::services::Services;
use crate::services::faults::InjectedFault;

/// The largest event that Lambda takes.
const MAX_EVENT: usize = 6 * 1024 * 1024;

/// What the routes show.
#[derive(Clone)]
pub struct LocalApi {
    /// Mailbox, trace and tables.
    pub services: Arc<Services>,
    /// The log.
    pub journal: Arc<Journal>,
    /// The functions.
    pub functions: BTreeMap<String, Arc<Pool>>,
    /// The settings in force, by the names of their variables.
    pub settings: BTreeMap<String, String>,
}

impl LocalApi {
    /// The routes, with those of the mock providers beside them.
    pub fn router(self, mock_providers: Router) -> Router {
        Router::new()
            .route("/_local", get(async || Redirect::to("/_local/")))
            .route("/_local/", get(page::index))
            .route("/_local/requests", get(requests))
            .route("/_local/settings", get(settings))
            .route("/_local/mail", get(mail).delete(clear_mail))
            .route("/_local/mail/", get(page::mailbox))
            .route("/_local/mail/{id}/html", get(mail_html))
            .route("/_local/trace", get(trace).delete(clear_trace))
            .route("/_local/faults", get(struck).post(order_fault).delete(cancel_fault))
            .route("/_local/log", get(log).delete(clear_log))
            .route("/_local/dump", get(dump))
            .route("/_local/invoke/{function}", post(invoke))
            .route("/_local/assets/{name}", get(page::asset))
            .layer(DefaultBodyLimit::max(MAX_EVENT))
            .with_state(self)
            .merge(mock_providers)
            .layer(middleware::from_fn(only_for_this_machine))
    }
}

/// Refuses what a web page elsewhere could send: a name of its own that resolves to this machine (DNS rebinding), and
/// writes from another origin.
async fn only_for_this_machine(request: Request<Body>, next: Next) -> Response {
    if is_allowed(request.method(), request.headers()) {
        next.run(request).await
    } else {
        let message = json!({"message": "/_local answers to localhost and to its own pages only"});
        (StatusCode::FORBIDDEN, Json(message)).into_response()
    }
}

fn is_allowed(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("invalid"));
    let host = text(header::HOST).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let own_name = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
    let reads = [Method::GET, Method::HEAD].contains(method);
    let own_origin = text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    own_name && (reads || own_origin)
}

/// What is asked for of a list, which is long after a while: `?to=` an address, or `?request=` an id.
type Wanted = Query<BTreeMap<String, String>>;

async fn mail(State(local): State<LocalApi>, Query(wanted): Wanted) -> Response {
    Json(local.services.mailbox.mails(wanted.get("to"))).into_response()
}

async fn mail_html(State(local): State<LocalApi>, Path(id): Path<String>) -> Response {
    match local.services.mailbox.mail(&id) {
        Some(mail) => page::mail(&mail.html),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn clear_mail(State(local): State<LocalApi>) -> StatusCode {
    local.services.mailbox.clear();
    StatusCode::NO_CONTENT
}

async fn requests(State(local): State<LocalApi>) -> Response {
    Json(local.services.trace.requests()).into_response()
}

async fn settings(State(local): State<LocalApi>) -> Response {
    Json(json!({"settings": local.settings, "functions": local.functions.keys().collect::<Vec<_>>()})).into_response()
}

async fn trace(State(local): State<LocalApi>) -> Response {
    Json(local.services.trace.calls()).into_response()
}

async fn clear_trace(State(local): State<LocalApi>) -> StatusCode {
    local.services.trace.clear();
    StatusCode::NO_CONTENT
}

async fn struck(State(local): State<LocalApi>) -> Response {
    Json(local.services.faults.struck()).into_response()
}

async fn order_fault(State(local): State<LocalApi>, Json(fault): Json<InjectedFault>) -> StatusCode {
    local.services.faults.order(Some(fault));
    StatusCode::NO_CONTENT
}

async fn cancel_fault(State(local): State<LocalApi>) -> StatusCode {
    local.services.faults.order(None);
    StatusCode::NO_CONTENT
}

async fn log(State(local): State<LocalApi>, Query(wanted): Wanted) -> Response {
    Json(local.journal.lines(wanted.get("request"))).into_response()
}

async fn clear_log(State(local): State<LocalApi>) -> StatusCode {
    local.journal.clear();
    StatusCode::NO_CONTENT
}

async fn dump(State(local): State<LocalApi>) -> Response {
    match local.services.dynamodb.dump().await {
        Ok(tables) => Json(tables).into_response(),
        Err(failure) => (StatusCode::BAD_GATEWAY, Json(json!({"message": failure.to_string()}))).into_response(),
    }
}

async fn invoke(State(local): State<LocalApi>, Path(name): Path<String>, event: Bytes) -> Response {
    let Some(function) = local.functions.get(&name).cloned() else {
        return (StatusCode::NOT_FOUND, Json(json!({"message": format!("there is no function {name}")})))
            .into_response();
    };
    let invocation = tokio::spawn(async move { function.invoke(event).await });
    match invocation.await {
        Ok(Invocation::Answered(answer)) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Ok(Invocation::Failed(error)) => (StatusCode::INTERNAL_SERVER_ERROR, Json(error)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(method: Method, host: &'static str, origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        is_allowed(&method, &headers)
    }

    #[test]
    fn this_machine_may_read_and_write() {
        for host in ["localhost:9100", "127.0.0.1:9100", "[::1]:9100", "localhost"] {
            assert!(allowed(Method::GET, host, None) && allowed(Method::DELETE, host, None), "{host}");
        }
        assert!(allowed(Method::POST, "localhost:9100", Some("http://localhost:9100")));
    }

    #[test]
    fn another_name_for_this_machine_may_not_even_read() {
        for host in ["evil.example", "localhost.evil.example:9100", "evil.example:9100", ""] {
            assert!(!allowed(Method::GET, host, None), "{host}");
        }
    }

    #[test]
    fn another_origin_may_not_write() {
        for origin in ["https://evil.example", "http://localhost:3000", "null"] {
            assert!(!allowed(Method::DELETE, "localhost:9100", Some(origin)), "{origin}");
        }
    }
}
