//! The mail that carries an invite.

use std::time::Duration;

use super::Mail;
use crate::secret::Secret;

/// Writes the mail for an invite whose link is `url` and good for `lifetime`, in the name of `brand`.
pub fn compose(brand: &str, url: &Secret, lifetime: Duration) -> Mail {
    let url = url.reveal();
    let lifetime = spelled(lifetime);
    let (html_brand, html_url) = (escape(brand), escape(url));
    Mail {
        subject: format!("You are invited to {brand}"),
        text: format!(
            "You are invited to {brand}\n\nOpen this link to accept:\n\n{url}\n\nIt works once, within {lifetime}, and it is \
             yours alone: whoever has it can join in your place. If you did not expect this, ignore this mail.\n"
        ),
        html: format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>You are invited to {html_brand}</title>
</head>
<body style="margin:0;padding:32px 16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:28rem;margin:0 auto">
<h1 style="font-size:22px;margin:0 0 16px">You are invited to {html_brand}</h1>
<p style="margin:0 0 24px">Press the button to accept. It works once, within {lifetime}, and it is yours alone: whoever has it can join in your place.</p>
<p style="margin:0 0 24px"><a href="{html_url}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1f4fd8;color:#ffffff;text-decoration:none;font-weight:600">Accept the invitation</a></p>
<p style="margin:0 0 8px;font-size:14px">Or copy this address into your browser:</p>
<p style="margin:0 0 24px;font-size:14px;word-break:break-all">{html_url}</p>
<p style="margin:0;font-size:14px">If you did not expect this, ignore this mail.</p>
</div>
</body>
</html>
"#
        ),
    }
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// A span in the largest unit that it fills.
fn spelled(span: Duration) -> String {
    let (length, unit) = match span.as_secs() {
        seconds if seconds >= DAY => (seconds / DAY, "day"),
        seconds if seconds >= HOUR => (seconds / HOUR, "hour"),
        seconds => (seconds.div_ceil(60).max(1), "minute"),
    };
    format!("{length} {unit}{}", if length == 1 { "" } else { "s" })
}

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_shows_its_link_in_text_and_html() {
        let week = Duration::from_secs(7 * DAY);
        let mail = compose("Acme", &Secret::new("https://app.example/in?a=1&invite_token=t"), week);
        assert_eq!(mail.subject, "You are invited to Acme");
        assert!(mail.text.contains("\nhttps://app.example/in?a=1&invite_token=t\n"), "{}", mail.text);
        assert!(mail.text.contains("within 7 days,"), "{}", mail.text);
        assert!(mail.html.contains(r#"href="https://app.example/in?a=1&amp;invite_token=t""#), "{}", mail.html);
    }

    #[test]
    fn nothing_that_is_put_in_can_become_markup() {
        let mail = compose("<b>A</b>", &Secret::new("https://app.example/\"><script>"), Duration::from_secs(HOUR));
        assert!(!mail.html.contains("<b>") && !mail.html.contains("<script>"), "{}", mail.html);
        assert!(mail.text.contains("within 1 hour,"), "{}", mail.text);
    }
}
