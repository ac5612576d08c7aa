//! Stand-ins for the AWS services that the functions call, on one port; every call is traced.

pub mod dynamodb;
pub mod error;
pub mod faults;
pub mod secrets;
pub mod ses;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::IntoResponse;
use axum::{Router, routing};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::Value;

use crate::lambda::runtime_api;
use crate::mailbox::Mailbox;
use crate::trace::Trace;
use dynamodb::DynamoDb;
use error::{AMZ_JSON, ServiceError};
use faults::{FaultKind, Faults};
use secrets::Secrets;

/// DynamoDB's limit is 16 MB; nothing else here takes more.
const MAX_BODY: usize = 17 * 1024 * 1024;

/// The services and what they have in common.
pub struct Services {
    /// DynamoDB.
    pub dynamodb: DynamoDb,
    /// Secrets Manager.
    pub secrets: Secrets,
    /// Where SES delivers.
    pub mailbox: Mailbox,
    /// Every call.
    pub trace: Trace,
    /// What goes wrong on order.
    pub faults: Faults,
}

impl Services {
    /// The routes of all services.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(routing::any(dispatch)).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(self)
    }
}

async fn dispatch(
    State(services): State<Arc<Services>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let caller = caller(&headers);
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let call = Called { caller, target, method, uri, headers: &headers, body };
    let fault = services.faults.next(&call.caller, call.operation());
    if let Some(instead) = instead(fault, &call).await {
        return instead;
    }
    let answer = call.carry_out(&services).await;
    match fault {
        Some(FaultKind::Dropped) => faults::dropped(answer).await,
        Some(FaultKind::Unheard) => faults::unheard(answer).await,
        _ => answer,
    }
}

/// What a call gets when it is not carried out.
async fn instead(fault: Option<FaultKind>, call: &Called<'_>) -> Option<Response<Body>> {
    fault?.instead(call.operation(), &call.json()).await
}

/// A call of a function.
struct Called<'a> {
    caller: String,
    target: &'a str,
    method: Method,
    uri: Uri,
    headers: &'a HeaderMap,
    body: Bytes,
}

impl Called<'_> {
    /// What is asked for; the one that names it in its path is SES.
    fn operation(&self) -> &str {
        self.target.split_once('.').map_or("SendEmail", |(_, operation)| operation)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    async fn carry_out(self, services: &Services) -> Response<Body> {
        let json = self.json();
        let Self { caller, target, method, uri, headers, body } = self;
        let trace = &services.trace;
        let request = request_id(headers);
        match target.split_once('.') {
            Some((version, operation)) if version.starts_with("DynamoDB_") => {
                let (table, tables) = services.dynamodb.tables_of(&json);
                let call = trace.begin(caller, request, "dynamodb", operation.to_owned(), table, tables);
                let answer = services.dynamodb.forward(headers, body).await;
                trace.end(call);
                answer.into_response()
            }
            Some(("secretsmanager", operation)) => {
                let call = trace.begin(caller, request, "secretsmanager", operation.to_owned(), None, vec![]);
                let answer = services.secrets.answer(operation, &json);
                trace.end(call);
                match answer {
                    Ok(answer) => (StatusCode::OK, [("content-type", AMZ_JSON)], answer.to_string()).into_response(),
                    Err(error) => error.into_response(),
                }
            }
            None if method == Method::POST && uri.path() == ses::SEND_EMAIL => {
                let call = trace.begin(caller, request, "sesv2", "SendEmail".to_owned(), None, vec![]);
                let answer = ses::send_email(&services.mailbox, &json);
                trace.end(call);
                match answer {
                    Ok(answer) => {
                        (StatusCode::OK, [("content-type", "application/json")], answer.to_string()).into_response()
                    }
                    Err(error) => error.into_response(),
                }
            }
            _ => ServiceError::new("UnknownOperationException", format!("{method} {uri} {target} has no stand-in"))
                .into_response(),
        }
    }
}

/// The function that signed the call: its access key is `local-<function>`.
fn caller(headers: &HeaderMap) -> String {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = authorization.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    key.strip_prefix("local-").unwrap_or(key).to_owned()
}

/// The request in which the function called: inside Lambda, the SDK sends on the trace id that came with it.
fn request_id(headers: &HeaderMap) -> Option<String> {
    runtime_api::request_id(headers.get("x-amzn-trace-id")?.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_key_names_the_caller() {
        let mut headers = HeaderMap::new();
        let authorization =
            "AWS4-HMAC-SHA256 Credential=local-magic-link/20260101/us-east-1/ses/aws4_request, SignedHeaders=host";
        headers.insert("authorization", authorization.parse().unwrap());
        assert_eq!(caller(&headers), "magic-link");
    }
}
