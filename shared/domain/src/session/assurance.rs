//! The gate: what it takes to be signed in.
//!
//! A session begins from an [`Assured`] and nothing else, and an `Assured` is made here and nowhere else: from a first
//! factor where the account has no second one, from both where it has, and from a passkey that verified its owner, which
//! is both at once. So no way in, whoever writes it, can let a person past their second factor (I5): it would not
//! compile.

use std::ops::Deref;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::factor::{Factor, RECOVERY_CODE};
use crate::account::pending_link::PendingLink;
use crate::account::proof::Proof;
use crate::account::{LinkingId, User};
use crate::clock::Timestamp;
use crate::keys::token_key::SealedToken;
use crate::passkey::ceremony::Assertion;
use crate::redirect::ReturnTo;
use crate::second_factor::SecondFactorProof;
use crate::second_factor::code::Code;
use crate::session_id::SessionId;

/// How a person was authenticated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// By another service, over OAuth or OpenID Connect.
    Federated,
    /// By a secret that reached their mailbox.
    MailedLink,
}

impl Method {
    /// The way in that `proof` came by.
    pub const fn of(proof: &Proof) -> Self {
        match proof {
            Proof::Subject { .. } => Self::Federated,
            Proof::Mailbox(_) => Self::MailedLink,
        }
    }

    /// The `amr` value. RFC 8176 registers none for either; these are the names in wide private use.
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Federated => "fed",
            Self::MailedLink => "email",
        }
    }
}

/// A person who is authenticated as well as their account asks for.
///
/// ```compile_fail,E0451
/// use doorward_domain::session::assurance::Assured;
/// use doorward_domain::clock::Timestamp;
///
/// let at = Timestamp::from_seconds(0);
/// let assured = Assured { user_id: String::new(), actor_type: String::new(), role: None, epoch: 0, amr: Vec::new(), at };
/// ```
#[derive(Clone, Debug)]
pub struct Assured {
    user_id: String,
    actor_type: String,
    role: Option<String>,
    epoch: u32,
    amr: Vec<String>,
    at: Timestamp,
}

/// How far a first factor leads.
#[derive(Clone, Debug)]
pub enum FirstFactorOutcome {
    /// All the way: the account has no second factor.
    Open(Assured),
    /// To the question for the second factor.
    SecondFactorDue(FirstFactor),
}

/// A person who has shown their first factor and has yet to show the second.
#[derive(Clone, Debug)]
pub struct FirstFactor(KeptFirst);

#[derive(Clone, Debug, Deserialize, Serialize)]
struct KeptFirst {
    user_id: String,
    actor_type: String,
    epoch: u32,
    amr: Vec<String>,
    factors: Vec<Factor>,
}

/// Lets a person whom `method` has just authenticated through, as far as `user` allows.
pub fn after_first_factor(user: &User, method: Method, now: Timestamp) -> FirstFactorOutcome {
    let (user_id, actor_type, epoch) = (user.id.clone(), user.actor_type.clone(), user.epoch());
    let amr = vec![method.amr().to_owned()];
    if user.factors().is_empty() {
        FirstFactorOutcome::Open(Assured { user_id, actor_type, role: user.role.clone(), epoch, amr, at: now })
    } else {
        let factors = user.factors().to_vec();
        FirstFactorOutcome::SecondFactorDue(FirstFactor(KeptFirst { user_id, actor_type, epoch, amr, factors }))
    }
}

/// Lets a person in by their passkey alone, which is what they have and, because it verified them, what they know or
/// are; `None` when it did not, or is somebody else's.
///
/// ```compile_fail,E0308
/// use doorward_domain::session::assurance::{Assured, after_passkey};
/// use doorward_domain::account::User;
/// use doorward_domain::passkey::ceremony::AuthenticationResponse;
///
/// fn by_what_nobody_has_verified(user: &User, presented: &Presented) -> Option<Assured> {
///     after_passkey(user, presented)
/// }
/// ```
pub fn after_passkey(user: &User, assertion: &Assertion) -> Option<Assured> {
    let amr = with_second_factor(Vec::new(), &assertion.amr());
    let (user_id, actor_type, epoch) = (user.id.clone(), user.actor_type.clone(), user.epoch());
    let fits = assertion.is_verified() && assertion.user_id() == user_id;
    fits.then(|| Assured { user_id, actor_type, role: user.role.clone(), epoch, amr, at: assertion.at() })
}

