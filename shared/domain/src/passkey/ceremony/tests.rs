//! Both ceremonies with an authenticator that says the truth, and one lie at a time.

use std::sync::LazyLock;

use super::super::software_key::{
    BACKED_UP, BACKUP_ELIGIBLE, Claims, EXTENDED, PRESENT, SoftwareKey, VERIFIED, integer, text,
};
use super::*;
use crate::account::email::EmailAddress;
use crate::account::proof::Proof;

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

static CEREMONY: LazyLock<Ceremony> = LazyLock::new(|| {
    let origins = vec!["https://auth.example".to_owned()];
    Ceremony::new(&RelyingParty { id: "auth.example".into(), name: "Acme".into(), origins })
});

static ADA: LazyLock<User> =
    LazyLock::new(|| User::sign_up(&Proof::Mailbox(EmailAddress::parse("ada@example.com").unwrap()), "user", NOW));

static KEY: LazyLock<SoftwareKey> = LazyLock::new(SoftwareKey::new);

fn registers(lie: impl FnOnce(&mut Claims)) -> Result<Passkey, VerificationError> {
    registers_beside(&StoredPasskeys::default(), lie)
}

fn registers_beside(held: &StoredPasskeys, lie: impl FnOnce(&mut Claims)) -> Result<Passkey, VerificationError> {
    let asked = CEREMONY.ask_to_register(&ADA, held).unwrap();
    answers(&asked.kept, KEY.attests(&asked.options, lie))
}

fn answers(kept: &str, said: Value) -> Result<Passkey, VerificationError> {
    CEREMONY.register(kept, &RegistrationResponse::parse(said).unwrap(), PasskeyName::default(), NOW)
}

fn holding(passkey: Passkey) -> StoredPasskeys {
    StoredPasskeys([(PASSKEY, passkey)].into())
}

/// Of a passkey that was registered with the truth.
fn signs_in(lie: impl FnOnce(&mut Claims)) -> Result<Assertion, VerificationError> {
    signs_for(CEREMONY.ask_to_sign_in(), &holding(registers(|_| {}).unwrap()), lie)
}

/// As a second factor, of a passkey that was registered otherwise.
fn confirms(
    registered: impl FnOnce(&mut Claims),
    lie: impl FnOnce(&mut Claims),
) -> Result<Assertion, VerificationError> {
    let held = holding(registers(registered).unwrap());
    signs_for(CEREMONY.ask_for(&held).unwrap(), &held, lie)
}

/// By a key whose count is greater than before, unless `lie` says otherwise.
fn signs_for(
    asked: CeremonyStart,
    held: &StoredPasskeys,
    lie: impl FnOnce(&mut Claims),
) -> Result<Assertion, VerificationError> {
    let said = KEY.signs(&asked.options, |claims| {
        claims.count = 8;
        lie(claims);
    });
    CEREMONY.verify(&asked.kept, &AuthenticationResponse::parse(said).unwrap(), &ADA.id, held, NOW)
}

const PASSKEY: PasskeyId = PasskeyId([7; 16]);

fn refused<T>(result: Result<T, VerificationError>) {
    assert_eq!(result.err(), Some(VerificationError::Refused));
}

macro_rules! lies {
    ($answer:expr; $($name:ident: $lie:expr;)*) => {$(
        #[test]
        fn $name() {
            let lie: fn(&mut Claims) = $lie;
            refused($answer(lie));
        }
    )*};
}

#[test]
fn the_truth_registers_and_signs_in() {
    let passkey = registers(|_| {}).unwrap();
    assert_eq!((passkey.sign_count, passkey.backed_up, passkey.created_at), (7, false, NOW));
    let assertion = signs_in(|claims| claims.user_handle = Some(read_id("usr", &ADA.id).unwrap().to_vec())).unwrap();
    assert_eq!((assertion.user_id(), assertion.passkey(), assertion.at()), (&ADA.id[..], PASSKEY, NOW));
    assert_eq!((assertion.sign_count(), assertion.is_verified(), assertion.is_backed_up()), (8, true, false));
    assert_eq!(assertion.amr(), ["hwk", "user"]);
}

