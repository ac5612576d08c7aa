//! Faults on order: what AWS does on a bad day. A test asks for one at `/_local/faults` and looks at what becomes of a
//! sign-in then.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::IntoResponse;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ServiceError;

/// Longer than a function waits for one attempt.
const SILENCE: Duration = Duration::from_millis(3500);

/// Not longer than that.
const WHILE: Duration = Duration::from_millis(900);

/// What happens to calls of a function.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InjectedFault {
    /// Whose calls.
    function: String,
    /// Which of them; all when there is none.
    operation: Option<String>,
    /// What happens to them.
    kind: FaultKind,
    /// How many of them still go well.
    after: usize,
    /// How many of them it happens to then.
    times: usize,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultKind {
    /// It is refused because there are too many.
    Throttled,
    /// It is refused for no reason.
    Failed,
    /// It is refused because another transaction is at the same item (DynamoDB).
    Conflict,
    /// It is refused because its table is too busy, in the way of its operation (DynamoDB): a transaction is cancelled,
    /// a batch leaves all of its keys.
    Crowded,
    /// It is refused because it is under way already: a retry met its own first attempt (transactions).
    InProgress,
    /// It is carried out, but only after a while.
    Slow,
    /// Nothing happens and nothing answers in time.
    Silent,
    /// It is carried out, and then the connection breaks before the answer is there.
    Dropped,
    /// It is carried out, and its answer does not come in time.
    Unheard,
}

/// The fault that is on order, and how often it has struck.
#[derive(Default)]
pub struct Faults(Mutex<Order>);

#[derive(Default)]
struct Order {
    fault: Option<InjectedFault>,
    struck: usize,
}

/// What is on order, as it stands now, and how often it has struck.
#[derive(Serialize)]
pub struct Struck {
    fault: Option<InjectedFault>,
    struck: usize,
}

impl Faults {
    /// Orders `fault` instead of what was ordered before, or none.
    pub fn order(&self, fault: Option<InjectedFault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Order { fault, struck: 0 };
    }

    /// What is on order, and how often it has struck.
    pub fn struck(&self) -> Struck {
        let order = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Struck { fault: order.fault.clone(), struck: order.struck }
    }

    /// What happens to the next call of `function`, which asks for `operation`.
    pub fn next(&self, function: &str, operation: &str) -> Option<FaultKind> {
        let mut order = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = |fault: &&mut InjectedFault| {
            fault.function == function && fault.operation.as_ref().is_none_or(|meant| meant == operation)
        };
        let fault = order.fault.as_mut().filter(meant)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let kind = fault.kind;
        fault.times = fault.times.checked_sub(1)?;
        order.struck += 1;
        Some(kind)
    }
}

impl FaultKind {
    /// What the caller gets instead of an answer to a call that is not carried out; `None` when it is.
    pub async fn instead(self, operation: &str, request: &Value) -> Option<Response<Body>> {
        let error = match (self, operation) {
            (Self::Dropped | Self::Unheard, _) => return None,
            (Self::Slow, _) => {
                tokio::time::sleep(WHILE).await;
                return None;
            }
            (Self::Silent, _) => {
                tokio::time::sleep(SILENCE).await;
                return Some(broken());
            }
            (Self::Failed, _) => return Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            (Self::Throttled, "SendEmail") => ServiceError::new("TooManyRequestsException", "too many mails"),
            (Self::Throttled, _) => ServiceError::new("ThrottlingException", "too many calls"),
            (Self::Conflict, "TransactWriteItems") => return Some(cancelled(request, "TransactionConflict")),
            (Self::Crowded, "TransactWriteItems") => return Some(cancelled(request, "ThrottlingError")),
            (Self::Crowded, "BatchGetItem") => {
                return Some(json_1_0(
                    StatusCode::OK,
                    &json!({"Responses": {}, "UnprocessedKeys": request["RequestItems"]}),
                ));
            }
            (Self::Crowded, _) => ServiceError::new("ProvisionedThroughputExceededException", "too many calls"),
            (Self::InProgress, _) => ServiceError::new("TransactionInProgressException", "it is under way"),
            (Self::Conflict, _) => ServiceError::new("TransactionConflictException", "another transaction is at it"),
        };
        Some(error.into_response())
    }
}

/// Takes the whole answer of a call that was carried out, and breaks the connection.
pub async fn dropped(answer: Response<Body>) -> Response<Body> {
    let _ = answer.into_body().collect().await;
    broken()
}

/// The same, after a silence.
pub async fn unheard(answer: Response<Body>) -> Response<Body> {
    tokio::time::sleep(SILENCE).await;
    dropped(answer).await
}

/// An answer that breaks off.
fn broken() -> Response<Body> {
    let end = io::Error::new(io::ErrorKind::ConnectionReset, "dropped on order");
    Response::new(Body::from_stream(futures_util::stream::once(async { Err::<Bytes, _>(end) })))
}

/// A transaction of which every item was cancelled for that reason.
fn cancelled(request: &Value, code: &str) -> Response<Body> {
    let items = request["TransactItems"].as_array().map_or(1, Vec::len);
    let reasons: Vec<Value> = (0..items).map(|_| json!({"Code": code})).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let body = json!({"__type": kind, "Message": "Transaction cancelled", "CancellationReasons": reasons});
    json_1_0(StatusCode::BAD_REQUEST, &body)
}

/// An answer as DynamoDB writes it.
fn json_1_0(status: StatusCode, body: &Value) -> Response<Body> {
    (status, [("content-type", "application/x-amz-json-1.0")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_function_after_some_calls_and_so_many_times() {
        let faults = Faults::default();
        let order = json!({"function": "login", "kind": "failed", "after": 1, "times": 2});
        faults.order(Some(serde_json::from_value(order).unwrap()));
        let next = ["login", "refresh", "login", "login", "login"].map(|name| faults.next(name, "PutItem"));
        assert_eq!(next, [None, None, Some(FaultKind::Failed), Some(FaultKind::Failed), None]);
        assert_eq!(faults.struck().struck, 2);
        faults.order(None);
        assert_eq!((faults.next("login", "PutItem"), faults.struck().struck), (None, 0));
    }

    #[test]
    fn a_fault_of_one_operation_strikes_no_other() {
        let faults = Faults::default();
        let order = json!({"function": "login", "operation": "PutItem", "kind": "failed", "after": 0, "times": 9});
        faults.order(Some(serde_json::from_value(order).unwrap()));
        assert_eq!(["GetItem", "PutItem"].map(|name| faults.next("login", name)), [None, Some(FaultKind::Failed)]);
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_cannot_be_read() {
        assert!(dropped(Response::new(Body::from("whole"))).await.into_body().collect().await.is_err());
    }
}
