//! Browsers that a person has signed in with before. What they keep opens nothing: it spends a budget of mails that
//! strangers cannot spend.

use crate::keys::KeySet;
use crate::keys::token_key::{MacPurpose, TokenKey};
use crate::secret::Secret;

/// What a browser keeps after a sign-in, for as long as the key lasts that authenticates it. It names the account to
/// nobody but us.
#[derive(Clone, Debug)]
pub struct Mark(Secret);

impl Mark {
    /// The mark of an account; `None` when there is no current key.
    pub fn of(user_id: &str, keys: &KeySet<TokenKey>) -> Option<Self> {
        keys.authenticate(MacPurpose::KnownBrowser, user_id).map(|mac| Self(Secret::new(mac)))
    }

    /// What a browser brought along, whatever it is.
    pub fn presented(text: &str) -> Self {
        Self(Secret::new(text))
    }

    /// The mark itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// Whether it is the mark of this account.
    pub fn is_of(&self, user_id: &str, keys: &KeySet<TokenKey>) -> bool {
        keys.is_authentic(self.reveal(), MacPurpose::KnownBrowser, user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_of_its_own_account_and_under_our_own_keys_only() {
        let (keys, others) = (KeySet::sample(TokenKey::generate), KeySet::sample(TokenKey::generate));
        let mark = Mark::of("usr_1", &keys).unwrap();
        assert!(mark.is_of("usr_1", &keys));
        assert!(!mark.is_of("usr_2", &keys) && !mark.is_of("usr_1", &others));
        for made_up in ["", ".", "usr_1", mark.reveal().split_once('.').unwrap().0, &format!("{}A", mark.reveal())] {
            assert!(!Mark::presented(made_up).is_of("usr_1", &keys), "{made_up}");
        }
        assert!(!mark.reveal().contains("usr_1"));
    }
}
