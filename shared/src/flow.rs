//! Use cases: load, decide, save. One file per endpoint; `admission` is what every way in ends with, `guard` what every
//! signed-in request begins with, `tokens` what both hand out.

pub mod acceptance;
pub mod admission;
pub mod callback;
pub mod external_callback;
pub mod guard;
pub mod identities;
pub mod invites;
mod joining;
pub mod login;
pub mod logout;
pub mod magic_link;
pub mod pages;
pub mod passkeys;
pub mod refresh;
pub mod rotate_keys;
pub mod second_factor;
pub mod session;
pub mod tokens;
pub mod verify;
pub mod well_known;
