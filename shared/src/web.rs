//! The wire: how requests are read and outcomes are written. One file per contract; flows know none of them.

pub mod actor;
mod authorization_response;
pub mod browser;
pub mod cookie;
pub mod date_time;
pub mod gateway;
pub mod lab;
mod landing;
pub mod outcome;
pub mod pages;
mod passkey;
pub mod refusal;
pub mod request;
pub mod response;
pub mod social;
pub mod v1;
