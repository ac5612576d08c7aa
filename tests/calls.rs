//! How many calls each operation makes to DynamoDB, counted at the store and held against the table in ARCHITECTURE.md.

mod browser;
mod invites;
mod magic_link;
mod mailbox;
mod passkeys;
mod provider;
mod second_factor;
mod session;

use std::sync::LazyLock;

use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use crate::contracts::settings_and_rows;
use crate::harness::{Person, Stack};

#[tokio::test]
async fn nothing_ever_scans_and_secrets_are_read_once_in_a_processs_life() {
    let stack = counted().await;
    let visitor = stack.visitor();
    for _ in 0..3 {
        let session = visitor.signs_in_by_link(&Person::new().email).await;
        visitor.lists_sessions(&session.access_token).await.data();
        visitor.logs_out_everywhere(&session.access_token).await.data();
    }
    stack.forget_trace().await;
    let session = visitor.signs_in(&Person::new()).await;
    visitor.lists_sessions(&visitor.renews(&session).await.access_token).await.data();
    visitor.signs_in_by_link(&Person::new().email).await;
    let calls = stack.trace().await;
    assert!(calls.iter().all(|call| call["operation"] != "Scan"), "{calls:?}");
    assert!(calls.iter().filter(|call| call["service"] == "secretsmanager").count() == 0, "{calls:?}");
}

/// A warm stack with an empty trace, which one test at a time has to itself.
async fn counted() -> Counted {
    static COUNTED: LazyLock<Mutex<Stack>> = LazyLock::new(|| {
        let (settings, rows) = settings_and_rows();
        Mutex::new(Stack::start(1, settings, &rows))
    });
    let stack = COUNTED.lock().await;
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let session = visitor.renews(&session).await;
    visitor.looks_up(&session.access_token).await.data();
    visitor.logs_out(&session.access_token).await.data();
    visitor.signs_in_by_link(&Person::new().email).await;
    stack.forget_trace().await;
    Counted(stack)
}

struct Counted(MutexGuard<'static, Stack>);

impl std::ops::Deref for Counted {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.0
    }
}

impl Counted {
    /// Asserts that exactly these calls were made to DynamoDB, in any order.
    async fn made(&self, expected: &[&str]) {
        let trace = self.trace().await;
        let mut calls: Vec<_> = trace.iter().filter(|call| call["service"] == "dynamodb").map(named).collect();
        let mut expected = expected.to_vec();
        calls.sort();
        expected.sort();
        assert_eq!(calls, expected, "{trace:?}");
    }
}

/// The operation and its tables, each once.
fn named(call: &Value) -> String {
    let mut tables: Vec<_> = match call["tables"].as_array() {
        Some(tables) => tables.iter().map(|table| table.as_str().unwrap()).collect(),
        None => vec![call["table"].as_str().unwrap()],
    };
    tables.sort();
    tables.dedup();
    format!("{} {}", call["operation"].as_str().unwrap(), tables.join("+"))
}
