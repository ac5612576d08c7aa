//! Limits: whose budget is whose, what a stranger can spend, and what is given back.

mod backend;
mod cloudfront;
mod mails;
mod starts;
mod unsent;
