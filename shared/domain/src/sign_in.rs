//! A sign-in under way at a provider: what is kept of it, and whether a return fits.

pub mod callback;
pub mod life;
pub mod login;
pub mod outcome;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::invite::InviteId;
use crate::browser::binding::CodeChallenge;
use crate::clock::Timestamp;
use crate::error::{Rejection, StateProblem};
use crate::redirect::ReturnTo;
use crate::redirect::channel::ReturnChannel;
use crate::secret::Hash;
use crate::sign_in::callback::{CallbackRequest, ProviderAnswer};
use crate::sign_in::life::{ConfirmedLogin, Finisher, Life};
use crate::sign_in::login::LinkTo;

/// What is kept, under the hash of the state, while the person is at the provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SignIn {
    /// The provider's name in the configuration.
    pub provider: String,
    /// The issuer behind that name when the person left: the code is redeemed nowhere else.
    pub issuer: String,
    /// The actor type that the person signs in as.
    pub actor_type: String,
    /// The channel by which the person's return reaches us.
    pub channel: ReturnChannel,
    /// The redirect URI that the provider was given; the code is redeemed with the same one.
    pub redirect_uri: ReturnTo,
    /// Where we send the person afterwards, if anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ReturnTo>,
    /// The nonce that the ID token must repeat (OpenID Connect Core section 3.1.2.1).
    pub nonce: String,
    /// The PKCE verifier, sealed for this state.
    pub sealed_verifier: String,
    /// Binds the sign-in to the client or browser that started it: without the verifier the state redeems nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// The account that gets one more identity, if this is a linking rather than a sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_to: Option<LinkTo>,
    /// The invite that the person follows and has shown the secret of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteId>,
    /// When the sign-in expires.
    pub valid_until: Timestamp,
    /// How far the sign-in is.
    #[serde(flatten)]
    pub life: Life,
}

impl ConfirmedLogin {
    /// Whether this answer finishes the sign-in: it contains the code that the login system gave the browser, or no code
    /// is required.
    fn opens_to(&self, answer: &ProviderAnswer) -> bool {
        match answer {
            ProviderAnswer::Code(code) => self.continue_code.as_deref() == Some(Hash::of(code).as_str()),
            ProviderAnswer::Declined(_) | ProviderAnswer::Failed(_) | ProviderAnswer::Nothing => {
                self.finisher == Finisher::Anybody
            }
        }
    }
}

impl SignIn {
    /// Why a sign-in could not be taken up. Only whoever started it, at the right provider, learns that the verifier is
    /// wrong or missing.
    pub fn refusal(kept: Option<&Self>, returned: &CallbackRequest, now: Timestamp) -> Rejection {
        let Some(kept) = kept else { return Rejection::InvalidState(StateProblem::Unknown) };
        if let Some(problem) = kept.problem_of(returned, now) {
            return Rejection::InvalidState(problem);
        }
        match &kept.life {
            // Only contract `actor`, whose paths name the actor type, records that a sign-in is settled, so that it can wait.
            Life::Used { at, settled: None, .. } if returned.actor_type.is_some() && now < *at + MAX_FLIGHT => {
                Rejection::StateInFlight
            }
            Life::Used { .. } => Rejection::InvalidState(StateProblem::Used),
            _ if kept.code_challenge != returned.code_challenge => match kept.channel.has_cookie() {
                // A browser has no code verifier to correct: this sign-in belongs to another browser.
                true => Rejection::InvalidState(StateProblem::OtherBrowser),
                false => Rejection::InvalidCode,
            },
            Life::Waiting => Rejection::NotAuthenticatedYet,
            Life::Authenticated(confirmed) if !confirmed.opens_to(&returned.answer) => Rejection::InvalidCode,
            // All that is left to differ.
            Life::AtProvider | Life::Authenticated(_) => Rejection::InvalidState(StateProblem::OtherSession),
        }
    }

    /// The sealed answer that `returned` was given before, if it repeats the request that used the sign-in up.
    pub fn answer_to(&self, returned: &CallbackRequest, now: Timestamp) -> Option<&str> {
        let Life::Used { at, settled: Some(settled), .. } = &self.life else { return None };
        let answered = settled.answered.as_ref().filter(|_| now < *at + REPEATABLE)?;
        (returned.repeatable.as_ref() == Some(&answered.request)).then_some(&answered.answer)
    }

