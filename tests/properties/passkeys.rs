//! What an authenticator says, with a byte of it changed, or made of nothing but chance.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use domain::account::User;
use domain::account::email::EmailAddress;
use domain::account::proof::Proof;
use domain::clock::Timestamp;
use domain::passkey::ceremony::{AuthenticationResponse, Ceremony, RegistrationResponse};
use domain::passkey::{PasskeyId, PasskeyName, RelyingParty, StoredPasskeys};

use crate::harness::VirtualPasskey;

const ORIGIN: &str = "https://auth.example";
const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

/// Somebody with a passkey, what it is asked, and what it says.
struct Scene {
    ceremony: Ceremony,
    user_id: String,
    held: StoredPasskeys,
    asked: String,
    signed: Value,
    asked_to_register: String,
    attested: Value,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let relying_party =
        RelyingParty { id: "auth.example".into(), name: "Acme".into(), origins: vec![ORIGIN.to_owned()] };
    let ceremony = Ceremony::new(&relying_party);
    let user = User::sign_up(&Proof::Mailbox(EmailAddress::parse("ada@example.com").unwrap()), "user", NOW);
    let asked = ceremony.ask_to_register(&user, &StoredPasskeys::default()).unwrap();
    let question = json!({ "publicKey": asked.options });
    let passkey = VirtualPasskey::made_for(&question);
    let attested = passkey.attests_at(ORIGIN, &question, |said| said.rp_id = "auth.example".to_owned());
    let attestation = RegistrationResponse::parse(attested.clone()).unwrap();
    let kept = ceremony.register(&asked.kept, &attestation, PasskeyName::parse("Passkey").unwrap(), NOW).unwrap();
    let held = serde_json::from_value(json!({ PasskeyId::random().to_string(): kept })).unwrap();
    let asked_to_sign_in = ceremony.ask_to_sign_in();
    let question = json!({ "publicKey": asked_to_sign_in.options });
    let signed = passkey.signs_at(ORIGIN, &question, |said| said.rp_id = "auth.example".to_owned());
    Scene {
        ceremony,
        user_id: user.id.clone(),
        held,
        asked: asked_to_sign_in.kept,
        signed,
        asked_to_register: asked.kept,
        attested,
    }
});

impl Scene {
    fn is_taken(&self, signed: Value) -> bool {
        let Some(presented) = AuthenticationResponse::parse(signed) else { return false };
        self.ceremony.verify(&self.asked, &presented, &self.user_id, &self.held, NOW).is_ok()
    }

    fn is_kept(&self, attested: Value) -> bool {
        let Some(attestation) = RegistrationResponse::parse(attested) else { return false };
        self.ceremony
            .register(&self.asked_to_register, &attestation, PasskeyName::parse("Passkey").unwrap(), NOW)
            .is_ok()
    }
}

#[test]
fn what_the_authenticator_really_said_is_taken() {
    assert!(SCENE.is_taken(SCENE.signed.clone()));
    assert!(SCENE.is_kept(SCENE.attested.clone()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_signature_with_one_byte_changed_is_none(
        part in "(authenticatorData|clientDataJSON|signature)",
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let mut signed = SCENE.signed.clone();
        let bytes = &mut signed["response"][&part];
        *bytes = with_change(bytes, at, change);
        prop_assert!(!SCENE.is_taken(signed));
    }

    #[test]
    fn bytes_that_no_authenticator_said_are_refused_and_never_a_disaster(
        part in "(authenticatorData|clientDataJSON|signature|userHandle)",
        bytes in any::<Vec<u8>>(),
    ) {
        let mut signed = SCENE.signed.clone();
        signed["response"][&part] = URL_SAFE_NO_PAD.encode(bytes).into();
        prop_assert!(!SCENE.is_taken(signed));
    }

    #[test]
    fn no_attestation_whatever_is_a_disaster(
        part in "(attestationObject|clientDataJSON)",
        bytes in any::<Vec<u8>>(),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let mut attested = SCENE.attested.clone();
        attested["response"][&part] = URL_SAFE_NO_PAD.encode(bytes).into();
        prop_assert!(!SCENE.is_kept(attested));
        let mut attested = SCENE.attested.clone();
        let bytes = &mut attested["response"][&part];
        *bytes = with_change(bytes, at, change);
        // Some bytes mean nothing to anybody: the make of the authenticator, for one.
        let _ = SCENE.is_kept(attested);
    }
}

fn with_change(encoded: &Value, at: prop::sample::Index, change: u8) -> Value {
    let mut bytes = URL_SAFE_NO_PAD.decode(encoded.as_str().unwrap()).unwrap();
    let at = at.index(bytes.len());
    bytes[at] ^= change;
    URL_SAFE_NO_PAD.encode(bytes).into()
}
