//! Use cases: load, decide, save. One file per endpoint; `establish_session` lets a person in by a first factor,
//! `accept_invite` by an invite, of which `invite_redemption` makes an account; `guard` is what every signed-in request
//! begins with, `tokens` what a sign-in and a refresh hand out, `counting` what limits hold, `backend` who asks for somebody
//! else.

pub mod accept_invite;
mod backend;
pub mod callback;
mod counting;
pub mod establish_session;
pub mod external_callback;
pub mod guard;
pub mod identities;
mod invite_redemption;
pub mod invites;
pub mod login;
pub mod logout;
pub mod magic_link;
mod notices;
pub mod pages;
pub mod passkeys;
pub mod refresh;
pub mod rotate_keys;
pub mod second_factor;
pub mod session;
pub mod tokens;
pub mod undo;
pub mod verify;
pub mod well_known;
mod wishes;
