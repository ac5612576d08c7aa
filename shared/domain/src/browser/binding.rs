//! What ties a transaction to the client or browser that started it: whoever finishes it must answer its
//! challenge.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::secret::{Hash, Secret, from_base64url};

/// A caller's PKCE-style challenge, method S256 (RFC 7636 section 4.2), on a sign-in or a magic link.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads a challenge: SHA-256 in base64url, 43 characters.
    pub fn parse(text: &str) -> Option<Self> {
        (from_base64url(text)?.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The challenge that `verifier` answers; `None` for what is no verifier (RFC 7636 section 4.1).
    pub fn of_verifier(verifier: &str) -> Option<Self> {
        let fits = (43..=128).contains(&verifier.len())
            && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        fits.then(|| Self(Hash::of(verifier).as_str().to_owned()))
    }

    /// The 43 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one transaction among those that a browser has under way at once: 16 characters.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct TransactionName(String);

impl TransactionName {
    /// The name of the transaction that is kept under `key`.
    pub fn of(key: &str) -> Self {
        Self(key.chars().take(16).collect())
    }

    /// The 16 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What ties a transaction to the browser that started it: the browser keeps a verifier in a cookie, and what is kept
/// here has its challenge.
#[derive(Debug)]
pub struct Binding {
    /// The transaction that the browser takes part in.
    pub transaction: TransactionName,
    /// The secret that only that browser has.
    pub verifier: Secret,
    /// The time for which the cookie is needed.
    pub lifetime: Duration,
}

impl Binding {
    /// A fresh one.
    pub fn random(transaction: TransactionName, lifetime: Duration) -> Self {
        Self { transaction, verifier: Secret::random(), lifetime }
    }

    /// The hash of the secret, which is all that is kept.
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(self.verifier.hash().as_str().to_owned())
    }
}

/// The bindings that a browser brings along.
#[derive(Clone, Debug, Default)]
pub struct Bindings(HashMap<TransactionName, CodeChallenge>);

impl Bindings {
    /// Takes names of transactions and the verifiers beside them; what is no verifier binds nothing.
    pub fn new<'a>(cookies: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let binding = |(name, verifier)| Some((TransactionName::of(name), CodeChallenge::of_verifier(verifier)?));
        Self(cookies.into_iter().filter_map(binding).collect())
    }

    /// The challenge that the browser can answer for `transaction`.
    pub fn find(&self, transaction: &TransactionName) -> Option<CodeChallenge> {
        self.0.get(transaction).cloned()
    }
}

/// What a caller shows of a binding.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A client of the API gives a verifier exactly where it gave a challenge. One for what is not bound was meant for
    /// something else (RFC 9700 section 4.8.2).
    Client(Option<CodeChallenge>),
    /// A browser brings what cookies it has, needed or not.
    Browser(Option<CodeChallenge>),
}

impl Shown {
    /// Whether this is the browser whose hash is kept.
    pub fn fits(&self, kept: Option<&CodeChallenge>) -> bool {
        match (self, kept) {
            (Self::Browser(_), None) => true,
            (Self::Browser(shown) | Self::Client(shown), kept) => shown.as_ref() == kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_rfc_7636_appendix_b_answers_its_verifier() {
        let challenge = CodeChallenge::of_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(CodeChallenge::parse(challenge.as_str()), Some(challenge));
    }

    #[test]
    fn what_rfc_7636_calls_no_verifier_answers_nothing() {
        for verifier in [&"v".repeat(42), &"v".repeat(129), &format!("{}!", "v".repeat(43))] {
            assert_eq!(CodeChallenge::of_verifier(verifier), None, "{verifier:?}");
        }
        for challenge in ["", "short", &"=".repeat(43), &"A".repeat(44)] {
            assert_eq!(CodeChallenge::parse(challenge), None, "{challenge:?}");
        }
    }

    #[test]
    fn a_binding_is_found_by_its_transaction_and_no_other() {
        let binding = Binding::random(TransactionName::of(Secret::random().hash().as_str()), Duration::from_secs(600));
        let bindings = Bindings::new([
            (binding.transaction.as_str(), binding.verifier.reveal()),
            ("another-transact", "no verifier"),
        ]);
        assert_eq!(bindings.find(&binding.transaction), Some(binding.challenge()));
        assert_eq!(bindings.find(&TransactionName::of("another-transact")), None);
        assert_eq!(bindings.find(&TransactionName::of(Secret::random().hash().as_str())), None);
    }

    #[test]
    fn a_browser_may_show_more_than_is_asked_and_a_client_may_not() {
        let (one, other) = (CodeChallenge::of_verifier(&"v".repeat(43)), CodeChallenge::of_verifier(&"w".repeat(43)));
        assert!(Shown::Browser(one.clone()).fits(None) && !Shown::Client(one.clone()).fits(None));
        for shown in [Shown::Browser(one.clone()), Shown::Client(one.clone())] {
            assert!(shown.fits(one.as_ref()) && !shown.fits(other.as_ref()), "{shown:?}");
        }
        assert!(!Shown::Browser(None).fits(one.as_ref()) && !Shown::Client(None).fits(one.as_ref()));
    }
}
