//! The sign-in service behind every Doorward function.
//!
//! Read it from the outside in: a function calls a [`flow`], a flow loads through a door ([`store`], [`outbound`],
//! [`mail`], [`secrets`]), decides in the domain, and saves. [`wire`] is how requests are read and outcomes are
//! written. `ARCHITECTURE.md` has the map.

pub mod app;
pub mod aws;
pub mod config;

pub mod budget;
pub mod caller;
pub mod clock;
pub mod failure;
pub mod secret;

pub mod access_token;
pub mod assurance;
pub mod binding;
pub mod brand;
pub mod channel;
pub mod device;
pub mod door;
pub mod email;
pub mod factor;
pub mod identity;
pub mod invite;
pub mod key_set;
pub mod known_browser;
pub mod language;
pub mod limit;
pub mod magic_link;
pub mod mail_code;
pub mod origin;
pub mod outcome;
pub mod passkey;
pub mod provider;
pub mod reach;
pub mod return_to;
pub mod second_factor;
pub mod session;
pub mod session_id;
pub mod sign_in;
pub mod signing_key;
pub mod state;
pub mod text;
pub mod token_key;
pub mod trust;
pub mod undo;
pub mod viewer;

pub mod audit;
pub mod mail;
pub mod outbound;
pub mod secrets;
pub mod store;

pub mod flow;

pub mod wire;