lies! { registers;
    what_was_said_to_sign_in_registers_nothing: |claims| claims.client_data["type"] = "webauthn.get".into();
    another_challenge_registers_nothing: |claims| claims.client_data["challenge"] = "A".repeat(43).into();
    another_origin_registers_nothing: |claims| claims.client_data["origin"] = "https://auth.example/".into();
    a_frame_registers_nothing: |claims| claims.client_data["crossOrigin"] = true.into();
    client_data_that_says_nothing_registers_nothing: |claims| claims.client_data = json!({});
    another_relying_party_registers_nothing: |claims| claims.rp_id = "example";
    nobody_registers_anything: |claims| claims.flags &= !PRESENT;
    a_copy_of_what_cannot_be_copied_registers_nothing: |claims| claims.flags |= BACKED_UP;
    no_credential_registers_nothing: |claims| claims.flags = PRESENT;
    an_id_of_1024_bytes_registers_nothing: |claims| is_known_by(claims, &[7; 1024]);
    an_id_that_is_not_the_attested_one_registers_nothing: |claims| claims.attested_id.push(0);
    a_second_id_registers_nothing: |claims| claims.id.push(0);
    bytes_behind_the_key_register_nothing: |claims| claims.extensions = vec![0xa0];
    a_key_that_is_none_registers_nothing: |claims| claims.key = integer(7);
}

lies! { signs_in;
    what_was_said_to_register_signs_nobody_in: |claims| claims.client_data["type"] = "webauthn.create".into();
    another_challenge_signs_nobody_in: |claims| claims.client_data["challenge"] = "A".repeat(43).into();
    another_origin_signs_nobody_in: |claims| claims.client_data["origin"] = "http://auth.example".into();
    a_frame_signs_nobody_in: |claims| claims.client_data["crossOrigin"] = true.into();
    client_data_that_says_nothing_signs_nobody_in: |claims| claims.client_data = json!([]);
    another_relying_party_signs_nobody_in: |claims| claims.rp_id = "example";
    nobody_signs_in: |claims| claims.flags &= !PRESENT;
    an_owner_who_was_not_verified_is_not_signed_in: |claims| claims.flags &= !VERIFIED;
    what_can_be_copied_all_at_once_signs_nobody_in: |claims| claims.flags |= BACKUP_ELIGIBLE;
    a_copy_of_what_cannot_be_copied_signs_nobody_in: |claims| claims.flags |= BACKED_UP;
    a_signature_of_something_else_signs_nobody_in: |claims| claims.signed = vec![0];
    another_credential_signs_nobody_in: |claims| claims.raw_id.push(0);
    bytes_behind_the_data_sign_nobody_in: |claims| claims.extensions = vec![0xa0];
    a_handle_of_somebody_else_signs_nobody_in: |claims| claims.user_handle = Some(vec![7; 16]);
    a_handle_that_is_none_signs_nobody_in: |claims| claims.user_handle = Some(vec![]);
}

fn is_known_by(claims: &mut Claims, id: &[u8]) {
    (claims.id, claims.raw_id, claims.attested_id) = (id.to_vec(), id.to_vec(), id.to_vec());
}

#[test]
fn an_id_of_1023_bytes_is_kept() {
    registers(|claims| is_known_by(claims, &[7; 1023])).unwrap();
}

#[test]
fn extensions_of_an_authenticator_do_no_harm() {
    let extended = |claims: &mut Claims| {
        claims.flags |= EXTENDED;
        claims.extensions = b"\xa1\x6bcredProtect\x02".to_vec();
    };
    registers(extended).unwrap();
    signs_in(extended).unwrap();
}

