//! What every contract wants of a passkey: what an authenticator answers, and a name.

use serde_json::{Value, json};

use domain::passkey::PasskeyName;
use domain::passkey::ceremony::{AuthenticationResponse, RegistrationResponse};
use domain::passkey::challenge::CeremonyResponse;
use domain::request::device::Device;

use super::request::{Field, Request, Text};

/// What a passkey is called that nobody gave a name.
pub(super) fn by_itself(request: &Request, answered: &CeremonyResponse<RegistrationResponse>) -> PasskeyName {
    let device = request.caller().client.as_deref().and_then(Device::read);
    let device = device.and_then(|device| device.told(request.language()));
    PasskeyName::by_itself(&answered.presented, device.as_deref())
}

impl Text for PasskeyName {
    const MUST_BE: &'static str = "1 to 64 characters without control characters";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Field for RegistrationResponse {
    fn read(value: Value) -> Result<Self, &'static str> {
        Self::parse(value).ok_or(REGISTRATION)
    }

    fn schema() -> Value {
        json!({"type": "object", "description": REGISTRATION})
    }
}

impl Field for AuthenticationResponse {
    fn read(value: Value) -> Result<Self, &'static str> {
        Self::parse(value).ok_or(AUTHENTICATION)
    }

    fn schema() -> Value {
        json!({"type": "object", "description": AUTHENTICATION})
    }
}

const AUTHENTICATION: &str = "an AuthenticationResponseJSON (WebAuthn Level 3 section 5.1)";

const REGISTRATION: &str = "a RegistrationResponseJSON (WebAuthn Level 3 section 5.1)";
