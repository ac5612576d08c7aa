//! The state: what identifies a sign-in while its person is at the provider.

use crate::browser::binding::TransactionName;
use crate::secret::Secret;

/// A caller's own state: it comes back to them at the head of the [state](State) that travels.
#[derive(Clone, Debug)]
pub struct CallersState(Secret);

impl CallersState {
    /// Reads 1 to 512 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        is_visible(text, MAX_CALLERS_STATE).then(|| Self(Secret::new(text)))
    }
}

/// The value that travels with the person and comes back (RFC 6749 section 4.1.1).
#[derive(Clone, Debug)]
pub struct State(Secret);

impl State {
    /// 256 random bits, preceded by the caller's own state and a dot if there is one: even an app that uses one state for
    /// everybody gets a sign-in for each.
    pub fn random(callers: Option<&CallersState>) -> Self {
        let random = Secret::random();
        Self(match callers {
            Some(CallersState(own)) => Secret::new(format!("{}.{}", own.reveal(), random.reveal())),
            None => random,
        })
    }

    /// Reads what came back; `None` for anything that cannot be a state.
    pub fn parse(text: &str) -> Option<Self> {
        is_visible(text, MAX_CALLERS_STATE + 44).then(|| Self(Secret::new(text)))
    }

    /// The value itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The key under which the sign-in is kept.
    pub fn key(&self) -> String {
        self.0.hash().as_str().to_owned()
    }

    /// The public name of the transaction, which names the cookie that binds it.
    pub fn transaction(&self) -> TransactionName {
        TransactionName::of(&self.key())
    }
}

/// Whether `text` is 1 to `most` visible ASCII characters.
pub fn is_visible(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Longer ones do not fit into the addresses that some providers accept.
const MAX_CALLERS_STATE: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_state_is_1_to_512_visible_ascii_characters() {
        for text in ["s", "/orders?page=2", &"~".repeat(512)] {
            assert!(CallersState::parse(text).is_some(), "{text:?}");
        }
        for text in ["", &"s".repeat(513), "two words", "zeichen-ä", "line\n"] {
            assert!(CallersState::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_state_begins_with_the_callers_own_and_no_two_are_alike() {
        let own = CallersState::parse(&"~".repeat(512)).unwrap();
        let (one, other) = (State::random(Some(&own)), State::random(Some(&own)));
        let random = one.reveal().strip_prefix(&"~".repeat(512)).and_then(|rest| rest.strip_prefix('.')).unwrap();
        assert_eq!(random.len(), 43);
        assert_ne!(one.key(), other.key());
        assert_eq!(State::parse(one.reveal()).unwrap().key(), one.key());
        assert!(State::parse(&format!("{}s", one.reveal())).is_none());
    }
}
