//! What Doorward claims, tried on the real binaries behind the local stack. Every test name is a claim.
#![allow(missing_docs, clippy::disallowed_methods, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod harness;
mod lies;

mod audit;
mod browser;
mod callback;
mod calls;
mod contracts;
mod docs;
mod doors;
mod faults;
mod headers;
mod http;
mod identities;
mod identity;
mod imports;
mod in_time;
mod independent_verifier;
mod invited;
mod linking;
mod login;
mod logout;
mod magic_link;
mod mail_code;
mod mail_form;
mod navigation;
mod pages;
mod passkeys;
mod played;
mod properties;
mod providers;
mod races;
mod real_provider;
mod refresh;
mod rotate_keys;
mod second_factor;
mod secrecy;
mod session;
mod session_cookie;
mod settings;
mod sign_up;
mod social;
mod template;
mod verify;
mod well_known;
