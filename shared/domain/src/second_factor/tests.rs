//! What a code proves, and when.

use super::totp::Seed;
use super::*;
use crate::keys::KeySet;
use crate::second_factor::recovery::RecoveryCode;

/// RFC 6238 appendix B: this code is for the step of this second.
const NOW: Timestamp = Timestamp::from_seconds(1_111_111_111);
const CODE: &str = "050471";
const USER: &str = "usr_1";

fn keys() -> KeySet<TokenKey> {
    KeySet::sample(TokenKey::generate)
}

fn session(digit: u8) -> SessionId {
    SessionId::parse(&format!("ses_{:032x}", digit)).unwrap()
}

fn sealed(keys: &KeySet<TokenKey>) -> SealedSeed {
    Seed::from(*b"12345678901234567890").seal(USER, keys).unwrap()
}

fn last(seconds: i64) -> TimeStep {
    serde_json::from_value((seconds / 30).into()).unwrap()
}

fn enrolled(keys: &KeySet<TokenKey>, last_step: i64) -> StoredFactor {
    let enrolled = Enrolled { sealed_seed: sealed(keys), last_step: last(last_step), since: NOW };
    StoredFactor { enrolled: Some(enrolled), ..StoredFactor::default() }
}

fn pending(keys: &KeySet<TokenKey>) -> Pending {
    Pending { sealed_seed: sealed(keys), session_id: session(1), valid_until: NOW + PENDING }
}

fn code(text: &str) -> Code {
    Code::parse(text).unwrap()
}

#[test]
fn a_code_proves_its_step_once() {
    let keys = keys();
    let evidence = enrolled(&keys, NOW.seconds() - 30).verify(&code(CODE), USER, &keys, NOW).unwrap().unwrap();
    let Consumption::Step { step, .. } = evidence.spends() else { panic!("{evidence:?}") };
    assert_eq!((step.number(), evidence.user_id()), (NOW.seconds() / 30, USER));
    for used in [NOW.seconds(), NOW.seconds() + 30] {
        assert!(enrolled(&keys, used).verify(&code(CODE), USER, &keys, NOW).unwrap().is_none());
    }
}

#[test]
fn a_seed_that_was_only_shown_proves_nothing() {
    let keys = keys();
    let kept = StoredFactor { pending: Some(pending(&keys)), ..StoredFactor::default() };
    assert!(matches!(kept.state(NOW), FactorState::Enrolling(_)));
    assert!(kept.verify(&code(CODE), USER, &keys, NOW).unwrap().is_none());
}

#[test]
fn a_recovery_code_proves_as_much_as_its_slot_holds() {
    let keys = keys();
    let (shown, recovery_codes) = RecoveryCode::generate(USER, &keys).unwrap();
    let kept = StoredFactor { recovery_codes, ..enrolled(&keys, 0) };
    let evidence = kept.verify(&code(shown[3].reveal()), USER, &keys, NOW).unwrap().unwrap();
    assert!(matches!(evidence.spends(), Consumption::RecoveryCode { slot, .. } if slot == "c3"), "{evidence:?}");
    let without = StoredFactor { enrolled: None, ..kept };
    assert!(without.verify(&code(shown[3].reveal()), USER, &keys, NOW).unwrap().is_none());
}

#[test]
fn only_the_session_that_was_shown_the_seed_confirms_it_in_time() {
    let keys = keys();
    for kept in [StoredFactor::default(), enrolled(&keys, 0)] {
        let kept = StoredFactor { pending: Some(pending(&keys)), ..kept };
        let confirmed = |session_id, now| kept.confirm(&code(CODE), session_id, USER, &keys, now).unwrap();
        let (seed, step) = confirmed(session(1), NOW).unwrap();
        assert_eq!((Some(&seed), step.number()), (kept.pending.as_ref(), NOW.seconds() / 30));
        assert!(confirmed(session(2), NOW).is_none());
        let late = StoredFactor { pending: Some(Pending { valid_until: NOW, ..pending(&keys) }), ..kept.clone() };
        assert!(late.confirm(&code(CODE), session(1), USER, &keys, NOW).unwrap().is_none());
    }
}

#[test]
fn without_its_key_a_seed_is_a_failure_and_no_wrong_code() {
    let kept = enrolled(&keys(), 0);
    assert_eq!(kept.verify(&code(CODE), USER, &keys(), NOW).unwrap_err(), Unopened);
}

#[test]
fn each_lock_is_twice_as_long_as_the_one_before_and_ends_nothing_of_the_count() {
    let tried = |tries| StoredFactor { tries, tried_at: Some(NOW), ..StoredFactor::default() };
    let lock = |tries| tried(tries).locked_until().map(|until| until.since(NOW).as_secs() / 60);
    assert_eq!(
        [9, 10, 11, 19, 20, 30, 90, 99].map(lock),
        [None, Some(15), None, None, Some(30), Some(60), Some(3840), None,]
    );
    assert_eq!([100, 101, 250].map(lock), [Some(60); 3]);
    assert_eq!(
        [9, 10, 15, 20, 100, 101].map(|tries| tried(tries).is_last_try()),
        [false, true, false, true, true, false]
    );
}

#[test]
fn a_hundred_failures_end_the_apps_codes_and_no_recovery_code() {
    let keys = keys();
    let (shown, _) = RecoveryCode::generate(USER, &keys).unwrap();
    assert_eq!((code(CODE).most_failures(), code(shown[0].reveal()).most_failures()), (100, u32::MAX));
}