    /// The context that the answer to the sign-in under `state_key` is sealed for; it differs from the verifier's.
    pub fn answer_context(state_key: &str) -> String {
        format!("{state_key}#answer")
    }

    /// Why an external login's word on a sign-in was refused; it counts once.
    pub fn unconfirmed(kept: Option<&Self>, issuer: &str, now: Timestamp) -> Rejection {
        let Some(kept) = kept else { return Rejection::InvalidState(StateProblem::Unknown) };
        Rejection::InvalidState(match &kept.life {
            Life::AtProvider | Life::Used { confirmed: None, .. } => StateProblem::OtherProvider,
            _ if now >= kept.valid_until => StateProblem::Expired,
            Life::Authenticated(_) | Life::Used { .. } => StateProblem::Used,
            Life::Waiting if kept.issuer != issuer => StateProblem::IssuerChanged,
            // All that is left to differ.
            Life::Waiting => StateProblem::OtherActorType,
        })
    }

    /// Whether this return could take the sign-in up, as far as a read can tell.
    pub fn waits_for(&self, returned: &CallbackRequest, now: Timestamp) -> bool {
        self.problem_of(returned, now).is_none()
            && !matches!(self.life, Life::Used { .. })
            && self.code_challenge == returned.code_challenge
    }

    /// Why a return does not belong to this sign-in, or comes too late; `None` if neither.
    fn problem_of(&self, returned: &CallbackRequest, now: Timestamp) -> Option<StateProblem> {
        let differs = |wanted: &Option<String>, own: &String| wanted.as_ref().is_some_and(|wanted| wanted != own);
        if self.channel != returned.channel {
            Some(StateProblem::OtherChannel)
        } else if differs(&returned.provider, &self.provider) {
            Some(StateProblem::OtherProvider)
        } else if differs(&returned.actor_type, &self.actor_type) {
            Some(StateProblem::OtherActorType)
        } else {
            (now >= self.valid_until).then_some(StateProblem::Expired)
        }
    }
}

/// How long a repeated request gets the same answer.
const REPEATABLE: Duration = Duration::from_secs(10 * 60);

/// The longest that a function can take over a sign-in.
const MAX_FLIGHT: Duration = Duration::from_secs(15);