#[test]
fn what_an_authenticator_attests_unasked_is_not_looked_at() {
    let statement = [&text("fmt")[..], &text("of-the-maker"), &text("attStmt")].concat();
    let deep = [&vec![0x81; 10_000][..], &[0x00]].concat();
    for said in [&b"\xa2\x63alg\x26\x63sig\x40"[..], &deep] {
        let passkey = registers(|claims| claims.attestation = [&statement[..], said].concat()).unwrap();
        assert!(!passkey.credential.contains("maker"));
    }
}

#[test]
fn a_credential_that_is_held_already_is_told_and_refused() {
    let held = holding(registers(|_| {}).unwrap());
    let options = CEREMONY.ask_to_register(&ADA, &held).unwrap().options;
    assert_eq!(options["excludeCredentials"], json!([{ "type": "public-key", "id": "Y3JlZGVudGlhbA" }]));
    refused(registers_beside(&held, |_| {}));
    registers_beside(&held, |claims| is_known_by(claims, b"another")).unwrap();
}

#[test]
fn whoever_is_asked_for_one_of_their_passkeys_is_told_which_and_where() {
    let options = CEREMONY.ask_for(&holding(registers(|_| {}).unwrap())).unwrap().options;
    let known = json!([{ "type": "public-key", "id": "Y3JlZGVudGlhbA", "transports": ["internal", "unknown"] }]);
    assert_eq!((&options["allowCredentials"], &options["userVerification"]), (&known, &json!("preferred")));
}

#[test]
fn as_a_second_factor_only_whoever_was_verified_at_first_must_be_again() {
    let unverified = |claims: &mut Claims| claims.flags &= !VERIFIED;
    refused(confirms(|_| {}, unverified));
    assert!(!confirms(unverified, unverified).unwrap().is_verified());
    assert!(!confirms(unverified, |_| {}).unwrap().is_verified(), "a PIN that was made later counts for nothing");
    assert!(confirms(|_| {}, |_| {}).unwrap().is_verified());
}

#[test]
fn by_itself_a_passkey_signs_in_whoever_is_verified_now_and_was_at_first() {
    let unverified = |claims: &mut Claims| claims.flags &= !VERIFIED;
    let held = holding(registers(unverified).unwrap());
    refused(signs_for(CEREMONY.ask_to_sign_in(), &held, unverified));
    assert!(!signs_for(CEREMONY.ask_to_sign_in(), &held, |_| {}).unwrap().is_verified());
}

#[test]
fn a_passkey_may_be_copied_if_it_said_so_from_the_start() {
    let eligible = |claims: &mut Claims| claims.flags |= BACKUP_ELIGIBLE;
    let copied = |claims: &mut Claims| claims.flags |= BACKUP_ELIGIBLE | BACKED_UP;
    assert!(registers(copied).unwrap().backed_up);
    let assertion = confirms(eligible, copied).unwrap();
    assert_eq!((assertion.is_backed_up(), assertion.amr()), (true, ["swk", "user"]));
    refused(confirms(eligible, |_| {}));
}

#[test]
fn a_count_that_is_not_greater_than_before_is_of_a_clone_unless_neither_counts() {
    let counted = |before, now| confirms(|claims| claims.count = before, |claims| claims.count = now).err();
    for (before, now) in [(7, 7), (7, 6), (7, 0), (u32::MAX, 1)] {
        assert_eq!(counted(before, now), Some(VerificationError::Cloned(PASSKEY)), "{before}, then {now}");
    }
    for (before, now) in [(7, 8), (0, 1), (0, 0)] {
        assert_eq!(counted(before, now), None, "{before}, then {now}");
    }
    let forged = |claims: &mut Claims| (claims.count, claims.signed) = (0, vec![0]);
    refused(confirms(|_| {}, forged));
}

