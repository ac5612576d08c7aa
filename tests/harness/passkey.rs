//! A software authenticator (WebAuthn Level 3 section 6), as strict or as false as a test wants it, and the person who
//! uses it.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Answer, Call, SessionTokens, Stack, Visitor};

/// Where passkeys are kept.
pub const PASSKEYS: &str = "/v1/auth/passkeys";

/// One passkey, in an authenticator that verifies its owner, counts, and copies nothing.
pub struct VirtualPasskey {
    key: EcdsaKeyPair,
    pub credential_id: Vec<u8>,
    /// The user handle: the id of the person whose passkey this is.
    pub handle: Vec<u8>,
    count: AtomicU32,
    /// By what the service knows it.
    pub id: String,
}

/// What an authenticator, and the browser before it, say: the truth, unless a test says otherwise.
#[derive(Clone)]
pub struct Said {
    pub kind: &'static str,
    pub origin: String,
    pub challenge: String,
    pub cross_origin: Value,
    pub rp_id: String,
    pub present: bool,
    pub verified: bool,
    pub backup_eligible: bool,
    pub backed_up: bool,
    pub count: u32,
    pub credential_id: Vec<u8>,
    pub handle: Option<Vec<u8>>,
    /// Whether the signature is altered on the way.
    pub tampered: bool,
}

impl Said {
    fn new(kind: &'static str, origin: &str, question: &Value, passkey: &VirtualPasskey) -> Self {
        Self {
            kind,
            origin: origin.to_owned(),
            challenge: question["publicKey"]["challenge"].as_str().unwrap().to_owned(),
            cross_origin: json!(false),
            rp_id: "localhost".to_owned(),
            present: true,
            verified: true,
            backup_eligible: false,
            backed_up: false,
            count: passkey.count.fetch_add(1, Ordering::Relaxed) + 1,
            credential_id: passkey.credential_id.clone(),
            handle: Some(passkey.handle.clone()),
            tampered: false,
        }
    }

    /// What the browser collected (section 5.8.1).
    fn client_data(&self) -> Vec<u8> {
        let data = json!({
            "type": self.kind,
            "challenge": self.challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        data.to_string().into_bytes()
    }

    /// Section 6.1: the hash of the relying party's id, flags, and the counter.
    fn authenticator_data(&self, attested: bool) -> Vec<u8> {
        let flags =
            [(self.present, 0), (self.verified, 2), (self.backup_eligible, 3), (self.backed_up, 4), (attested, 6)];
        let flags = flags.iter().map(|(set, bit)| u8::from(*set) << bit).sum();
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.count.to_be_bytes());
        data
    }
}

impl VirtualPasskey {
    /// A fresh one for what is asked; nobody knows it yet.
    pub fn made_for(question: &Value) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(1);
        let handle = question["publicKey"]["user"]["id"].as_str().map(|id| URL_SAFE_NO_PAD.decode(id).unwrap());
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        Self {
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap(),
            credential_id: format!("credential-{}-{number}", std::process::id()).into_bytes(),
            handle: handle.unwrap_or_default(),
            count: AtomicU32::new(0),
            id: String::new(),
        }
    }

    /// A `RegistrationResponseJSON`, without attestation.
    pub fn attests(&self, stack: &Stack, question: &Value, lie: impl Fn(&mut Said)) -> Value {
        self.attests_at(&stack.url, question, lie)
    }

    /// The same at a page of that origin.
    pub fn attests_at(&self, origin: &str, question: &Value, lie: impl Fn(&mut Said)) -> Value {
        let mut said = Said::new("webauthn.create", origin, question, self);
        lie(&mut said);
        let mut data = said.authenticator_data(true);
        data.extend([0; 16]);
        data.extend(u16::try_from(said.credential_id.len()).unwrap().to_be_bytes());
        data.extend(&said.credential_id);
        data.extend(self.cose_key());
        let mut object = vec![0xa3];
        object.extend([&text("fmt")[..], &text("none"), &text("attStmt"), &[0xa0], &text("authData")].concat());
        object.extend(bytes(&data));
        self.response(&said, json!({ "attestationObject": base64url(&object), "transports": ["internal"] }))
    }

    /// An `AuthenticationResponseJSON`.
    pub fn signs(&self, stack: &Stack, question: &Value, lie: impl Fn(&mut Said)) -> Value {
        self.signs_at(&stack.url, question, lie)
    }

