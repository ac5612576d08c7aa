//! The log for operators: JSON lines on standard output. What people did is in [`audit`](super::audit).

use std::io::Write;

use serde::Serialize;

use domain::error::Fault;

/// Starts it, at `info`.
pub fn start() {
    tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::INFO)
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false)
        .init();
}

/// Tells the operator what failed for which request.
pub fn failed(fault: &Fault, request_id: &str) {
    tracing::error!(request_id, dependency = ?fault.dependency, cause = fault.causes(), "request failed");
}

/// Writes a line of ours, whole, between those of `tracing`.
pub(super) fn line(line: &impl Serialize) {
    let Ok(mut line) = serde_json::to_vec(line) else { return };
    line.push(b'\n');
    // Nobody is left who could be told that the log is gone.
    let _ = std::io::stdout().lock().write_all(&line);
}
