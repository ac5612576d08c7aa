//! An authenticator, and the browser before it, as unit tests play them: they say the truth, or what a test wants.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::secret::{base64url, sha256};

/// The authenticator: one passkey for `auth.example`, which verifies its owner.
pub(super) struct SoftwareKey(EcdsaKeyPair);

/// What they say.
pub(super) struct Claims {
    pub client_data: Value,
    pub rp_id: &'static str,
    pub flags: u8,
    pub count: u32,
    pub id: Vec<u8>,
    pub raw_id: Vec<u8>,
    pub attested_id: Vec<u8>,
    /// The COSE_Key.
    pub key: Vec<u8>,
    /// What stands behind all else of the authenticator data: extensions, or what is too much.
    pub extensions: Vec<u8>,
    /// The first two of the three entries of the attestation object.
    pub attestation: Vec<u8>,
    /// What is signed beside the truth.
    pub signed: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
}

impl SoftwareKey {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    /// A `RegistrationResponseJSON`.
    pub fn attests(&self, options: &Value, lie: impl FnOnce(&mut Claims)) -> Value {
        let mut claims = self.claims("webauthn.create", options);
        claims.flags |= ATTESTED;
        lie(&mut claims);
        let object = claims.attestation_object();
        claims.response(json!({ "attestationObject": base64url(&object), "transports": ["internal", "smart-card"] }))
    }

    /// An `AuthenticationResponseJSON`.
    #[expect(clippy::disallowed_methods, reason = "a signature wants randomness of the library's own kind")]
    pub fn signs(&self, options: &Value, lie: impl FnOnce(&mut Claims)) -> Value {
        let mut claims = self.claims("webauthn.get", options);
        lie(&mut claims);
        let data = claims.authenticator_data();
        let signed = [&data[..], &sha256(&claims.client_data()), &claims.signed].concat();
        let signature = self.0.sign(&SystemRandom::new(), &signed).unwrap();
        claims.response(json!({
            "authenticatorData": base64url(&data),
            "signature": base64url(signature.as_ref()),
            "userHandle": claims.user_handle.as_deref().map(base64url),
        }))
    }

    /// The truth.
    pub fn claims(&self, kind: &str, options: &Value) -> Claims {
        let (challenge, origin) = (&options["challenge"], "https://auth.example");
        Claims {
            client_data: json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }),
            rp_id: "auth.example",
            flags: PRESENT | VERIFIED,
            count: 7,
            id: b"credential".to_vec(),
            raw_id: b"credential".to_vec(),
            attested_id: b"credential".to_vec(),
            key: self.cose_key(),
            extensions: Vec::new(),
            attestation: [&text("fmt")[..], &text("none"), &text("attStmt"), &[0xa0]].concat(),
            signed: Vec::new(),
            user_handle: None,
        }
    }

    fn cose_key(&self) -> Vec<u8> {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        cose_key(&[(1, integer(2)), (3, integer(-7)), (-1, integer(1)), (-2, bytes(x)), (-3, bytes(y))])
    }
}

impl Claims {
    pub fn authenticator_data(&self) -> Vec<u8> {
        let mut data = [&sha256(self.rp_id.as_bytes())[..], &[self.flags], &self.count.to_be_bytes()].concat();
        if self.flags & ATTESTED > 0 {
            data.extend(MODEL);
            data.extend(u16::try_from(self.attested_id.len()).unwrap().to_be_bytes());
            data.extend([&self.attested_id[..], &self.key].concat());
        }
        [data, self.extensions.clone()].concat()
    }

    pub fn attestation_object(&self) -> Vec<u8> {
        [&[0xa3], &self.attestation[..], &text("authData"), &bytes(&self.authenticator_data())].concat()
    }

    fn client_data(&self) -> Vec<u8> {
        self.client_data.to_string().into_bytes()
    }

    fn response(&self, mut response: Value) -> Value {
        response["clientDataJSON"] = base64url(&self.client_data()).into();
        let (id, raw_id) = (base64url(&self.id), base64url(&self.raw_id));
        json!({ "id": id, "rawId": raw_id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }
}

/// RFC 9052 section 7.
pub(super) fn cose_key(entries: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let written = entries.iter().flat_map(|(label, value)| [integer(*label), value.clone()].concat());
    [0xa0 + u8::try_from(entries.len()).unwrap()].into_iter().chain(written).collect()
}

/// RFC 8949 section 3.1, major types 0 and 1.
pub(super) fn integer(number: i64) -> Vec<u8> {
    let (head, rest) = if number < 0 { (0x39, -1 - number) } else { (0x19, number) };
    [&[head], &u16::try_from(rest).unwrap().to_be_bytes()[..]].concat()
}

/// Major type 2.
pub(super) fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&[0x59], &u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

/// Major type 3, of a short text.
pub(super) fn text(text: &str) -> Vec<u8> {
    [&[0x60 + u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// Flags of authenticator data (WebAuthn section 6.1).
pub(super) const PRESENT: u8 = 1;
pub(super) const VERIFIED: u8 = 1 << 2;
pub(super) const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub(super) const BACKED_UP: u8 = 1 << 4;
pub(super) const ATTESTED: u8 = 1 << 6;
pub(super) const EXTENDED: u8 = 1 << 7;

/// 1Password, as it happens.
pub(super) const MODEL: [u8; 16] = *b"\xba\xda\x55\x66\xa7\xaa\x40\x1f\xbd\x96\x45\x61\x9a\x55\x12\x0d";