    /// The same at a page of that origin.
    pub fn signs_at(&self, origin: &str, question: &Value, lie: impl Fn(&mut Said)) -> Value {
        let mut said = Said::new("webauthn.get", origin, question, self);
        lie(&mut said);
        let data = said.authenticator_data(false);
        let signed = [data.clone(), digest(&SHA256, &said.client_data()).as_ref().to_vec()].concat();
        let mut signature = self.key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec();
        if said.tampered {
            *signature.last_mut().unwrap() ^= 1;
        }
        let handle = said.handle.as_deref().map(base64url);
        let response = json!({
            "authenticatorData": base64url(&data),
            "signature": base64url(&signature),
            "userHandle": handle,
        });
        self.response(&said, response)
    }

    fn response(&self, said: &Said, mut response: Value) -> Value {
        response["clientDataJSON"] = base64url(&said.client_data()).into();
        let id = base64url(&said.credential_id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        })
    }

    /// RFC 9053 section 7.1.1: an ES256 key over P-256.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
        key.extend(bytes(x));
        key.push(0x22);
        key.extend(bytes(y));
        key
    }
}

/// RFC 8949 section 3.1, major type 3, of a short text.
fn text(text: &str) -> Vec<u8> {
    [&[0x60 + u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// RFC 8949 section 3.1, major type 2.
fn bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0x59, length[0], length[1]], bytes].concat()
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Visitor<'_> {
    /// What an authenticator is asked for that is to make a passkey.
    pub async fn is_asked_to_register(&self, session: &SessionTokens, body: Value) -> Answer {
        self.send(Call::post(format!("{PASSKEYS}/registration")).bearer(&session.access_token).json(&body)).await
    }

    pub async fn registers(&self, session: &SessionTokens, question: &Value, credential: Value) -> Answer {
        self.registers_with(session, question, credential, json!({})).await
    }

    pub async fn registers_with(
        &self,
        session: &SessionTokens,
        question: &Value,
        credential: Value,
        further: Value,
    ) -> Answer {
        let mut body = json!({ "requestId": question["requestId"], "credential": credential });
        body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        self.send(Call::post(PASSKEYS).bearer(&session.access_token).json(&body)).await
    }

    /// Makes a passkey for the person whose session this is. Gives what the service said, too.
    pub async fn adds_passkey(&self, session: &SessionTokens) -> (VirtualPasskey, Value) {
        self.adds_passkey_that(session, |_| {}).await
    }

    /// The same with an authenticator that says something else.
    pub async fn adds_passkey_that(&self, session: &SessionTokens, lie: impl Fn(&mut Said)) -> (VirtualPasskey, Value) {
        let question = self.is_asked_to_register(session, json!({})).await.data();
        let mut passkey = VirtualPasskey::made_for(&question);
        let credential = passkey.attests(self.stack, &question, lie);
        let data = self.registers(session, &question, credential).await.data();
        passkey.id = data["passkey"]["id"].as_str().unwrap().to_owned();
        (passkey, data)
    }

    pub async fn lists_passkeys(&self, session: &SessionTokens) -> Answer {
        self.send(Call::get(PASSKEYS).bearer(&session.access_token)).await
    }

    pub async fn removes_passkey(&self, session: &SessionTokens, id: &str, body: Value) -> Answer {
        self.send(Call::delete(format!("{PASSKEYS}/{id}")).bearer(&session.access_token).json(&body)).await
    }

    /// What whoever has a passkey is asked to sign.
    pub async fn is_asked_for_a_passkey(&self) -> Value {
        self.send(Call::post(format!("{PASSKEYS}/challenge"))).await.data()
    }

    pub async fn signs_in_by(&self, question: &Value, credential: Value) -> Answer {
        self.send(Self::signing_in_by(question, credential)).await
    }

    pub fn signing_in_by(question: &Value, credential: Value) -> Call {
        let body = json!({ "requestId": question["requestId"], "credential": credential });
        Call::post(format!("{PASSKEYS}/sign-in")).json(&body)
    }

    /// Signs in by a passkey alone.
    pub async fn signs_in_by_passkey(&self, passkey: &VirtualPasskey) -> SessionTokens {
        let question = self.is_asked_for_a_passkey().await;
        let credential = passkey.signs(self.stack, &question, |_| {});
        SessionTokens::of(&self.signs_in_by(&question, credential).await.data())
    }
}
