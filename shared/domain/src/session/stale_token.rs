//! Refresh tokens whose generation is not the live one: a harmless repetition, or theft.

use std::time::Duration;

use crate::account::User;
use crate::clock::Timestamp;
use crate::session::Session;

/// What a refresh token means whose generation is not the live one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StaleToken {
    /// The session has expired.
    Expired,
    /// The immediate predecessor came within the grace: a lost answer, a second tab or a retried write. It gets the
    /// same successor again.
    Repeated,
    /// An older generation, or the predecessor after the grace: theft.
    Reused,
    /// The session was ended.
    Revoked,
}

impl Session {
    /// Judges a refresh token of a generation that is not the live one; `user` is the account that the token names.
    pub fn check_stale(&self, presented: u32, user: Option<&User>, now: Timestamp, grace: Duration) -> StaleToken {
        if self.revoked_at.is_some() || !user.is_some_and(|user| self.is_of(user)) {
            return StaleToken::Revoked;
        }
        if !self.is_live(now) {
            return StaleToken::Expired;
        }
        let immediate_predecessor = presented.checked_add(1) == Some(self.generation);
        // `since` gives zero for a request from before the rotation: without grace, that is theft as well.
        if immediate_predecessor && now.since(self.rotated_at) < grace {
            StaleToken::Repeated
        } else {
            StaleToken::Reused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{NOW, changed, session, user};

    const GRACE: Duration = Duration::from_secs(30);

    fn checked(session: &Session, presented: u32, now: Timestamp, grace: Duration) -> StaleToken {
        session.check_stale(presented, Some(&user()), now, grace)
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
