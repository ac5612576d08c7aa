//! Sessions: how one begins, what is stored of it, and when it is accepted.

pub mod access_token;
pub mod assurance;
pub mod credential;
pub mod page;
pub mod refresh_token;
pub mod session_token;
pub mod stale_token;

use std::ops::Deref;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::{LinkingId, User};
use crate::clock::Timestamp;
use crate::error::Unauthenticated;
use crate::keys::token_key::SealedToken;
use crate::second_factor::SecondFactorProof;
use crate::secret::equal;
use crate::session::assurance::{Assured, acr, is_multi_factor, with_second_factor};
use crate::session::session_token::SessionToken;
use crate::session_id::SessionId;

/// A person signed in on one device.
///
/// A session begins from an [`Assured`]; no other way compiles:
///
/// ```compile_fail,E0308
/// use doorward_domain::clock::Timestamp;
/// use doorward_domain::account::User;
/// use doorward_domain::session::{Lifetime, Session};
///
/// fn past_the_second_factor(user: User, lifetime: Lifetime) -> Session {
///     Session::begin(user, None, lifetime)
/// }
/// ```
///
/// ```compile_fail,E0277
/// use doorward_domain::session::Session;
///
/// fn out_of_nothing(json: &str) -> Option<Session> {
///     serde_json::from_str(json).ok()
/// }
/// ```
///
/// The stored fields can be read anywhere, but only written here:
///
/// ```compile_fail,E0594
/// use doorward_domain::clock::Timestamp;
/// use doorward_domain::session::Session;
///
/// fn past_the_second_factor(session: &mut Session, now: Timestamp) {
///     session.auth_time = now;
/// }
/// ```
///
/// ```compile_fail,E0451
/// use doorward_domain::session::Session;
///
/// fn to_more_rights(session: Session) -> Session {
///     Session { role: Some("admin".to_owned()), ..session }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    kept: StoredSession,
    /// The person's current role, taken from the account: it may change, so it is not stored.
    role: Option<String>,
}

/// A session as the store keeps it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredSession {
    /// The public id, `ses_…`; it authenticates nothing.
    pub id: SessionId,
    user_id: String,
    /// The actor type that the person signed in as.
    pub actor_type: String,
    epoch: u32,
    amr: Vec<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When the person last authenticated.
    pub auth_time: Timestamp,
    /// When it began or was last refreshed.
    pub last_used_at: Timestamp,
    /// The live refresh generation.
    pub generation: u32,
    /// When that generation was made.
    pub rotated_at: Timestamp,
    /// The session ends here unless it is refreshed.
    pub idle_until: Timestamp,
    /// The session ends here however often it is refreshed.
    pub valid_until: Timestamp,
    /// When it was ended, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The device, in words that the person recognises it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The token that an external login issued for the person, sealed for this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_token: Option<SealedToken>,
    /// The public id of the identity that the person signed in with; contract `actor` puts it into every token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_identity_id: Option<String>,
    /// The linking of the identity that the person signed in with, if any: the session ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<LinkingId>,
    /// The hash of the session token's secret, if a browser holds one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_hash: Option<String>,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// The longest pause between two refreshes.
    pub idle: Duration,
    /// The longest life overall.
    pub absolute: Duration,
}

/// Why a session ended; kept on its tombstone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EndReason {
    /// The person logged out.
    Logout,
    /// The person logged out everywhere.
    LogoutEverywhere,
    /// The person ended it from another session.
    Ended,
    /// A refresh token was used twice: somebody else may have it.
    Reuse,
}

impl EndReason {
    /// The word in the store and in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutEverywhere => "logout_everywhere",
            Self::Ended => "ended",
            Self::Reuse => "reuse",
        }
    }
}

