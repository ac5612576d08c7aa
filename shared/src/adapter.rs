//! The outside world, one module for each part of it: nobody else knows its library.

pub mod audit;
pub mod aws;
pub mod budget;
pub mod log;
pub mod mail;
pub mod outbound;
pub mod secrets;
pub mod store;
mod tls;
