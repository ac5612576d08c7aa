//! Who called which AWS service: the record behind `/_local/trace`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::clock;

const MAX_CALLS: usize = 100_000;
const MAX_REQUESTS: usize = 1_000;

/// One request to the API.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredRequest {
    /// Its id, as the log and the calls name it.
    pub request_id: String,
    /// The method.
    pub method: String,
    /// The path. What stands in the query may be a secret.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    at: String,
}

/// One call of a function to a service.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceCall {
    /// The caller, by the access key that signed the call.
    pub function: String,
    /// The request that it was made for, as its trace header says.
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `dynamodb`, `secretsmanager` or `sesv2`.
    pub service: &'static str,
    /// The operation's name in AWS.
    pub operation: String,
    /// The table, of an operation on one table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The tables, of a transaction or a batch: one entry for each item.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    at: String,
    /// Milliseconds until the answer; absent while there is none. Two calls of which the second began before the first
    /// was over went out side by side.
    #[serde(rename = "tookMs", skip_serializing_if = "Option::is_none")]
    took: Option<f64>,
    #[serde(skip)]
    began: f64,
    #[serde(skip)]
    number: u64,
}

/// All calls since the last clearing.
#[derive(Default)]
pub struct Trace(Mutex<TraceState>);

#[derive(Default)]
struct TraceState {
    calls: VecDeque<ServiceCall>,
    requests: VecDeque<AnsweredRequest>,
    next: u64,
}

impl Trace {
    /// Records that a request was answered.
    pub fn answered(&self, request_id: &str, method: &str, path: &str, status: u16) {
        let (request_id, method, path) = (request_id.to_owned(), method.to_owned(), path.to_owned());
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.requests.len() == MAX_REQUESTS {
            state.requests.pop_front();
        }
        let at = clock::rfc3339(clock::since_epoch());
        state.requests.push_back(AnsweredRequest { request_id, method, path, status, at });
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<AnsweredRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).requests.iter().cloned().collect()
    }

    /// Records that a call begins. The number is for [`Trace::end`].
    pub fn begin(
        &self,
        function: String,
        request_id: Option<String>,
        service: &'static str,
        operation: String,
        table: Option<String>,
        tables: Vec<String>,
    ) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::since_epoch();
        let number = state.next;
        state.next += 1;
        if state.calls.len() == MAX_CALLS {
            state.calls.pop_front();
        }
        state.calls.push_back(ServiceCall {
            function,
            request_id,
            service,
            operation,
            table,
            tables,
            at: clock::rfc3339(now),
            took: None,
            began: now.as_secs_f64(),
            number,
        });
        number
    }

    /// Records that a call is over.
    pub fn end(&self, number: u64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(call) = state.calls.iter_mut().rev().find(|call| call.number == number) {
            call.took = Some(((clock::epoch_seconds() - call.began) * 1e6).round() / 1e3);
        }
    }

    /// All calls in the order in which they began.
    pub fn calls(&self) -> Vec<ServiceCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.iter().cloned().collect()
    }

    /// Forgets all calls and requests.
    pub fn clear(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.calls.clear();
        state.requests.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_stand_in_the_order_in_which_they_began() {
        let trace = Trace::default();
        let first = trace.begin("login".into(), None, "dynamodb", "UpdateItem".into(), Some("Limits".into()), vec![]);
        trace.begin("login".into(), Some("r1".into()), "dynamodb", "PutItem".into(), Some("SignIns".into()), vec![]);
        trace.end(first);
        let calls = serde_json::to_value(trace.calls()).unwrap();
        assert_eq!((&calls[0]["operation"], &calls[0]["table"]), (&"UpdateItem".into(), &"Limits".into()));
        assert!(calls[0]["tookMs"].is_number() && calls[1].get("tookMs").is_none());
        assert!(calls[0].get("requestId").is_none() && calls[1]["requestId"] == "r1");
        trace.clear();
        assert!(trace.calls().is_empty());
    }
}