impl Session {
    /// Begins a session for a person who has authenticated as strongly as their account demands.
    pub fn begin(assured: Assured, client: Option<String>, lifetime: Lifetime) -> Self {
        let now = assured.at();
        let kept = StoredSession {
            id: SessionId::random(),
            user_id: assured.user_id().to_owned(),
            actor_type: assured.actor_type().to_owned(),
            epoch: assured.epoch(),
            amr: assured.amr().to_vec(),
            created_at: now,
            auth_time: now,
            last_used_at: now,
            generation: 1,
            rotated_at: now,
            idle_until: now + lifetime.idle,
            valid_until: now + lifetime.absolute,
            revoked_at: None,
            client,
            external_token: None,
            auth_identity_id: None,
            linking: None,
            token_hash: None,
        };
        Self { kept, role: assured.role().map(str::to_owned) }
    }

    /// A session read back from the store. For the store alone: any other caller would be inventing one.
    pub fn restored(kept: StoredSession) -> Self {
        Self { kept, role: None }
    }

    /// Records the linking that the person signed in by, if any, and the token that an external login issued.
    pub fn come_by(mut self, linking: Option<LinkingId>, external_token: Option<SealedToken>) -> Self {
        (self.kept.linking, self.kept.external_token) = (linking, external_token);
        self
    }

    /// Records the public id of the identity that the person signed in with, for contract `actor`.
    pub fn name_identity(&mut self, auth_identity_id: String) {
        self.kept.auth_identity_id = Some(auth_identity_id);
    }

    /// The id of the session's user.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The account's epoch that the session began in or was lifted into.
    pub const fn epoch(&self) -> u32 {
        self.kept.epoch
    }

    /// Whether the session is valid for `user`: it belongs to them, their account is still in the session's epoch, and
    /// the linking that it began by still stands. Everything that accepts a session checks this beside
    /// [`is_live`](Self::is_live): an account that has moved on, or is gone, has ended its sessions.
    pub fn is_of(&self, user: &User) -> bool {
        let linked = self.linking.is_none_or(|linking| user.has_linking(linking));
        self.user_id == user.id && self.epoch == user.epoch() && linked
    }

    /// The session with its user's current role.
    pub fn with_role_of(self, user: &User) -> Self {
        Self { role: user.role.clone(), ..self }
    }

    /// How the person authenticated: `amr` values, from RFC 8176 except for those of `Method::amr`.
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// The `acr` value: whether the person has shown one factor or more.
    pub fn acr(&self) -> &'static str {
        acr(&self.amr)
    }

    /// Whether the person has shown more than one factor, the last of them recently enough.
    pub fn is_freshly_multi_factor(&self, now: Timestamp) -> bool {
        self.is_fresh(now) && is_multi_factor(&self.amr)
    }

    /// Whether the person authenticated recently enough to change how they sign in.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.auth_time + FRESH
    }

    /// The session, fresh again after its person has shown their second factor; `None` if the evidence is somebody
    /// else's.
    pub fn stepped_up(mut self, evidence: &SecondFactorProof) -> Option<Self> {
        self.kept.amr = with_second_factor(self.kept.amr, evidence.amr());
        self.kept.auth_time = evidence.at();
        (evidence.user_id() == self.user_id).then_some(self)
    }

    /// Issues the session's token for a browser, and keeps its hash.
    pub fn issue_token(&mut self) -> SessionToken {
        let token = SessionToken::new(self.id, &self.user_id);
        self.kept.token_hash = Some(token.hash());
        token
    }

    /// When the session ends unless it is refreshed.
    pub fn ends_at(&self) -> Timestamp {
        self.idle_until.min(self.valid_until)
    }

    /// Whether the session is accepted at `now` from a browser that holds `token`.
    pub fn is_open_to(&self, token: &SessionToken, now: Timestamp) -> bool {
        let kept = self.token_hash.as_ref();
        self.is_live(now) && kept.is_some_and(|kept| equal(kept.as_bytes(), token.hash().as_bytes()))
    }

    /// Whether the session is accepted at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.idle_until && now < self.valid_until
    }

    /// Checks that the session is accepted at `now`.
    ///
    /// # Errors
    ///
    /// `SessionEnded` or `SessionExpired`.
    pub fn check(&self, now: Timestamp) -> Result<(), Unauthenticated> {
        match self.revoked_at {
            Some(_) => Err(Unauthenticated::SessionEnded),
            None if self.is_live(now) => Ok(()),
            None => Err(Unauthenticated::SessionExpired),
        }
    }
}

