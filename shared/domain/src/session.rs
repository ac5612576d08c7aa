//! A session, and what it is opened and kept alive by.

pub mod access_token;
pub mod assurance;
pub mod page;
pub mod refresh_token;

use std::ops::Deref;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::{LinkingId, User};
use crate::clock::Timestamp;
use crate::error::Unauthenticated;
use crate::keys::token_key::SealedToken;
use crate::request::origin::RequestOrigin;
use crate::second_factor::SecondFactorProof;
use crate::secret::{Secret, base64url, equal, from_base64url, random_bytes};
use crate::session::assurance::{Assured, acr, is_multi_factor, with_second_factor};
use crate::session_id::SessionId;

/// A person signed in on one device.
///
/// It begins from an [`Assured`], and no other way compiles:
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
/// What is kept of it can be read, and written here alone:
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
    /// The person's role, as their account says it at this moment: it may change, and is not kept.
    role: Option<String>,
}

/// What the store keeps of a session.
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
    /// When the person was authenticated, last.
    pub auth_time: Timestamp,
    /// When it began, or was refreshed last.
    pub last_used_at: Timestamp,
    /// The refresh generation that is live.
    pub generation: u32,
    /// When that generation was made.
    pub rotated_at: Timestamp,
    /// Unless it is refreshed, the session ends here.
    pub idle_until: Timestamp,
    /// However often it is refreshed, the session ends here.
    pub valid_until: Timestamp,
    /// When it was ended, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// What the person would recognise the device by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The token of the external login by which the person came, sealed for this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_token: Option<SealedToken>,
    /// The public id of the identity that the person came by, where contract `actor` says it in every token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_identity_id: Option<String>,
    /// By which linking of an identity the person came, if they came by one: the session ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<LinkingId>,
    /// The hash of the session token's secret, where a browser has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_hash: Option<String>,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// The longest pause between two refreshes.
    pub idle: Duration,
    /// The longest life in all.
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
    /// A refresh token was used again: somebody else may have it.
    Reuse,
}

impl EndReason {
    /// The word that is stored and audited.
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
    /// Begins a session for a person who is authenticated as well as their account asks for.
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

    /// The session that began as any does and was kept. For the store alone: whoever else calls it has made one up.
    pub fn restored(kept: StoredSession) -> Self {
        Self { kept, role: None }
    }

    /// The session, of a person who came by `linking`, if by any, and whom an external login gave `external_token`.
    pub fn come_by(mut self, linking: Option<LinkingId>, external_token: Option<SealedToken>) -> Self {
        (self.kept.linking, self.kept.external_token) = (linking, external_token);
        self
    }

    /// Has the session say by which identity its person came, as contract `actor` wants it.
    pub fn name_identity(&mut self, auth_identity_id: String) {
        self.kept.auth_identity_id = Some(auth_identity_id);
    }

    /// Whose session it is.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The epoch of the account that it began in, or was lifted into.
    pub const fn epoch(&self) -> u32 {
        self.kept.epoch
    }

    /// Whether it counts for `user`: it is theirs, their account is still in its epoch, and the identity that it began
    /// with leads to the account by the same linking as then. Whatever accepts a session asks this, beside whether it is
    /// live: an account that moved on has ended it, and one that is gone, too.
    pub fn is_of(&self, user: &User) -> bool {
        let linked = self.linking.is_none_or(|linking| user.has_linking(linking));
        self.user_id == user.id && self.epoch == user.epoch() && linked
    }

    /// The session, with the role that its person has now.
    pub fn with_role_of(self, user: &User) -> Self {
        Self { role: user.role.clone(), ..self }
    }