/// A partial session: it leads to the question for the second factor, and out again.
///
/// Its id opens the way to the question, and is kept hashed like whatever opens something; it stands in an address all the
/// same, because it is tied to one person, to a few minutes, to
/// [`MAX_TRIES`] tries and to one session, and is worth nothing without what only that person has.
///
/// It begins from a [`FirstFactor`], and no other way compiles; what is kept of it can be read, and written here alone:
///
/// ```compile_fail,E0277
/// use doorward_domain::session::assurance::Partial;
///
/// fn out_of_nothing(json: &str) -> Option<Partial> {
///     serde_json::from_str(json).ok()
/// }
/// ```
///
/// ```compile_fail,E0594
/// use doorward_domain::session::assurance::Partial;
///
/// fn with_more_tries(partial: &mut Partial) {
///     partial.tries = 0;
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Partial(StoredPartial);

/// What the store keeps of a partial session.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredPartial {
    /// Its own id, `ses_…`; the full session gets another.
    #[serde(rename = "session_id", skip_serializing)]
    pub id: SessionId,
    first: KeptFirst,
    /// Where the browser goes afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ReturnTo>,
    /// What the person would recognise the device by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The token of the external login by which the person came, for the full session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_token: Option<SealedToken>,
    /// What the contract under which the person came wants in the end.
    #[serde(default)]
    pub came: Came,
    /// By which linking of an identity the person came, if they came by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<LinkingId>,
    /// The identity that joins the account with the full session, where one is to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Box<PendingLink>>,
    /// How often a code was tried.
    pub tries: u32,
    /// When its time is over.
    pub valid_until: Timestamp,
    /// When it led to a session or was ended, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

/// Under which contract somebody came, as far as it says what their session is opened by.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", tag = "contract")]
pub enum Came {
    /// `v1`, `gateway`, or our own pages: how the second factor is shown says it.
    #[default]
    Plainly,
    /// `actor`, whose tokens say by which identity.
    Actor {
        /// Its public id.
        auth_identity_id: String,
    },
    /// `social`, whose sessions are opened by a session token.
    Social {
        /// The provider's name.
        provider: String,
        /// Whether the client wants it in JSON, and not in a cookie.
        json: bool,
    },
}

impl Partial {
    /// Begins a partial session for a person who has shown `first`.
    pub fn begin(
        first: FirstFactor,
        target: Option<ReturnTo>,
        client: Option<String>,
        now: Timestamp,
        lifetime: Duration,
    ) -> Self {
        Self(StoredPartial {
            id: SessionId::random(),
            first: first.0,
            target,
            client,
            external_token: None,
            came: Came::default(),
            linking: None,
            link: None,
            tries: 0,
            valid_until: now + lifetime,
            used_at: None,
        })
    }

    /// The partial session that began as any does and was kept. For the store alone: whoever else calls it has made one up.
    pub fn restored(kept: StoredPartial) -> Self {
        Self(kept)
    }

    /// The partial session, of a person who came under the contract of `came`, by `linking`, if by any, and whom an
    /// external login gave `external_token`.
    pub fn come_by(self, came: Came, linking: Option<LinkingId>, external_token: Option<SealedToken>) -> Self {
        Self(StoredPartial { came, linking, external_token, ..self.0 })
    }

    /// The partial session, with whose end `link` joins the account.
    pub fn with_link(self, link: Option<PendingLink>) -> Self {
        Self(StoredPartial { link: link.map(Box::new), ..self.0 })
    }

    /// The id of the person who has shown the first factor.
    pub fn user_id(&self) -> &str {
        &self.first.user_id
    }

    /// What they want to sign in as.
    pub fn actor_type(&self) -> &str {
        &self.first.actor_type
    }

