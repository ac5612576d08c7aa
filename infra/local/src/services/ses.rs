//! SES v2's `SendEmail`, delivering into the local mailbox.

use serde_json::{Value, json};

use super::error::ServiceError;
use crate::clock;
use crate::mailbox::{Mail, Mailbox};
use crate::random;

/// The path of `SendEmail`.
pub const SEND_EMAIL: &str = "/v2/email/outbound-emails";

/// Takes a mail with simple content.
pub fn send_email(mailbox: &Mailbox, request: &Value) -> Result<Value, ServiceError> {
    let simple = &request["Content"]["Simple"];
    let text = |pointer: &str| simple.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let recipients: Vec<&str> = ["ToAddresses", "CcAddresses", "BccAddresses"]
        .iter()
        .flat_map(|kind| request["Destination"][kind].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let sender = request["FromEmailAddress"].as_str().filter(|sender| !sender.is_empty());
    let (Some(from), Some(subject), false) = (sender, text("/Subject/Data"), recipients.is_empty()) else {
        return Err(bad_request("a sender, a recipient and simple content with a subject are needed"));
    };
    let (plain, html) = (text("/Body/Text/Data"), text("/Body/Html/Data"));
    if plain.is_none() && html.is_none() {
        return Err(bad_request("the mail has no body"));
    }
    if let Some(address) = recipients.iter().find(|address| !address.contains('@')) {
        return Err(bad_request(&format!("{address} is not an address")));
    }
    let id = random::uuid().map_err(|failure| ServiceError::new("InternalServiceError", failure.to_string()))?;
    mailbox.deliver(Mail {
        id: id.clone(),
        from: from.to_owned(),
        to: recipients.join(", "),
        subject,
        text: plain.unwrap_or_default(),
        html: html.unwrap_or_default(),
        sent_at: clock::rfc3339(clock::since_epoch()),
    });
    Ok(json!({"MessageId": id}))
}

fn bad_request(message: &str) -> ServiceError {
    ServiceError::new("BadRequestException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Value {
        json!({
            "FromEmailAddress": "Doorward <no-reply@localhost.localdomain>",
            "Destination": {"ToAddresses": ["a@example.com"]},
            "Content": {"Simple": {
                "Subject": {"Data": "Your link"},
                "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<p>html</p>"}},
            }},
        })
    }

    #[test]
    fn a_mail_lands_in_the_mailbox_newest_first() {
        let mailbox = Mailbox::default();
        let first = send_email(&mailbox, &request()).unwrap();
        let mut second = request();
        second["Destination"]["ToAddresses"] = json!(["b@example.com"]);
        assert_ne!(send_email(&mailbox, &second).unwrap(), first);
        let mails = serde_json::to_value(mailbox.mails(None)).unwrap();
        assert_eq!((&mails[0]["to"], &mails[1]["to"]), (&json!("b@example.com"), &json!("a@example.com")));
        assert_eq!(mails[1]["subject"], "Your link");
        assert!(mails[1]["sentAt"].is_string());
    }

    #[test]
    fn a_mail_to_nobody_or_without_a_body_is_refused() {
        for (pointer, value) in [
            ("/Destination/ToAddresses", json!([])),
            ("/Destination/ToAddresses", json!(["nobody"])),
            ("/Content/Simple/Body", json!({})),
            ("/FromEmailAddress", json!("")),
        ] {
            let mut request = request();
            *request.pointer_mut(pointer).unwrap() = value;
            assert!(send_email(&Mailbox::default(), &request).is_err(), "{pointer}");
        }
    }
}
