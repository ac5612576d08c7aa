//! The wire: how requests are read and outcomes are written. One file per contract; flows know none of them.

pub mod reply;
pub mod request;
pub mod v1;