/// How long a used or expired record is kept, so that *used* and *expired* can be told from *unknown*.
pub const TOMBSTONE: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::account::invite::Names;
    use crate::account::profile::Profile;
    use crate::language::Language;
    use crate::redirect::AllowedTargets;
    use crate::sign_in::life::{RequestKey, SealedAnswer, Settled};

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn kept(code_challenge: Option<CodeChallenge>) -> SignIn {
        let targets = AllowedTargets::new(vec!["https://app.example/".into()]).unwrap();
        SignIn {
            provider: "google".into(),
            issuer: "https://accounts.google.com".into(),
            actor_type: "user".into(),
            channel: ReturnChannel::App,
            target: None,
            redirect_uri: targets.find("https://app.example/").unwrap(),
            nonce: "n".into(),
            sealed_verifier: "s".into(),
            code_challenge,
            link_to: None,
            invite: None,
            valid_until: NOW + Duration::from_secs(600),
            life: Life::AtProvider,
        }
    }

    fn used(settled: Option<Settled>) -> SignIn {
        SignIn { life: Life::Used { at: NOW, confirmed: None, settled }, ..kept(None) }
    }

    fn confirmed(finisher: Finisher) -> Box<ConfirmedLogin> {
        Box::new(ConfirmedLogin {
            finisher,
            continue_code: Some(Hash::of("k").as_str().to_owned()),
            profile: Profile::default(),
            sealed_token: "s".into(),
            token_expires_at: NOW,
        })
    }

    fn returned(provider: &str, code_challenge: Option<CodeChallenge>) -> CallbackRequest {
        CallbackRequest {
            channel: ReturnChannel::App,
            provider: Some(provider.to_owned()),
            actor_type: None,
            answer: ProviderAnswer::Code("c".into()),
            state: None,
            iss: None,
            code_challenge,
            names: Names::default(),
            repeatable: None,
            language: Language::En,
            shows_pages: false,
        }
    }

    #[test]
    fn an_answer_is_given_again_for_ten_minutes_to_the_very_request_that_got_it() {
        let key = |key, request| RequestKey::parse(key, request);
        let answered = key("k", "r").map(|request| SealedAnswer { request, answer: "sealed".into() });
        let used = used(Some(Settled { at: NOW, answered }));
        let repeated = |repeatable, now| {
            used.answer_to(&CallbackRequest { repeatable, ..returned("google", None) }, now).map(str::to_owned)
        };
        assert_eq!(repeated(key("k", "r"), NOW + Duration::from_secs(599)).as_deref(), Some("sealed"));
        assert_eq!(repeated(key("k", "r"), NOW + Duration::from_secs(600)), None);
        for other in [None, key("k", "another"), key("another", "r")] {
            assert_eq!(repeated(other, NOW), None);
        }
        for no_key in ["", "two words", &"k".repeat(256)] {
            assert_eq!(key(no_key, "r"), None, "{no_key:?}");
        }
    }

    #[test]
    fn a_missing_wrong_or_needless_verifier_is_an_invalid_code() {
        let (one, other) = (CodeChallenge::of_verifier(&"v".repeat(43)), CodeChallenge::of_verifier(&"w".repeat(43)));
        let bound = kept(one.clone());
        assert_eq!(SignIn::refusal(Some(&bound), &returned("google", None), NOW), Rejection::InvalidCode);
        assert_eq!(SignIn::refusal(Some(&bound), &returned("google", other), NOW), Rejection::InvalidCode);
        assert_eq!(SignIn::refusal(Some(&kept(None)), &returned("google", one), NOW), Rejection::InvalidCode);
    }

    #[test]
    fn an_external_login_wants_its_code_back_unless_anybody_may_finish() {
        let refused = |finisher, answer| {
            let kept = SignIn { life: Life::Authenticated(confirmed(finisher)), ..kept(None) };
            SignIn::refusal(Some(&kept), &CallbackRequest { answer, ..returned("google", None) }, NOW)
        };
        let (right, wrong) = (|| ProviderAnswer::Code("k".into()), || ProviderAnswer::Code("x".into()));
        assert_eq!(refused(Finisher::Holder, ProviderAnswer::Nothing), Rejection::InvalidCode);
        assert_eq!(refused(Finisher::Holder, wrong()), Rejection::InvalidCode);
        assert_eq!(refused(Finisher::Anybody, wrong()), Rejection::InvalidCode);
        // What was refused was not refused for the code.
        assert_eq!(refused(Finisher::Holder, right()), Rejection::InvalidState(StateProblem::OtherSession));
        assert_eq!(
            refused(Finisher::Anybody, ProviderAnswer::Nothing),
            Rejection::InvalidState(StateProblem::OtherSession)
        );
    }

    #[test]
    fn everything_else_is_an_invalid_state_and_the_log_learns_why() {
        let used = used(Some(Settled { at: NOW, answered: None }));
        let late = NOW + Duration::from_secs(600);
        let of_browser = SignIn { channel: ReturnChannel::Browser, ..kept(None) };
        let of_link = SignIn { channel: ReturnChannel::Link, ..kept(None) };
        let wrong = || CodeChallenge::of_verifier(&"w".repeat(43));
        let staff = CallbackRequest { actor_type: Some("staff".into()), ..returned("google", wrong()) };
        let link = CallbackRequest { channel: ReturnChannel::Link, ..returned("google", None) };
        for (kept, returned, now, problem) in [
            (None, returned("google", None), NOW, StateProblem::Unknown),
            (Some(&used), returned("google", wrong()), NOW, StateProblem::Used),
            (Some(&kept(None)), returned("google", wrong()), late, StateProblem::Expired),
            (Some(&kept(None)), returned("github", wrong()), NOW, StateProblem::OtherProvider),
            (Some(&kept(None)), staff, NOW, StateProblem::OtherActorType),
            (Some(&of_browser), returned("google", wrong()), NOW, StateProblem::OtherChannel),
            (Some(&of_link), link, NOW, StateProblem::OtherSession),
        ] {
            assert_eq!(SignIn::refusal(kept, &returned, now), Rejection::InvalidState(problem));
        }
    }

    #[test]
    fn an_external_login_is_told_nothing_and_the_log_why_its_word_came_to_nothing() {
        let issuer = "https://accounts.google.com";
        let at = |life| SignIn { life, ..kept(None) };
        let waiting = || at(Life::Waiting);
        let confirmed = || confirmed(Finisher::Holder);
        let finished = Life::Used { at: NOW, confirmed: Some(confirmed()), settled: None };
        let late = NOW + Duration::from_secs(600);
        for (sign_in, issuer, now, problem) in [
            (None, issuer, NOW, StateProblem::Unknown),
            (Some(&kept(None)), issuer, NOW, StateProblem::OtherProvider),
            (Some(&used(None)), issuer, NOW, StateProblem::OtherProvider),
            (Some(&at(Life::Authenticated(confirmed()))), issuer, NOW, StateProblem::Used),
            (Some(&at(finished)), issuer, NOW, StateProblem::Used),
            (Some(&waiting()), issuer, late, StateProblem::Expired),
            (Some(&waiting()), "https://other.example", NOW, StateProblem::IssuerChanged),
            (Some(&waiting()), issuer, NOW, StateProblem::OtherActorType),
        ] {
            assert_eq!(SignIn::unconfirmed(sign_in, issuer, now), Rejection::InvalidState(problem));
        }
    }

    #[test]
    fn a_sign_in_that_somebody_is_at_is_in_flight_until_it_is_settled_or_nobody_can_be_at_it() {
        let by_actor = CallbackRequest { actor_type: Some("user".into()), ..returned("google", None) };
        let refusal = |kept: &SignIn, now| SignIn::refusal(Some(kept), &by_actor, now);
        assert_eq!(refusal(&used(None), NOW + Duration::from_secs(14)), Rejection::StateInFlight);
        let over = Rejection::InvalidState(StateProblem::Used);
        assert_eq!(refusal(&used(None), NOW + Duration::from_secs(15)), over);
        assert_eq!(refusal(&used(Some(Settled { at: NOW, answered: None })), NOW), over);
    }

    #[test]
    fn only_who_started_an_external_login_learns_that_it_has_not_spoken_yet() {
        let challenge = || CodeChallenge::of_verifier(&"v".repeat(43));
        let waiting = SignIn { life: Life::Waiting, provider: "external".into(), ..kept(challenge()) };
        let refusal = |shown| SignIn::refusal(Some(&waiting), &returned("external", shown), NOW);
        assert_eq!(refusal(challenge()), Rejection::NotAuthenticatedYet);
        assert_eq!(refusal(None), Rejection::InvalidCode);
    }

    #[test]
    fn a_sign_in_of_another_browser_is_an_invalid_state() {
        let bound = SignIn { channel: ReturnChannel::Browser, ..kept(CodeChallenge::of_verifier(&"v".repeat(43))) };
        let returned = CallbackRequest { channel: ReturnChannel::Browser, ..returned("google", None) };
        let refusal = SignIn::refusal(Some(&bound), &returned, NOW);
        assert_eq!(refusal, Rejection::InvalidState(StateProblem::OtherBrowser));
    }

    #[test]
    fn what_is_at_no_step_of_a_life_is_not_read() {
        let mut item = serde_json::to_value(kept(None)).unwrap();
        for (name, value) in [
            ("stage", json!("authenticated")),
            ("confirmed", json!(confirmed(Finisher::Holder))),
            ("settled_at", json!(NOW)),
            ("answered", json!({ "request": "r", "answer": "a" })),
        ] {
            item[name] = value;
            assert!(serde_json::from_value::<SignIn>(item.clone()).is_err(), "{name}");
            item[name] = json!(null);
            assert!(serde_json::from_value::<SignIn>(item.clone()).is_ok(), "{name}");
        }
    }
}
