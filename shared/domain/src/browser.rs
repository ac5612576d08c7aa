//! The browser that a person signs in with: what binds a transaction to it, and what tells later that it was here.

pub mod binding;
pub mod known_browser;
