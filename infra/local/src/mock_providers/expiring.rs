//! What is forgotten after a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock;

/// Values that are forgotten after a while.
pub struct Expiring<T> {
    lifetime: Duration,
    values: Mutex<HashMap<String, (Duration, T)>>,
}

impl<T> Expiring<T> {
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, values: Mutex::new(HashMap::new()) }
    }

    pub fn insert(&self, key: String, value: T) {
        let now = clock::since_epoch();
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.retain(|_, (until, _)| *until > now);
        values.insert(key, (now + self.lifetime, value));
    }

    /// Takes a value out: nobody gets it again.
    pub fn take(&self, key: &str) -> Option<T> {
        let taken = self.values.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        taken.filter(|(until, _)| *until > clock::since_epoch()).map(|(_, value)| value)
    }
}

impl<T: Clone> Expiring<T> {
    pub fn read(&self, key: &str) -> Option<T> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(key).filter(|(until, _)| *until > clock::since_epoch()).map(|(_, value)| value.clone())
    }
}
