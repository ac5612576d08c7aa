//! Secrets Manager's rotation function: makes the first keys and moves them on, and labels the providers. An operator
//! invokes it to revoke keys.

use doorward::error::Fault;
use doorward::flow::rotate_keys::{RotateKeys, RotationOrder};
use doorward::function::{StartError, serve_events};
use doorward::request::RequestContext;

fn main() -> Result<(), StartError> {
    serve_events(RotateKeys::open, handle)
}

async fn handle(rotate_keys: &RotateKeys, order: RotationOrder, caller: RequestContext) -> Result<(), Fault> {
    rotate_keys.obey(&order, &caller).await
}
