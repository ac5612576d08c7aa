//! People nobody else in this run knows.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Somebody with an address, and with a subject at every provider.
#[derive(Clone, Debug)]
pub struct Person {
    pub email: String,
    pub name: String,
    pub subject: String,
}

impl Person {
    /// A person who no other test meets.
    pub fn new() -> Self {
        static BORN: AtomicUsize = AtomicUsize::new(1);
        let number = BORN.fetch_add(1, Ordering::Relaxed);
        Self {
            email: format!("person-{number}@people.example"),
            name: format!("Person {number}"),
            subject: (1_000_000 + number).to_string(),
        }
    }
}
