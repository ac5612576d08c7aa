//! The sign-in service behind every Doorward function.
//!
//! Read it from the outside in: a function calls a [`flow`], a flow loads through an [`adapter`], decides in the
//! [`domain`], and saves. [`web`] is how requests are read and outcomes are written. `ARCHITECTURE.md` has the map.

pub use domain::{error, request};

pub mod adapter;
pub mod app;
pub mod config;
pub mod flow;
pub mod function;
pub mod web;
