//! People who were invited: the mail that they get, and how they come in.

mod mail;
