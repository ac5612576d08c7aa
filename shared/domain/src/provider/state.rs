//! The state: what a sign-in is known by while its person is away.

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
    /// 256 random bits, after the caller's own state and a dot where there is one: two people whose app has one state for
    /// all of them are two sign-ins.
    pub fn random(callers: Option<&CallersState>) -> Self {
        let random = Secret::random();
        Self(match callers {
            Some(CallersState(own)) => Secret::new(format!("{}.{}", own.reveal(), random.reveal())),
            None => random,
        })
    }

    /// Reads what came back; `None` for what was never one.
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

    /// The public name of the transaction, for the cookie that binds it.
    pub fn transaction(&self) -> TransactionName {
        TransactionName::of(&self.key())
    }
}

/// Whether `text` is 1 to `most` visible ASCII characters.
pub fn is_visible(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Longer ones do not fit the addresses that some providers take.
const MAX_CALLERS_STATE: usize = 512;