#[test]
fn an_answer_to_one_question_answers_no_other() {
    let (one, other) = (CEREMONY.ask_to_sign_in(), CEREMONY.ask_to_sign_in());
    let mixed = CeremonyStart { options: one.options, kept: other.kept };
    refused(signs_for(mixed, &holding(registers(|_| {}).unwrap()), |_| {}));
}

#[test]
fn nobody_without_a_passkey_signs_in() {
    refused(signs_for(CEREMONY.ask_to_sign_in(), &StoredPasskeys::default(), |_| {}));
}

#[test]
fn what_was_kept_and_cannot_be_read_is_a_fault_of_ours() {
    let asked = CEREMONY.ask_to_register(&ADA, &StoredPasskeys::default()).unwrap();
    let said = KEY.attests(&asked.options, |_| {});
    assert_eq!(answers("{}", said).err(), Some(VerificationError::Unreadable));
    let unreadable = holding(Passkey { credential: "{}".to_owned(), ..registers(|_| {}).unwrap() });
    assert_eq!(CEREMONY.ask_for(&unreadable).err(), Some(VerificationError::Unreadable));
    let asked = CEREMONY.ask_to_sign_in();
    assert_eq!(signs_for(asked, &unreadable, |_| {}).err(), Some(VerificationError::Unreadable));
}

#[test]
fn padded_bytes_are_read() {
    let asked = CEREMONY.ask_to_register(&ADA, &StoredPasskeys::default()).unwrap();
    let mut said = KEY.attests(&asked.options, |_| {});
    (said["id"], said["rawId"]) = ("Y3JlZGVudGlhbA==".into(), "Y3JlZGVudGlhbA==".into());
    answers(&asked.kept, said).unwrap();
}

#[test]
fn a_passkey_is_named_by_its_model_where_the_response_can_be_read() {
    let asked = CEREMONY.ask_to_register(&ADA, &StoredPasskeys::default()).unwrap();
    let name = |said: Value| PasskeyName::by_itself(&RegistrationResponse::parse(said).unwrap(), Some("Phone"));
    let mut said = KEY.attests(&asked.options, |_| {});
    assert_eq!(name(said.clone()).as_str(), "1Password");
    said["response"]["attestationObject"] = "AAAA".into();
    assert_eq!(name(said).as_str(), "Phone");
}

/// The library that did this before wrote these, with the answers of an authenticator: what is under way goes on, what is
/// stored counts, and what is kept and stored anew has the same form.
#[test]
fn what_another_library_wrote_is_read_and_written_again() {
    for (algorithm, written) in [
        ("ES256", include_str!("../../../../../tests/stored/passkeys/es256.json")),
        ("ES384", include_str!("../../../../../tests/stored/passkeys/es384.json")),
        ("RS256", include_str!("../../../../../tests/stored/passkeys/rs256.json")),
    ] {
        let written: Value = serde_json::from_str(written).unwrap();
        let text = |name: &str| written[name].as_str().unwrap();
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let mut passkey = answers(text("asked_to_register"), written["registration"].clone()).unwrap();
        assert_eq!(parsed(&passkey.credential), parsed(text("credential")), "{algorithm}");
        assert_eq!(parsed(&passkey.credential)["cred"]["type_"], algorithm);

        passkey.credential = text("credential").to_owned();
        let signed = AuthenticationResponse::parse(written["authentication"].clone()).unwrap();
        let assertion = CEREMONY.verify(text("asked"), &signed, text("user"), &holding(passkey), NOW).unwrap();
        assert_eq!((assertion.sign_count(), assertion.is_verified()), (2, true), "{algorithm}");

        let held = StoredPasskeys::default();
        for (written, asked) in [
            ("asked_to_register", CEREMONY.ask_to_register(&ADA, &held).unwrap()),
            ("asked", CEREMONY.ask_for(&held).unwrap()),
        ] {
            let mut kept = parsed(&asked.kept);
            kept["challenge"] = parsed(text(written))["challenge"].clone();
            assert_eq!(kept, parsed(text(written)));
        }
    }
}