    /// How the person was authenticated: `amr` values, of RFC 8176 but for `Method::amr`.
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// Whether the person has shown one factor, or more: the `acr` value.
    pub fn acr(&self) -> &'static str {
        acr(&self.amr)
    }

    /// Whether the person has shown more than one factor, the last of them so lately that it still speaks for them.
    pub fn is_freshly_multi_factor(&self, now: Timestamp) -> bool {
        self.is_fresh(now) && is_multi_factor(&self.amr)
    }

    /// Whether the person was authenticated so lately that they may change how they are.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.auth_time + FRESH
    }

    /// The session, fresh again, because its person has just shown their second factor; `None` when it was somebody else
    /// who did.
    pub fn stepped_up(mut self, evidence: &SecondFactorProof) -> Option<Self> {
        self.kept.amr = with_second_factor(self.kept.amr, evidence.amr());
        self.kept.auth_time = evidence.at();
        (evidence.user_id() == self.user_id).then_some(self)
    }

    /// A session token for the browser that the session is for.
    pub fn issue_token(&mut self) -> SessionToken {
        let token = SessionToken::new(self.id, &self.user_id);
        self.kept.token_hash = Some(token.hash());
        token
    }

    /// When the session is over unless something happens.
    pub fn ends_at(&self) -> Timestamp {
        self.idle_until.min(self.valid_until)
    }

    /// Whether the session is accepted at `now` from the browser that has `token`.
    pub fn is_open_to(&self, token: &SessionToken, now: Timestamp) -> bool {
        let kept = self.token_hash.as_ref();
        self.is_live(now) && kept.is_some_and(|kept| equal(kept.as_bytes(), token.hash().as_bytes()))
    }

    /// Whether the session is accepted at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.idle_until && now < self.valid_until
    }

    /// That the session is accepted at `now`.
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

    /// Judges a refresh token that did not fit the live generation; `user` is whose it says that it is.
    pub fn check_stale(&self, presented: u32, user: Option<&User>, now: Timestamp, grace: Duration) -> StaleToken {
        if self.revoked_at.is_some() || !user.is_some_and(|user| self.is_of(user)) {
            return StaleToken::Revoked;
        }
        if !self.is_live(now) {
            return StaleToken::Expired;
        }
        let immediate_predecessor = presented.checked_add(1) == Some(self.generation);
        // Who asked before the one who was first has waited for no time at all: without grace, that is too long, too.
        if immediate_predecessor && now.since(self.rotated_at) < grace {
            StaleToken::Repeated
        } else {
            StaleToken::Reused
        }
    }
}

impl Deref for Session {
    type Target = StoredSession;

    fn deref(&self) -> &StoredSession {
        &self.kept
    }
}

/// What it means that a refresh token's generation is not the live one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StaleToken {
    /// The session ran out.
    Expired,
    /// The immediate predecessor came again inside the grace: a lost answer, a second tab or a retried write. It gets
    /// the same successor.
    Repeated,
    /// An older generation, or the predecessor too late: theft.
    Reused,
    /// The session was ended.
    Revoked,
}

/// What a browser keeps a session by: `ses_….SECRET`, the public id, and 256 random bits with the user's id after them,
/// so that the account can be read beside the session.
#[derive(Clone, Debug)]
pub struct SessionToken {
    /// The session that it opens, if the secret is right.
    pub session: SessionId,
    /// Whose session that is, if the secret is right.
    pub user_id: String,
    secret: Secret,
}

impl SessionToken {
    fn new(session: SessionId, user_id: &str) -> Self {
        let secret = [&random_bytes::<RANDOM>(), user_id.as_bytes()].concat();
        Self { session, user_id: user_id.to_owned(), secret: Secret::new(base64url(&secret)) }
    }

    /// Reads a token; `None` for what was never one.
    pub fn parse(text: &str) -> Option<Self> {
        let (session, secret) = text.split_once('.')?;
        let bytes = from_base64url(secret)?;
        let (_, user_id) = bytes.split_first_chunk::<RANDOM>().filter(|(_, user_id)| !user_id.is_empty())?;
        let user_id = String::from_utf8(user_id.to_owned()).ok()?;
        Some(Self { session: SessionId::parse(session)?, user_id, secret: Secret::new(secret) })
    }

    /// The token itself.
    pub fn reveal(&self) -> Secret {
        Secret::new(format!("{}.{}", self.session, self.secret.reveal()))
    }

    /// What is kept of the secret.
    pub fn hash(&self) -> String {
        self.secret.hash().as_str().to_owned()
    }
}

/// What a request shows of a session.
#[derive(Clone, Debug, Default)]
pub struct Credential {
    /// An access token, from the header Authorization.
    pub bearer: Option<Secret>,
    /// A session token, from the browser's cookie.
    pub cookie: Option<SessionToken>,
    /// Where the request comes from, for one that changes something: a cookie comes along whoever asks.
    pub source: Option<RequestOrigin>,
}

