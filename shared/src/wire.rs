//! The wire: how requests are read and outcomes are written. One file per contract; flows know none of them.

pub mod browser;
pub mod cookie;
pub mod pages;
pub mod reply;
pub mod request;
pub mod social;
pub mod v1;
