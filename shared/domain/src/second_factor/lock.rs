//! How failures slow down whoever guesses.

use std::time::Duration;

/// How long nothing counts after so many failures since the last success, over all sessions and all kinds of code: a
/// quarter of an hour after the first ten, and twice as long after each further ten (NIST SP 800-63B section 3.2.2 asks
/// for growing pauses). From [`MAX_FAILURES`] on an hour after each: what is still asked then has 49 bits and more.
pub fn lock_after(failures: u32) -> Option<Duration> {
    match failures {
        MAX_FAILURES.. => Some(HOUR),
        _ if LOCKS.contains(&failures) => Some(FIRST_LOCK * 2_u32.pow(failures / ROUND - 1)),
        _ => None,
    }
}

/// After how many failures a lock begins.
pub const LOCKS: [u32; 9] = [10, 20, 30, 40, 50, 60, 70, 80, 90];

/// After so many failures since the last success the app's codes do not count any more (NIST SP 800-63B section 3.2.2): a
/// recovery code opens, or a passkey.
pub const MAX_FAILURES: u32 = 100;

/// How many failures lead from one lock to the next.
pub(super) const ROUND: u32 = 10;
const FIRST_LOCK: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
