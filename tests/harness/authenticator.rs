//! An authenticator app, by RFC 6238 and not by our own library, and the recovery codes beside it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::{Answer, Call, SessionTokens, Visitor, now};

/// Where a second factor is shown and set up.
pub const SECOND_FACTOR: &str = "/v1/auth/second-factor";

/// What somebody keeps who has set up a second factor.
#[derive(Debug)]
pub struct Authenticator {
    secret: String,
    seed: Vec<u8>,
    /// The step of the last code that was handed out: the service takes no older one.
    last: AtomicI64,
    pub recovery_codes: Vec<String>,
}

impl Authenticator {
    /// The app into which this was typed.
    pub fn of(secret: &str) -> Self {
        Self {
            secret: secret.to_owned(),
            seed: from_base32(secret),
            last: AtomicI64::new(0),
            recovery_codes: Vec::new(),
        }
    }

    /// What was typed into it.
    pub fn secret(&self) -> String {
        self.secret.clone()
    }

    /// A code that counts now and was not handed out before. The service takes the code of a step's neighbours, too, so
    /// that three in a row are there at once; whoever wants more waits.
    pub async fn code(&self) -> String {
        // Near its end, a step may be over when its code arrives.
        let oldest = (now() + 5) / STEP - 1;
        let step = oldest.max(self.last.load(Ordering::Relaxed) + 1);
        self.last.store(step, Ordering::Relaxed);
        while step > now() / STEP + 1 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.at(step)
    }

    /// The code that was handed out last.
    pub fn last_code(&self) -> String {
        self.at(self.last.load(Ordering::Relaxed))
    }

    /// A code that is wrong now, whatever second it is.
    pub fn wrong_code(&self) -> String {
        let around = now() / STEP;
        let right: Vec<_> = (around - 2..=around + 2).map(|step| self.at(step)).collect();
        (0..10).map(|digit| format!("{digit:06}")).find(|code| !right.contains(code)).unwrap()
    }

    /// The code of the step that is so many away from the present one.
    pub fn code_of_step(&self, away: i64) -> String {
        self.at(now() / STEP + away)
    }

    /// RFC 4226 section 5.3.
    fn at(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.seed);
        let mac = hmac::sign(&key, &step.to_be_bytes());
        let mac = mac.as_ref();
        let offset = usize::from(mac[19] & 0xf);
        let number = u32::from_be_bytes(mac[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

impl Visitor<'_> {
    /// Sets up an authenticator app for the person whose session this is.
    pub async fn enrols(&self, session: &SessionTokens) -> Authenticator {
        let shown = self.is_shown_a_seed(session, json!({})).await.data();
        let mut app = Authenticator::of(shown["secret"].as_str().unwrap());
        app.recovery_codes = codes_of(&self.confirms(session, &app.code().await).await.data());
        app
    }

    pub async fn is_shown_a_seed(&self, session: &SessionTokens, body: Value) -> Answer {
        self.send(Call::post(format!("{SECOND_FACTOR}/totp")).bearer(&session.access_token).json(&body)).await
    }

    pub async fn confirms(&self, session: &SessionTokens, code: &str) -> Answer {
        self.with_code("POST", "/totp/confirm", session, code).await
    }

    pub async fn removes_factor(&self, session: &SessionTokens, code: &str) -> Answer {
        self.with_code("DELETE", "/totp", session, code).await
    }

    pub async fn renews_recovery_codes(&self, session: &SessionTokens, code: &str) -> Answer {
        self.with_code("POST", "/recovery-codes", session, code).await
    }

    pub async fn steps_up(&self, session: &SessionTokens, code: &str) -> Answer {
        self.with_code("POST", "/step-up", session, code).await
    }

    async fn with_code(&self, method: &'static str, path: &str, session: &SessionTokens, code: &str) -> Answer {
        let call = Call::new(method, format!("{SECOND_FACTOR}{path}")).bearer(&session.access_token);
        self.send(call.json(&json!({ "code": code }))).await
    }

    /// Answers the question for a second factor.
    pub async fn completes(&self, partial: &str, code: &str) -> Answer {
        self.send(completing(partial, code)).await
    }
}

/// The answer to the question for a second factor, ready to be sent.
pub fn completing(partial: &str, code: &str) -> Call {
    Call::post(SECOND_FACTOR).json(&json!({ "sessionId": partial, "code": code }))
}

/// What says that a second factor is due.
pub fn second_factor_due() -> Value {
    json!({
        "secondFactorRequired": true,
        "sessionId": "<session>",
        "expiresAt": "<time>",
        "methods": ["totp", "recovery_code"],
    })
}

pub fn codes_of(data: &Value) -> Vec<String> {
    let codes = data["recoveryCodes"].as_array().unwrap_or_else(|| panic!("no recovery codes in {data}"));
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// RFC 4648 section 6, without padding.
fn from_base32(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => u32::from(letter - b'A'),
        b'2'..=b'7' => u32::from(letter - b'2') + 26,
        _ => panic!("{text} is not base32"),
    };
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0, 0);
    for letter in text.bytes() {
        bits = bits << 5 | value(letter);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}

const STEP: i64 = 30;