impl Deref for Session {
    type Target = StoredSession;

    fn deref(&self) -> &StoredSession {
        &self.kept
    }
}

/// How long after authenticating a person may change how they sign in.
const FRESH: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::account::proof::Proof;

    pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    pub(super) fn user() -> User {
        account("usr_1")
    }

    fn account(id: &str) -> User {
        let kept = json!({
            "id": id, "actor_type": "user", "email": "ada@example.com", "email_verified": true, "identities": [],
            "created_at": NOW, "updated_at": NOW, "version": 1,
        });
        User::restored(serde_json::from_value(kept).unwrap())
    }

    pub(super) fn session(generation: u32) -> Session {
        Session::restored(StoredSession {
            id: SessionId::from_bytes([7; 16]),
            user_id: "usr_1".to_owned(),
            actor_type: "user".to_owned(),
            epoch: 0,
            amr: vec!["email".to_owned()],
            created_at: NOW,
            auth_time: NOW,
            last_used_at: NOW,
            generation,
            rotated_at: NOW,
            idle_until: NOW + Duration::from_secs(100),
            valid_until: NOW + Duration::from_secs(200),
            revoked_at: None,
            client: None,
            external_token: None,
            auth_identity_id: None,
            linking: None,
            token_hash: None,
        })
    }

    pub(super) fn changed(mut session: Session, change: impl FnOnce(&mut StoredSession)) -> Session {
        change(&mut session.kept);
        session
    }

    #[test]
    fn a_session_token_opens_its_own_live_session_only() {
        let (mut one, mut other) = (session(1), session(1));
        let (token, foreign) = (one.issue_token(), other.issue_token());
        let read = SessionToken::parse(token.reveal().reveal()).unwrap();
        assert!(one.is_open_to(&read, NOW));
        assert!(!one.is_open_to(&foreign, NOW));
        assert!(!one.is_open_to(&read, NOW + Duration::from_secs(100)));
        assert!(!session(1).is_open_to(&read, NOW), "a session that no browser has");
        assert!(!changed(one, |kept| kept.revoked_at = Some(NOW)).is_open_to(&read, NOW));
    }

    #[test]
    fn a_session_is_fresh_for_ten_minutes_and_again_after_its_own_persons_second_factor() {
        let (before, late) = (NOW + Duration::from_secs(599), NOW + Duration::from_secs(600));
        assert!(session(1).is_fresh(before) && !session(1).is_fresh(late));
        let stepped_up = session(1).stepped_up(&SecondFactorProof::sample("usr_1", late)).unwrap();
        assert!(stepped_up.is_fresh(late));
        assert_eq!(
            (stepped_up.amr(), stepped_up.acr()),
            (&["email", "otp", "mfa"].map(str::to_owned)[..], "multi_factor")
        );
        assert!(session(1).stepped_up(&SecondFactorProof::sample("usr_2", late)).is_none());
    }

    #[test]
    fn a_session_counts_for_its_own_person_in_the_epoch_that_it_began_in() {
        let later = user().ending_sessions(NOW);
        assert!(session(1).is_of(&user()) && !session(1).is_of(&later));
        assert!(changed(session(1), |kept| kept.epoch = 1).is_of(&later));
        assert!(!session(1).is_of(&account("usr_2")));
    }

    #[test]
    fn a_session_counts_as_long_as_the_linking_that_it_began_by() {
        let profile = crate::account::profile::Profile { subject: "s".to_owned(), ..Default::default() };
        let proof = Proof::Subject {
            provider: "idp".to_owned(),
            label: "IdP".to_owned(),
            issuer: "https://idp.example".to_owned(),
            profile,
            trust_email: crate::account::trust::Word::False,
        };
        let link = |user: User| user.linked(&proof, crate::account::LinkReason::Asked, NOW);
        let linked = link(user());
        let begun = changed(session(1), |kept| kept.linking = linked.identity(&proof).unwrap().id);
        assert!(begun.is_of(&linked) && !begun.is_of(&user()));
        let again = link(linked.without("idp", NOW).unwrap());
        assert!(!begun.is_of(&again) && session(1).is_of(&again));
    }
}
