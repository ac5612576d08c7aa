//! The life of a key: published before it is used, kept until nothing that it made is valid any more.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// Keys of one kind, as they are kept in Secrets Manager.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KeySet<K> {
    keys: Vec<Key<K>>,
}

/// One key and where it stands in its life.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Key<K> {
    /// What tokens name the key by.
    pub kid: String,
    /// Where it stands.
    pub state: KeyState,
    /// Since when it stands there.
    pub since: Timestamp,
    /// The key itself.
    #[serde(flatten)]
    pub material: K,
}

/// Where a key stands: *next* is published and unused, *current* is used, *previous* is only accepted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published, so that every cache knows it before it is used.
    Next,
    /// Used for everything new.
    Current,
    /// Accepted until the longest-lived thing it made has expired.
    Previous,
}

/// How long a key must overlap with its neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Overlap {
    /// The least time as *next*: the longest that anyone caches the set.
    pub before: Duration,
    /// The least time as *previous*: the longest life of what the key made, and the cache time again.
    pub after: Duration,
}

impl<K: DeserializeOwned> KeySet<K> {
    /// Reads a set that is ready for use.
    ///
    /// # Errors
    ///
    /// When it is malformed, or has no current key yet. The text does not quote it.
    pub fn parse(json: &str) -> Result<Self, String> {
        let set: Self = serde_json::from_str(json)
            .map_err(|error| format!("not a key set (line {}, column {})", error.line(), error.column()))?;
        match set.current() {
            Some(_) => Ok(set),
            None => Err("no current key yet: rotate-keys makes it when the stack is deployed".to_owned()),
        }
    }
}

impl<K> KeySet<K> {
    /// A set without keys, as a deployment starts with.
    pub const fn empty() -> Self {
        Self { keys: Vec::new() }
    }

    /// The key for everything new; `None` before the first rotation.
    pub fn current(&self) -> Option<&Key<K>> {
        self.keys.iter().find(|key| key.state == KeyState::Current)
    }

    /// The key of that name, whatever its state.
    pub fn find(&self, kid: &str) -> Option<&Key<K>> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// All keys, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Key<K>> {
        self.keys.iter()
    }

    /// The set one step on: *next* becomes *current*, *current* becomes *previous*, outlived keys go, `make` gives the
    /// new *next*.
    ///
    /// `None` when it is too early: a *next* that caches may not know yet must not be promoted, so a rotation that is
    /// run twice, or by hand in a hurry, changes nothing. `outdated` tells a *next* that was made under settings that
    /// no longer hold; it has signed nothing and is replaced at once.
    pub fn rotated<E>(
        mut self,
        now: Timestamp,
        overlap: Overlap,
        outdated: impl Fn(&K) -> bool,
        mut make: impl FnMut() -> Result<(String, K), E>,
    ) -> Result<Option<Self>, E> {
        let mut fresh = |state| make().map(|(kid, material)| Key { kid, state, since: now, material });
        let published_since = self.keys.iter().find(|key| key.state == KeyState::Next).map(|next| next.since);
        if self.current().is_none() {
            return Ok(Some(Self { keys: vec![fresh(KeyState::Current)?, fresh(KeyState::Next)?] }));
        }
        let before = self.keys.len();
        self.keys.retain(|key| key.state != KeyState::Next || !outdated(&key.material));
        if self.keys.len() == before {
            if published_since.is_some_and(|since| now < since + overlap.before) {
                return Ok(None);
            }
            self.keys.retain(|key| key.state != KeyState::Previous || now < key.since + overlap.after);
            let promoting = published_since.is_some();
            for key in self.keys.iter_mut().filter(|_| promoting) {
                key.state = match key.state {
                    KeyState::Next => KeyState::Current,
                    KeyState::Current => KeyState::Previous,
                    KeyState::Previous => continue,
                };
                key.since = now;
            }
        }
        self.keys.push(fresh(KeyState::Next)?);
        Ok(Some(self))
    }
}

#[cfg(test)]
impl<K> KeySet<K> {
    /// A set as it is after its first rotation, at the epoch.
    pub(crate) fn sample(make: impl Fn() -> (String, K)) -> Self {
        let overlap = Overlap { before: Duration::ZERO, after: Duration::from_secs(60) };
        let made = || Ok::<_, std::convert::Infallible>(make());
        let rotated = Self::empty().rotated(Timestamp::from_seconds(0), overlap, |_| false, made);
        rotated.unwrap().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const OVERLAP: Overlap = Overlap { before: HOUR, after: HOUR };
    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    fn rotate(set: KeySet<u32>, now: Timestamp, made: &mut u32) -> Option<KeySet<u32>> {
        let make = || {
            *made += 1;
            Ok::<_, Infallible>((format!("k{made}"), *made))
        };
        set.rotated(now, OVERLAP, |material| *material == 99, make).unwrap()
    }

    fn states(set: &KeySet<u32>) -> Vec<(&str, KeyState)> {
        set.iter().map(|key| (key.kid.as_str(), key.state)).collect()
    }

    #[test]
    fn the_first_rotation_makes_a_current_and_a_next_key() {
        let set = rotate(KeySet::empty(), START, &mut 0).unwrap();
        assert_eq!(states(&set), [("k1", KeyState::Current), ("k2", KeyState::Next)]);
    }

    #[test]
    fn a_key_is_published_before_it_is_used_and_kept_after() {
        let made = &mut 0;
        let first = rotate(KeySet::empty(), START, made).unwrap();
        let second = rotate(first, START + HOUR, made).unwrap();
        assert_eq!(states(&second), [("k1", KeyState::Previous), ("k2", KeyState::Current), ("k3", KeyState::Next)]);
    }

    #[test]
    fn a_key_that_caches_may_not_know_is_not_promoted() {
        let made = &mut 0;
        let first = rotate(KeySet::empty(), START, made).unwrap();
        assert!(rotate(first, START + HOUR - Duration::from_secs(1), made).is_none());
    }

    #[test]
    fn an_outlived_key_goes_and_a_younger_one_stays() {
        let made = &mut 0;
        let set = rotate(KeySet::empty(), START, made).unwrap();
        let set = rotate(set, START + HOUR, made).unwrap();
        let set = rotate(set, START + 2 * HOUR, made).unwrap();
        let expected = [("k2", KeyState::Previous), ("k3", KeyState::Current), ("k4", KeyState::Next)];
        assert_eq!(states(&set), expected);
    }

    #[test]
    fn a_next_key_made_under_old_settings_is_replaced_without_promotion() {
        let made = &mut 97;
        let set = rotate(KeySet::empty(), START, made).unwrap();
        assert_eq!(states(&set), [("k98", KeyState::Current), ("k99", KeyState::Next)]);
        let set = rotate(set, START, made).unwrap();
        assert_eq!(states(&set), [("k98", KeyState::Current), ("k100", KeyState::Next)]);
    }
}