/// A wish to keep a session alive.
#[derive(Clone, Debug)]
pub enum RefreshRequest {
    /// By a refresh token.
    Token {
        /// That token.
        token: Secret,
        /// The session token that came along, if one did.
        cookie: Option<SessionToken>,
    },
    /// By the browser's cookie.
    Cookie {
        /// The session token in it.
        cookie: SessionToken,
        /// Which page asks.
        source: RequestOrigin,
    },
}

/// The random bytes of a session token's secret.
const RANDOM: usize = 32;

/// How long after signing in a person may change what signs them in.
const FRESH: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::account::Proof;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const GRACE: Duration = Duration::from_secs(30);

    fn user() -> User {
        account("usr_1")
    }

    fn account(id: &str) -> User {
        let kept = json!({
            "id": id, "actor_type": "user", "email": "ada@example.com", "email_verified": true, "identities": [],
            "created_at": NOW, "updated_at": NOW, "version": 1,
        });
        User::restored(serde_json::from_value(kept).unwrap())
    }

    fn checked(session: &Session, presented: u32, now: Timestamp, grace: Duration) -> StaleToken {
        session.check_stale(presented, Some(&user()), now, grace)
    }

    fn session(generation: u32) -> Session {
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

    fn changed(mut session: Session, change: impl FnOnce(&mut StoredSession)) -> Session {
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
    fn what_was_never_a_session_token_is_not_read() {
        let id = SessionId::from_bytes([7; 16]).to_string();
        for text in [
            "",
            &id,
            &format!("{id}."),
            &format!("{id}.{}", "A".repeat(43)),
            &format!("{id}.{}", "A".repeat(61)),
            &format!("{id}.{}", "_".repeat(64)),
            &format!("{id}.{}.x", "A".repeat(64)),
            &format!("usr_{}.{}", "0".repeat(32), "A".repeat(64)),
        ] {
            assert!(SessionToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_immediate_predecessor_inside_the_grace_is_a_repetition() {
        assert_eq!(checked(&session(4), 3, NOW + GRACE - Duration::from_secs(1), GRACE), StaleToken::Repeated);
    }

    #[test]
    fn the_predecessor_after_the_grace_is_theft() {
        assert_eq!(checked(&session(4), 3, NOW + GRACE, GRACE), StaleToken::Reused);
    }

    #[test]
    fn without_grace_every_predecessor_is_theft_even_from_before_the_successor() {
        for now in [NOW - Duration::from_secs(1), NOW] {
            assert_eq!(checked(&session(4), 3, now, Duration::ZERO), StaleToken::Reused);
        }
    }

    #[test]
    fn an_older_generation_is_theft_even_inside_the_grace() {
        assert_eq!(checked(&session(4), 2, NOW, GRACE), StaleToken::Reused);
    }

    #[test]
    fn a_generation_that_was_never_made_is_theft() {
        assert_eq!(checked(&session(4), 5, NOW, GRACE), StaleToken::Reused);
        assert_eq!(checked(&session(4), u32::MAX, NOW, GRACE), StaleToken::Reused);
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
        let profile = crate::account::Profile { subject: "s".to_owned(), ..Default::default() };
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

    #[test]
    fn where_the_account_moved_on_or_is_gone_no_predecessor_is_a_repetition() {
        let moved = user().ending_sessions(NOW);
        assert_eq!(session(4).check_stale(3, Some(&moved), NOW, GRACE), StaleToken::Revoked);
        assert_eq!(session(4).check_stale(3, None, NOW, GRACE), StaleToken::Revoked);
    }

    #[test]
    fn an_ended_session_is_revoked_and_one_that_ran_out_is_expired() {
        let ended = changed(session(4), |kept| kept.revoked_at = Some(NOW));
        assert_eq!(checked(&ended, 3, NOW, GRACE), StaleToken::Revoked);
        assert_eq!(checked(&session(4), 4, NOW + Duration::from_secs(100), GRACE), StaleToken::Expired);
        let long_idle = changed(session(4), |kept| kept.idle_until = NOW + Duration::from_secs(300));
        assert_eq!(checked(&long_idle, 4, NOW + Duration::from_secs(200), GRACE), StaleToken::Expired);
    }
}
