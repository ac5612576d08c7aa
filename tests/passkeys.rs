//! Passkeys: registering them, signing in by one, and showing one as a second factor (WebAuthn Level 3).

mod keeping;
mod registration;
mod second_factor;
mod sign_in;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Call, Person, SECOND_FACTOR, ServiceStack, SessionTokens, VirtualPasskey, Visitor, codes_of, now,
};
use crate::lies::LIES;

/// Somebody with a passkey.
pub struct Holder<'a> {
    pub visitor: Visitor<'a>,
    pub person: Person,
    /// The session in which the passkey was made.
    pub session: SessionTokens,
    pub passkey: VirtualPasskey,
    pub recovery_codes: Vec<String>,
}

impl<'a> Holder<'a> {
    pub async fn at(visitor: Visitor<'a>) -> Self {
        let person = Person::new();
        let session = visitor.signs_in(&person).await;
        let (passkey, data) = visitor.adds_passkey(&session).await;
        Self { visitor, person, session, passkey, recovery_codes: codes_of(&data) }
    }

    /// Signs in as far as the question for the second factor. Gives the partial session.
    pub async fn comes_halfway(&self) -> String {
        let started = self.visitor.starts("honest").await;
        let code = LIES.code(&started, &self.person, |_| {});
        let data = self.visitor.callback(&started, &code).await.gives(passkey_due());
        data["sessionId"].as_str().unwrap().to_owned()
    }

    /// What the passkey says to a question.
    pub fn signs(&self, question: &Value) -> Value {
        self.passkey.signs(self.visitor.stack, question, |_| {})
    }

    /// The subjects of the mails to this person, the newest first.
    pub async fn notices(&self) -> Vec<String> {
        let mails = self.visitor.stack.mails_to(&self.person.email).await;
        mails.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
    }
}

/// What says that a passkey is due.
pub fn passkey_due() -> Value {
    json!({
        "secondFactorRequired": true,
        "sessionId": "<session>",
        "expiresAt": "<time>",
        "methods": ["passkey", "recovery_code"],
    })
}

impl Visitor<'_> {
    /// What somebody halfway in is asked to sign.
    pub async fn is_asked_for_second_factor(&self, partial: &str) -> Answer {
        self.post(&format!("{SECOND_FACTOR}/passkey/challenge"), json!({ "sessionId": partial })).await
    }

    pub async fn completes_by(&self, partial: &str, question: &Value, credential: Value) -> Answer {
        self.send(completing_by(partial, question, credential)).await
    }

    /// What somebody is asked to sign who wants their session to be fresh.
    pub async fn is_asked_to_step_up(&self, session: &SessionTokens) -> Answer {
        self.send(Call::post(format!("{SECOND_FACTOR}/step-up/passkey/challenge")).bearer(&session.access_token)).await
    }

    pub async fn renews_codes_without_any(&self, session: &SessionTokens) -> Answer {
        let call = Call::post(format!("{SECOND_FACTOR}/recovery-codes")).bearer(&session.access_token);
        self.send(call.json(&json!({}))).await
    }

    pub async fn steps_up_by(&self, session: &SessionTokens, question: &Value, credential: Value) -> Answer {
        let body = json!({ "requestId": question["requestId"], "credential": credential });
        let call = Call::post(format!("{SECOND_FACTOR}/step-up/passkey")).bearer(&session.access_token);
        self.send(call.json(&body)).await
    }
}

/// The answer to the question for a passkey, ready to be sent.
pub fn completing_by(partial: &str, question: &Value, credential: Value) -> Call {
    let body = json!({ "sessionId": partial, "requestId": question["requestId"], "credential": credential });
    Call::post(format!("{SECOND_FACTOR}/passkey")).json(&body)
}

/// The time of a question is over.
pub async fn expires(services: &ServiceStack, question: &Value) {
    let hash = digest(&SHA256, question["requestId"].as_str().unwrap().as_bytes());
    let key = format!("passkey#{}", URL_SAFE_NO_PAD.encode(hash.as_ref()));
    services.sets("SignIns", &key, "valid_until", now()).await;
}

/// Everything that can be done with a passkey, once.
pub async fn everything(visitor: &Visitor<'_>) {
    let holder = Holder::at(*visitor).await;
    let session = visitor.signs_in_by_passkey(&holder.passkey).await;
    let question = visitor.is_asked_to_step_up(&session).await.data();
    visitor.steps_up_by(&session, &question, holder.signs(&question)).await.data();
    let partial = holder.comes_halfway().await;
    let question = visitor.is_asked_for_second_factor(&partial).await.data();
    visitor.completes_by(&partial, &question, holder.signs(&question)).await.data();
    visitor.lists_passkeys(&session).await.data();
    visitor.removes_passkey(&session, &holder.passkey.id, json!({})).await.data();
}
