//! The wire: how requests are read and outcomes are written. One file per contract; flows know none of them.

pub mod actor;
pub mod browser;
pub mod cookie;
pub mod gateway;
pub mod lab;
pub mod pages;
pub mod reply;
pub mod request;
pub mod social;
pub mod v1;
