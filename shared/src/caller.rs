//! The circumstances of one request.

use crate::clock::Timestamp;

/// Who asks, from where, and when.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The gateway's id for the request (for a rotation: the invocation's): in the answer, in the gateway's own log,
    /// and in every line of ours about the request.
    pub request_id: String,
    /// The network address as the gateway saw it, never a forwarded header.
    pub source_ip: String,
    /// What the client calls itself; display data.
    pub client: Option<String>,
    /// When the request arrived. It is the request's one "now".
    pub now: Timestamp,
}
