//! The log for operators: JSON lines on standard output. What people did is in [`audit`](super::audit).

use domain::error::Broken;

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
pub fn failed(broken: &Broken, request_id: &str) {
    tracing::error!(request_id, dependency = ?broken.dependency, cause = broken.cause, "request failed");
}
