//! Goes through every call that an endpoint makes, and through everything that can happen to it.

use serde_json::json;

use crate::contracts::settings_and_rows;
use crate::harness::{Answer, Stack, Visitor};

/// What happens to a call, and to how many from then on: to one, so that the SDK's second attempt goes well; or to all.
pub const FAULTS: [(&str, usize); 6] =
    [("throttled", 1), ("failed", 100), ("conflict", 1), ("conflict", 100), ("dropped", 1), ("dropped", 100)];

/// What only happens to transactions and batches, and to how many from then on: our own next try goes well, or none.
const OF_MANY_ITEMS: [(&str, usize); 3] = [("crowded", 2), ("crowded", 100), ("inProgress", 2)];

/// Prepares, acts while a call of `function` fails, and lets `judge` look at the answer once all is well again; for
/// every call that the act makes on a good day, and for everything that can happen to it.
///
/// The answer is the success of a good day, or says that the service is unavailable. Nothing else will do: a fault is
/// nobody's mistake, and no reason to believe less or more.
pub async fn sweep<P>(
    function: &str,
    prepare: impl AsyncFn(&Visitor<'_>) -> P,
    act: impl AsyncFn(&Visitor<'_>, &P) -> Answer,
    judge: impl AsyncFn(&Visitor<'_>, P, Answer),
) {
    let (settings, rows) = settings_and_rows();
    let stack = Stack::start(1, settings, &rows);
    // The first time, secrets are fetched; they have a test of their own.
    for _ in 0..2 {
        let visitor = stack.visitor();
        let prepared = prepare(&visitor).await;
        stack.forget_trace().await;
        let answer = act(&visitor, &prepared).await;
        assert!(went_well(&answer), "{answer}");
        let calls = calls_of(&stack, function).await;
        judge(&visitor, prepared, answer).await;
        if calls.iter().any(|call| call.starts_with("secretsmanager")) {
            continue;
        }
        for (number, call) in calls.iter().enumerate() {
            // Silence takes the SDK seconds, so that one call of each endpoint has to do.
            let silence = (number == 0).then_some(("silent", 1));
            let many = OF_MANY_ITEMS.into_iter().filter(|(kind, _)| {
                call == "dynamodb TransactWriteItems" || (*kind == "crowded" && call == "dynamodb BatchGetItem")
            });
            for (kind, times) in FAULTS.into_iter().chain(silence).chain(many) {
                if kind == "conflict" && !call.starts_with("dynamodb") {
                    continue;
                }
                let visitor = stack.visitor();
                let prepared = prepare(&visitor).await;
                stack.orders(&json!({ "function": function, "kind": kind, "after": number, "times": times })).await;
                let answer = act(&visitor, &prepared).await;
                let struck = stack.heals().await;
                assert!(struck > 0, "{kind} x {times} at {call} never struck");
                if OF_MANY_ITEMS.contains(&(kind, times)) && times < 100 {
                    assert!(went_well(&answer), "{kind} x {times} at {call}: {answer}");
                }
                if !went_well(&answer) {
                    says_unavailable(function, &answer);
                }
                judge(&visitor, prepared, answer).await;
            }
        }
        return;
    }
    panic!("{function} fetches its secrets every time");
}

/// Whether it is an answer of a good day: a success, or the way on to where a browser wanted to go.
pub fn went_well(answer: &Answer) -> bool {
    let leads_on = |to: &str| answer.status == 303 && !to.contains("error=");
    answer.header("location").map_or(answer.status == 200, leads_on)
}

fn says_unavailable(function: &str, answer: &Answer) {
    if let Some(to) = answer.header("location") {
        assert!(to.ends_with("error=UNAVAILABLE"), "{to}");
    } else if answer.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html")) {
        answer.is_page(503);
    } else if function == "external-callback" {
        answer.is(503, json!({ "detail": "<text>" }));
    } else {
        answer.refuses(503, "UNAVAILABLE");
    }
}

/// The calls that the function has made, in order.
async fn calls_of(stack: &Stack, function: &str) -> Vec<String> {
    let trace = stack.trace().await;
    let ours = trace.iter().filter(|call| call["function"] == function);
    ours.map(|call| format!("{} {}", call["service"].as_str().unwrap(), call["operation"].as_str().unwrap())).collect()
}