    /// What the contracts call the ways on from here.
    pub fn methods(&self) -> Vec<&'static str> {
        self.first.factors.iter().filter_map(Factor::method).chain([RECOVERY_CODE]).collect()
    }

    /// Whether it waits for a code at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && self.tries < MAX_TRIES && now < self.valid_until
    }

    /// The person, who has shown their second factor, too; `None` when it was somebody else who did, or `user`, their
    /// account, has left the epoch in which they showed the first.
    pub fn assured(&self, user: &User, evidence: &SecondFactorProof) -> Option<Assured> {
        let KeptFirst { user_id, actor_type, epoch, amr, .. } = self.first.clone();
        let amr = with_second_factor(amr, evidence.amr());
        let fits = evidence.user_id() == user_id && user.id == user_id && user.epoch() == epoch;
        fits.then(|| Assured { user_id, actor_type, role: user.role.clone(), epoch, amr, at: evidence.at() })
    }
}

impl Deref for Partial {
    type Target = StoredPartial;

    fn deref(&self) -> &StoredPartial {
        &self.0
    }
}

impl Assured {
    /// Who it is.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// What the person signs in as.
    pub fn actor_type(&self) -> &str {
        &self.actor_type
    }

    /// What the person may do beside what everybody may.
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The epoch that their account was in.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// How the person was authenticated: `amr` values, of RFC 8176 but for [`Method::amr`].
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// When the person was authenticated.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// What comes back when a second factor is asked for. `None` stands for what can never have been one.
#[derive(Clone, Debug)]
pub struct SecondFactorAnswer {
    /// The partial session.
    pub partial: Option<SessionId>,
    /// What the person typed.
    pub code: Option<Code>,
}

/// The `amr` values of somebody who has shown a second factor, with the values `shown`, on top of what `amr` says.
pub fn with_second_factor(mut amr: Vec<String>, shown: &[&str]) -> Vec<String> {
    for value in shown.iter().copied().chain([MULTIPLE]) {
        if !amr.iter().any(|known| known == value) {
            amr.push(value.to_owned());
        }
    }
    amr
}

/// The `acr` value that goes with `amr`: whether one factor was shown, or more.
pub fn acr(amr: &[String]) -> &'static str {
    if is_multi_factor(amr) { "multi_factor" } else { "single_factor" }
}

/// Whether `amr` says that more than one factor was shown.
pub fn is_multi_factor(amr: &[String]) -> bool {
    amr.iter().any(|value| value == MULTIPLE)
}

/// How many codes or signatures may be tried on one partial session.
pub const MAX_TRIES: u32 = 5;

