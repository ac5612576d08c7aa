//! A sign-in under way at a provider: what goes with the person, what stays here, and what must fit on return.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::failure::Denied;
use crate::return_to::ReturnTo;
use crate::secret::{Hash, Secret, from_base64url};

/// A wish to sign in with a provider.
#[derive(Clone, Debug)]
pub struct LoginRequest {
    /// The provider's name.
    pub provider: String,
    /// Where the provider is to send the person back to.
    pub redirect_uri: String,
    /// Scopes beside the provider's own.
    pub scopes: Vec<String>,
    /// The caller's own state.
    pub state: Option<State>,
    /// The caller's own binding.
    pub code_challenge: Option<CodeChallenge>,
    /// What to sign in as.
    pub actor_type: Option<String>,
}

/// A sign-in that is under way now.
#[derive(Debug)]
pub struct LoginStarted {
    /// Where to send the person.
    pub auth_url: String,
    /// The state that comes back with them.
    pub state: State,
}

/// A person's return from a provider.
#[derive(Clone, Debug)]
pub struct CallbackRequest {
    /// The provider's name.
    pub provider: String,
    /// The authorization code.
    pub code: String,
    /// The state; `None` when what came back can never have been one.
    pub state: Option<State>,
    /// Who says that it sent the person back (RFC 9207).
    pub iss: Option<String>,
    /// The challenge that the caller's verifier answers; `None` when it gave none.
    pub code_challenge: Option<CodeChallenge>,
}

/// What is kept while the person is at the provider, under the hash of the state.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SignIn {
    /// The provider's name in the configuration.
    pub provider: String,
    /// Who stood behind that name when the person left: a code is redeemed nowhere else.
    pub issuer: String,
    /// What the person signs in as.
    pub actor_type: String,
    /// The redirect URI that the provider was given; the code is redeemed with the same.
    pub return_to: ReturnTo,
    /// What the ID token must repeat (OpenID Connect Core section 3.1.2.1).
    pub nonce: String,
    /// The PKCE verifier, sealed for this state.
    pub sealed_verifier: String,
    /// The caller's own binding: without its verifier the state redeems nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// When its time is over.
    pub valid_until: Timestamp,
    /// When it was used, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

impl SignIn {
    /// Why a sign-in that could not be taken up was not. Only who started it, at the right provider, learns that the
    /// verifier is what is missing.
    pub fn refusal(kept: Option<&Self>, provider: &str, presented: Option<&CodeChallenge>, now: Timestamp) -> Denied {
        match kept {
            Some(kept)
                if kept.provider == provider
                    && kept.used_at.is_none()
                    && now < kept.valid_until
                    && kept.code_challenge.as_ref() != presented =>
            {
                Denied::InvalidCode
            }
            _ => Denied::InvalidState,
        }
    }
}

/// The value that travels with the person and comes back (RFC 6749 section 4.1.1).
#[derive(Clone, Debug)]
pub struct State(Secret);

impl State {
    /// 256 random bits.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// A caller's own value: 16 to 512 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (16..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(Secret::new(text)))
    }

    /// The value itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The key under which the sign-in is kept.
    pub fn key(&self) -> String {
        self.0.hash().as_str().to_owned()
    }
}

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

/// How long a used or expired record is kept after its time, so that *used* and *expired* can be told from *unknown*.
pub const TOMBSTONE: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::return_to::AllowedTargets;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn kept(code_challenge: Option<CodeChallenge>) -> SignIn {
        let targets = AllowedTargets::new(vec!["https://app.example/".into()]).unwrap();
        SignIn {
            provider: "google".into(),
            issuer: "https://accounts.google.com".into(),
            actor_type: "user".into(),
            return_to: targets.find("https://app.example/").unwrap(),
            nonce: "n".into(),
            sealed_verifier: "s".into(),
            code_challenge,
            valid_until: NOW + Duration::from_secs(600),
            used_at: None,
        }
    }

    #[test]
    fn a_state_is_16_to_512_visible_ascii_characters() {
        assert!(State::parse(&"s".repeat(16)).is_some());
        assert!(State::parse(&"~".repeat(512)).is_some());
        for text in [&"s".repeat(15), &"s".repeat(513), "sixteen letters ok", "sechzehn-zeichen-ä", "0123456789abcde\n"]
        {
            assert!(State::parse(text).is_none(), "{text:?}");
        }
    }

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
    fn a_missing_wrong_or_needless_verifier_is_an_invalid_code() {
        let (one, other) = (CodeChallenge::of_verifier(&"v".repeat(43)), CodeChallenge::of_verifier(&"w".repeat(43)));
        let bound = kept(one.clone());
        assert_eq!(SignIn::refusal(Some(&bound), "google", None, NOW), Denied::InvalidCode);
        assert_eq!(SignIn::refusal(Some(&bound), "google", other.as_ref(), NOW), Denied::InvalidCode);
        assert_eq!(SignIn::refusal(Some(&kept(None)), "google", one.as_ref(), NOW), Denied::InvalidCode);
    }

    #[test]
    fn everything_else_is_an_invalid_state() {
        let used = SignIn { used_at: Some(NOW), ..kept(None) };
        let late = NOW + Duration::from_secs(600);
        let wrong = CodeChallenge::of_verifier(&"w".repeat(43));
        assert_eq!(SignIn::refusal(None, "google", None, NOW), Denied::InvalidState);
        assert_eq!(SignIn::refusal(Some(&used), "google", wrong.as_ref(), NOW), Denied::InvalidState);
        assert_eq!(SignIn::refusal(Some(&kept(None)), "google", wrong.as_ref(), late), Denied::InvalidState);
        assert_eq!(SignIn::refusal(Some(&kept(None)), "github", wrong.as_ref(), NOW), Denied::InvalidState);
    }
}
