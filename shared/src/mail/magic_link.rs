//! The mail that carries a magic link.

use std::time::Duration;

use super::Mail;
use crate::secret::Secret;

/// Writes the mail for `url` and `code`, which are good for `lifetime`, in the name of `brand`.
pub fn compose(brand: &str, url: &Secret, code: &Secret, lifetime: Duration) -> Mail {
    let minutes = lifetime.as_secs().div_ceil(60).max(1);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let (url, code) = (url.reveal(), code.reveal());
    let (html_brand, html_url) = (escape(brand), escape(url));
    Mail {
        subject: format!("Sign in to {brand}"),
        text: format!(
            "Sign in to {brand}\n\nOpen this link to sign in:\n\n{url}\n\nOr type this code where you asked for it:\n\n\
             {code}\n\nEither works once, within {minutes} {unit}. If you did not ask for this, ignore this mail: nobody \
             can sign in without it. Never tell anybody the code.\n"
        ),
        html: format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sign in to {html_brand}</title>
</head>
<body style="margin:0;padding:32px 16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:28rem;margin:0 auto">
<h1 style="font-size:22px;margin:0 0 16px">Sign in to {html_brand}</h1>
<p style="margin:0 0 24px">Press the button to sign in, or type the code where you asked for it. Either works once, within {minutes} {unit}.</p>
<p style="margin:0 0 24px"><a href="{html_url}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1f4fd8;color:#ffffff;text-decoration:none;font-weight:600">Sign in</a></p>
<p style="margin:0 0 24px;font:600 24px/1.5 ui-monospace,Menlo,Consolas,monospace;letter-spacing:2px">{code}</p>
<p style="margin:0 0 8px;font-size:14px">Or copy this address into your browser:</p>
<p style="margin:0 0 24px;font-size:14px;word-break:break-all">{html_url}</p>
<p style="margin:0;font-size:14px">If you did not ask for this, ignore this mail: nobody can sign in without it. Never tell anybody the code.</p>
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_shows_its_link_and_its_code_in_text_and_html() {
        let mail = compose(
            "Acme",
            &Secret::new("https://app.example/in?a=1&token=t"),
            &Secret::new("ABCD-EFGH"),
            Duration::from_secs(600),
        );
        assert_eq!(mail.subject, "Sign in to Acme");
        assert!(mail.text.contains("\nhttps://app.example/in?a=1&token=t\n"), "{}", mail.text);
        assert!(mail.text.contains("\nABCD-EFGH\n") && mail.html.contains(">ABCD-EFGH<"), "{}", mail.text);
        assert!(mail.text.contains("within 10 minutes"), "{}", mail.text);
        assert!(mail.html.contains(r#"href="https://app.example/in?a=1&amp;token=t""#), "{}", mail.html);
    }

    #[test]
    fn nothing_that_is_put_in_can_become_markup() {
        let mail = compose(
            "<b>\"A&B'</b>",
            &Secret::new("https://app.example/\"><script>"),
            &Secret::new("ABCD-EFGH"),
            Duration::from_secs(1),
        );
        assert!(!mail.html.contains("<b>") && !mail.html.contains("<script>"), "{}", mail.html);
        assert!(mail.html.contains("&lt;b&gt;&quot;A&amp;B&#39;&lt;/b&gt;"), "{}", mail.html);
        assert!(mail.text.contains("within 1 minute."), "{}", mail.text);
    }
}