/// RFC 8176 section 2: multiple-factor authentication.
const MULTIPLE: &str = "mfa";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::email::EmailAddress;
    use crate::account::proof::Proof;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn user(factors: &[Factor]) -> User {
        let proof = Proof::Mailbox(EmailAddress::parse("ada@example.com").unwrap());
        factors
            .iter()
            .fold(User::sign_up(&proof, "user", NOW), |user, factor| user.with_factor(factor.clone(), true, NOW))
    }

    fn partial() -> Partial {
        partial_of(&user(&[Factor::Totp]))
    }

    fn partial_of(user: &User) -> Partial {
        let passage = after_first_factor(user, Method::Federated, NOW);
        let FirstFactorOutcome::SecondFactorDue(first) = passage else { panic!("{passage:?}") };
        Partial::begin(first, None, None, NOW, Duration::from_secs(300))
    }

    #[test]
    fn the_gate_is_open_only_for_accounts_without_a_second_factor() {
        for method in [Method::Federated, Method::MailedLink] {
            let passage = after_first_factor(&user(&[]), method, NOW);
            let FirstFactorOutcome::Open(assured) = passage else { panic!("{passage:?}") };
            let unknown = user(&[Factor::Unknown("implant".to_owned())]);
            assert!(
                matches!(after_first_factor(&unknown, method, NOW), FirstFactorOutcome::SecondFactorDue(_)),
                "nobody gets in without it"
            );
            assert_eq!((assured.amr(), assured.at()), (&[method.amr().to_owned()][..], NOW));
            assert!(matches!(
                after_first_factor(&user(&[Factor::Totp]), method, NOW),
                FirstFactorOutcome::SecondFactorDue(_)
            ));
        }
    }

    #[test]
    fn only_the_same_persons_second_factor_completes_a_partial_session() {
        let user = user(&[Factor::Totp]);
        let (partial, later) = (partial_of(&user), NOW + Duration::from_secs(60));
        let own = partial.assured(&user, &SecondFactorProof::sample(&user.id, later)).unwrap();
        assert_eq!((own.user_id(), own.at()), (partial.user_id(), later));
        assert_eq!(own.amr(), ["fed", "otp", "mfa"]);
        assert!(partial.assured(&user, &SecondFactorProof::sample("usr_other", later)).is_none());
    }

    #[test]
    fn a_partial_session_leads_nowhere_once_its_persons_sessions_were_ended() {
        let user = user(&[Factor::Totp]);
        let (partial, evidence) = (partial_of(&user), SecondFactorProof::sample(&user.id, NOW));
        assert!(partial.assured(&user.ending_sessions(NOW), &evidence).is_none());
    }

    #[test]
    fn a_passkey_is_both_factors_only_where_it_verified_its_owner() {
        let user = user(&[Factor::Passkey]);
        for (hardware, amr) in [(true, ["hwk", "user", "mfa"]), (false, ["swk", "user", "mfa"])] {
            let assured = after_passkey(&user, &Assertion::sample(&user.id, NOW, hardware, true)).unwrap();
            assert_eq!((assured.user_id(), assured.at()), (user.id.as_str(), NOW));
            assert_eq!(assured.amr(), amr);
        }
        assert!(after_passkey(&user, &Assertion::sample(&user.id, NOW, true, false)).is_none());
        assert!(after_passkey(&user, &Assertion::sample("usr_other", NOW, true, true)).is_none());
    }

    #[test]
    fn a_passkey_completes_a_partial_session_verified_or_not() {
        let user = user(&[Factor::Passkey]);
        let partial = partial_of(&user);
        let evidence = SecondFactorProof::from(&Assertion::sample(&user.id, NOW, false, false));
        assert_eq!(partial.assured(&user, &evidence).unwrap().amr(), ["fed", "swk", "user", "mfa"]);
        let foreign = SecondFactorProof::from(&Assertion::sample("usr_other", NOW, true, true));
        assert!(partial.assured(&user, &foreign).is_none());
    }

    #[test]
    fn every_factor_is_a_method_and_recovery_codes_are_one_beside_them() {
        let methods = |factors: &[Factor]| {
            let passage = after_first_factor(&user(factors), Method::Federated, NOW);
            let FirstFactorOutcome::SecondFactorDue(first) = passage else { panic!("{passage:?}") };
            Partial::begin(first, None, None, NOW, Duration::from_secs(300)).methods()
        };
        assert_eq!(methods(&[Factor::Passkey]), ["passkey", "recovery_code"]);
        assert_eq!(methods(&[Factor::Totp, Factor::Passkey]), ["totp", "passkey", "recovery_code"]);
        assert_eq!(methods(&[Factor::Unknown("implant".to_owned())]), ["recovery_code"]);
    }

    #[test]
    fn a_partial_session_waits_for_five_codes_and_five_minutes() {
        let end = NOW + Duration::from_secs(300);
        assert!(partial().is_open(NOW) && !partial().is_open(end));
        let changed = |tries, used_at| Partial(StoredPartial { tries, used_at, ..partial().0 });
        assert!(changed(4, None).is_open(NOW) && !changed(5, None).is_open(NOW));
        assert!(!changed(0, Some(NOW)).is_open(NOW));
        assert_eq!(partial().methods(), ["totp", "recovery_code"]);
    }

    #[test]
    fn a_second_factor_adds_its_values_once() {
        let once = with_second_factor(vec!["email".to_owned()], &["otp"]);
        assert_eq!(once, ["email", "otp", "mfa"]);
        assert_eq!(with_second_factor(once.clone(), &["otp"]), once);
        assert_eq!(with_second_factor(once.clone(), &["hwk", "user"]), ["email", "otp", "mfa", "hwk", "user"]);
        assert_eq!((acr(&once), acr(&once[..1])), ("multi_factor", "single_factor"));
    }
}
