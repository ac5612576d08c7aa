//! What Doorward decides, and nothing that waits: no clock, no network, no table. Whoever calls hands in the moment, the
//! keys and what was read; what comes out is written by somebody else.
//!
//! Below comes first. [`clock`], [`error`], [`language`] and [`secret`] are for everybody; [`keys`], [`request`] and
//! [`account`] stand on them; the ways in and what they lead to stand on those.

pub mod clock;
pub mod language;
pub mod secret;

pub mod error;
pub mod session_id;

pub mod account;
pub mod keys;
pub mod request;

pub mod browser;
pub mod redirect;

pub mod magic_link;
pub mod passkey;
pub mod provider;
pub mod second_factor;

pub mod session;
pub mod sign_in;

pub mod page;
pub mod text;
