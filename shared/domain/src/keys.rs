//! The life of a key: published before it is used, kept until nothing that it made is valid any more.

pub mod signing_key;
pub mod token_key;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;

/// Keys of one kind, as they are kept in Secrets Manager. A set that was read is as it should be: no key is weaker than
/// its kind, none hides behind another's name, and one is *current*.
#[derive(Clone, Debug, Serialize)]
pub struct KeySet<K> {
    keys: Vec<Key<K>>,
}

/// What keys of a set are.
pub trait Material: DeserializeOwned {
    /// What every one of them is, for whoever has to mend one that is not.
    const IS: &str;

    /// Whether this one is, under its name.
    fn fits(&self, kid: &str) -> bool;
}

/// One key and where it stands in its life.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Key<K> {
    /// What tokens name the key by.
    pub kid: String,
    /// Its state.
    pub state: KeyState,
    /// Since when it is in that state.
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

impl<K: Material> KeySet<K> {
    /// Reads a set that is ready for use.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and when it has no current key yet.
    pub fn parse(json: &str) -> Result<Self, String> {
        let set = Self::read(json)?;
        if set.keys.is_empty() {
            return Err("no current key yet: rotate-keys makes it when the stack is deployed".to_owned());
        }
        Ok(set)
    }

    /// Reads a set that may have no keys yet.
    ///
    /// # Errors
    ///
    /// What is wrong with it. The text quotes nothing of it.
    pub fn read(json: &str) -> Result<Self, String> {
        let written: Written = serde_json::from_str(json)
            .map_err(|error| format!("not a key set (line {}, column {})", error.line(), error.column()))?;
        let keys = written.keys.into_iter().zip(1..).map(|(key, place)| {
            let material = serde_json::from_value(Value::Object(key.material)).ok();
            let material = material.filter(|material: &K| !key.kid.is_empty() && material.fits(&key.kid));
            let material = material.ok_or_else(|| format!("key {place} ({:?}) is not {}", key.state, K::IS))?;
            Ok(Key { kid: key.kid, state: key.state, since: key.since, material })
        });
        let set = Self { keys: keys.collect::<Result<Vec<_>, String>>()? };
        let count = |state| set.keys.iter().filter(|key| key.state == state).count();
        if set.keys.iter().enumerate().any(|(place, key)| set.keys[..place].iter().any(|other| other.kid == key.kid)) {
            return Err("two keys have the same kid".to_owned());
        }
        match (count(KeyState::Current), count(KeyState::Next)) {
            _ if set.keys.is_empty() => Ok(set),
            (1, 0 | 1) => Ok(set),
            (1, next) => Err(format!("{next} keys are next, where one may be")),
            (current, _) => Err(format!("{current} keys are current, where exactly one is")),
        }
    }
}

impl<K> KeySet<K> {
    /// A set without keys, as a deployment starts with.
    pub const fn empty() -> Self {
        Self { keys: Vec::new() }
    }

    /// A new current and a new next key, and no other: what the first rotation makes, and what is left after one that
    /// refuses every older key.
    ///
    /// # Errors
    ///
    /// Those of `make`.
    pub fn fresh<E>(now: Timestamp, mut make: impl FnMut() -> Result<(String, K), E>) -> Result<Self, E> {
        let keys = [KeyState::Current, KeyState::Next]
            .map(|state| make().map(|(kid, material)| Key { kid, state, since: now, material }));
        Ok(Self { keys: keys.into_iter().collect::<Result<_, E>>()? })
    }

    /// The same keys as something else, such as their public halves.
    pub fn map<P>(&self, half: impl Fn(&K) -> P) -> KeySet<P> {
        let key = |key: &Key<K>| Key {
            kid: key.kid.clone(),
            state: key.state,
            since: key.since,
            material: half(&key.material),
        };
        KeySet { keys: self.keys.iter().map(key).collect() }
    }

    /// When keys of the set moved last; `None` without keys.
    pub fn moved_at(&self) -> Option<Timestamp> {
        self.keys.iter().map(|key| key.since).max()
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
        if self.current().is_none() {
            return Self::fresh(now, make).map(Some);
        }
        let published_since = self.keys.iter().find(|key| key.state == KeyState::Next).map(|next| next.since);
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
        let (kid, material) = make()?;
        self.keys.push(Key { kid, state: KeyState::Next, since: now, material });
        Ok(Some(self))
    }
}

#[derive(Deserialize)]
struct Written {
    keys: Vec<Key<Map<String, Value>>>,
}

#[cfg(test)]
impl<K> KeySet<K> {
    /// A set as it is after its first rotation, at the epoch.
    pub(crate) fn sample(make: impl Fn() -> (String, K)) -> Self {
        Self::fresh(Timestamp::from_seconds(0), || Ok::<_, std::convert::Infallible>(make())).unwrap()
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

    #[derive(Debug, Deserialize)]
    struct Even {
        n: u32,
    }

    impl Material for Even {
        const IS: &str = "an even number in \"n\"";

        fn fits(&self, _: &str) -> bool {
            self.n.is_multiple_of(2)
        }
    }

    #[test]
    fn a_set_that_is_not_as_it_should_be_is_described_without_its_content() {
        let key = |kid: &str, state: &str, n: &str| {
            format!(r#"{{"kid": "{kid}", "state": "{state}", "since": 1, "n": {n}}}"#)
        };
        let (current, next) = (key("a", "current", "2"), key("b", "next", "4"));
        let hunter = key("b", "next", "\"hunter2\"");
        for (keys, problem) in [
            (vec![current.clone(), hunter], "key 2 (Next) is not an even number in \"n\""),
            (vec![key("a", "current", "3"), next.clone()], "key 1 (Current) is not an even number in \"n\""),
            (vec![key("", "current", "2")], "key 1 (Current) is not an even number in \"n\""),
            (vec![current.clone(), key("a", "next", "4")], "two keys have the same kid"),
            (vec![current.clone(), key("b", "current", "4")], "2 keys are current, where exactly one is"),
            (vec![next.clone()], "0 keys are current, where exactly one is"),
            (vec![current.clone(), next.clone(), key("c", "next", "6")], "2 keys are next, where one may be"),
            (vec![key("a", "hunter2", "2")], "not a key set (line 1, column 41)"),
            (vec![], "no current key yet: rotate-keys makes it when the stack is deployed"),
        ] {
            let told = KeySet::<Even>::parse(&format!(r#"{{"keys": [{}]}}"#, keys.join(","))).unwrap_err();
            assert_eq!(told, problem);
        }
        let good = KeySet::<Even>::parse(&format!(r#"{{"keys": [{current}, {next}]}}"#)).unwrap();
        assert_eq!(good.iter().map(|key| key.material.n).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn a_fresh_set_has_none_of_the_keys_before() {
        let made = &mut 0;
        let before = rotate(KeySet::empty(), START, made).unwrap();
        let make = || {
            *made += 1;
            Ok::<_, Infallible>((format!("k{made}"), *made))
        };
        let after = KeySet::fresh(START, make).unwrap();
        assert_eq!(states(&after), [("k3", KeyState::Current), ("k4", KeyState::Next)]);
        assert!(before.iter().all(|key| after.find(&key.kid).is_none()));
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
