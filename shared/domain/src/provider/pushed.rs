//! Pushed authorization requests (RFC 9126): the provider is told what a person is to be asked, and they take along no more
//! than a name for it. Somebody else sends the request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::client_auth::RequestAuth;
use super::provider_error::ProviderError;
use crate::secret::Secret;

/// A request that has to be pushed before a person leaves.
#[derive(Debug)]
pub struct Push {
    form: Form,
    authorize_url: Url,
    client_id: String,
}

/// A form that is sent to a provider.
#[derive(Debug)]
pub struct Form {
    /// The URL that the form is sent to.
    pub url: String,
    /// What the header `Authorization` says.
    pub authorization: Option<Secret>,
    /// Its fields, encoded.
    pub body: Secret,
}

/// What a provider answered to a form.
#[derive(Debug)]
pub struct FormResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Push {
    /// Pushes to `push_url` what `request` asks at the authorization endpoint `authorize_url` (section 2.1).
    pub(super) fn new(push_url: &str, authorize_url: Url, request: &Url, client_id: &str, shown: &RequestAuth) -> Self {
        let mut fields = form_urlencoded::Serializer::new(String::new());
        fields.extend_pairs(request.query_pairs());
        let authorization = match shown {
            RequestAuth::Basic(secret) => Some(basic(client_id, secret)),
            RequestAuth::Fields(more) => {
                fields.extend_pairs(more.iter().map(|(name, value)| (name, value.reveal())));
                None
            }
        };
        let form = Form { url: push_url.to_owned(), authorization, body: Secret::new(fields.finish()) };
        Self { form, authorize_url, client_id: client_id.to_owned() }
    }

    /// What to send.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Where the person goes, once the provider has `answered` (section 4).
    ///
    /// # Errors
    ///
    /// Why it did not take the request, in its own words; for the log.
    pub fn leads_to(&self, answered: &FormResponse) -> Result<String, String> {
        if !matches!(answered.status, 200 | 201) {
            let told: Option<PushError> = serde_json::from_slice(&answered.body).ok();
            let told = told.map(|told| ProviderError::new(&told.error, told.error_description.as_deref()).to_string());
            let told = told.map(|told| format!(": {told}")).unwrap_or_default();
            return Err(format!("the pushed request was refused with status {}{told}", answered.status));
        }
        let taken: PushedResponse = serde_json::from_slice(&answered.body)
            .map_err(|_| "the pushed request was answered without a request_uri".to_owned())?;
        let mut url = self.authorize_url.clone();
        url.query_pairs_mut().append_pair("client_id", &self.client_id).append_pair("request_uri", &taken.request_uri);
        Ok(url.into())
    }
}

#[derive(Deserialize)]
struct PushedResponse {
    request_uri: String,
}

#[derive(Deserialize)]
struct PushError {
    error: String,
    error_description: Option<String>,
}

/// RFC 6749 section 2.3.1: both halves are encoded before they are joined.
fn basic(client_id: &str, secret: &Secret) -> Secret {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret.reveal())))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(shown: &RequestAuth) -> Push {
        let request = Url::parse("https://idp.example/auth?x=1&client_id=us&scope=openid%20email&state=s1").unwrap();
        let authorize_url = Url::parse("https://idp.example/auth?x=1").unwrap();
        Push::new("https://idp.example/par", authorize_url, &request, "us", shown)
    }

    #[test]
    fn the_whole_request_is_pushed_with_what_shows_that_it_is_ours() {
        let asked = "x=1&client_id=us&scope=openid+email&state=s1";
        let by_header = push(&RequestAuth::Basic(Secret::new("a b:c")));
        assert_eq!(by_header.form().url, "https://idp.example/par");
        assert_eq!(by_header.form().body.reveal(), asked);
        // base64 of us:a+b%3Ac
        assert_eq!(by_header.form().authorization.as_ref().unwrap().reveal(), "Basic dXM6YStiJTNBYw==");
        let in_form = push(&RequestAuth::Fields(vec![("client_secret", Secret::new("a b:c"))]));
        assert_eq!(in_form.form().body.reveal(), format!("{asked}&client_secret=a+b%3Ac"));
        assert_eq!(in_form.form().authorization, None);
    }

    #[test]
    fn a_person_takes_along_who_asks_and_the_name_of_the_request() {
        let push = push(&RequestAuth::Fields(Vec::new()));
        for status in [200, 201] {
            let answered = FormResponse { status, body: br#"{"request_uri": "urn:x:1&y", "expires_in": 60}"#.to_vec() };
            let url = push.leads_to(&answered).unwrap();
            assert_eq!(url, "https://idp.example/auth?x=1&client_id=us&request_uri=urn%3Ax%3A1%26y");
        }
    }

    #[test]
    fn a_push_that_failed_says_why_in_the_providers_words() {
        let push = push(&RequestAuth::Fields(Vec::new()));
        for (status, body, problem) in [
            (
                400,
                r#"{"error": "invalid_request", "error_description": "no\nway"}"#,
                "status 400: \"invalid_request\" (no way)",
            ),
            (500, "<html>", "status 500"),
            (302, r#"{"request_uri": "urn:x"}"#, "status 302"),
            (201, r#"{"expires_in": 60}"#, "answered without a request_uri"),
        ] {
            let told = push.leads_to(&FormResponse { status, body: body.as_bytes().to_vec() }).unwrap_err();
            assert!(told.ends_with(problem), "{told}");
        }
    }
}
