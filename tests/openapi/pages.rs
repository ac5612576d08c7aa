//! What a browser navigates to, and what the forms of our own pages post where no JSON would do.

use super::document::Operation;

/// What a page may be that tells of a problem.
const PROBLEM: &[u16] = &[400, 403, 404, 413, 415, 429, 500, 502, 503];

pub fn operations() -> Vec<Operation> {
    let page =
        |key, summary| Operation::new("pages", key, summary).parameter("lang", "A language: en, de, es, fr, pt or ja.");
    let form = |key, summary| {
        page(key, summary).by(&["", "cookie"]).leads(303).pages(PROBLEM).refuses(&["UNSUPPORTED_MEDIA_TYPE"])
    };
    let link = |key, summary| page(key, summary).parameter("token", "The token of the mailed link.").pages(PROBLEM);
    let mut operations = vec![
        Operation::new("pages", "GET /", "Leads to the sign-in page.").leads(302),
        Operation::new("pages", "GET /favicon.ico", "The brand's mark.").text(200, "image/svg+xml"),
        page("GET /login", "The sign-in page.")
            .parameter("return_to", "Where the person goes on: one of the allowed redirects.")
            .parameter("error", "What a sign-in failed with.")
            .parameter("requires_2fa", "\"true\" leads to the second factor of session_id.")
            .parameter("session_id", "The partial session.")
            .leads(303)
            .pages(&[200])
            .pages(PROBLEM),
        page("GET /login/check-mail", "Waits for a mailed link, and takes its code.")
            .parameter("request", "The id of the mail's request.")
            .parameter("error", "What the code failed with.")
            .leads(303)
            .pages(&[200])
            .pages(PROBLEM),
        page("GET /login/second-factor", "Asks for the second factor that is due.")
            .parameter("session_id", "The partial session.")
            .parameter("method", "totp, recovery_code or passkey.")
            .parameter("error", "What the last one failed with.")
            .parameter("wait", "For how many seconds codes are locked.")
            .pages(&[200, 401])
            .pages(PROBLEM),
        page("GET /login/security", "Ways in and second factors of whoever is signed in.")
            .by(&["", "cookie"])
            .parameter("error", "What the last change failed with.")
            .parameter("wait", "For how many seconds codes are locked.")
            .leads(303)
            .pages(&[200])
            .pages(PROBLEM),
        link("GET /login/invite", "What an invite's link opens.").pages(&[200]),
        page("GET /login/link-mailed", "Tells that a link was mailed to the account's address.")
            .pages(&[200])
            .pages(PROBLEM),
        page("GET /login/registration", "Tells that an invite is needed.").pages(&[200]).pages(PROBLEM),
        page("GET /login/problem", "Tells again what went wrong.")
            .parameter("error", "What a sign-in failed with.")
            .pages(&[200])
            .pages(PROBLEM),
        Operation::new("pages", "GET /login/doorward.js", "The script of the pages that ask for passkeys.")
            .text(200, "text/javascript"),
        Operation::new("pages", "GET /login/icon.svg", "The brand's mark.").text(200, "image/svg+xml"),
        page("GET /v1/auth/login/{provider}", "Sends a browser to a provider.")
            .parameter("redirect_uri", "Where the person goes on: one of the allowed redirects.")
            .parameter("invite", "The token of an invite.")
            .parameter("actor_type", "For whom the account is.")
            .leads(302)
            .pages(PROBLEM),
        link("GET /v1/auth/verify", "What a mailed link opens: a page with one button.").pages(&[200]),
        link("GET /v1/auth/verify/identity", "What the mail of a link between accounts opens.").pages(&[200]),
        form("POST /v1/auth/verify/identity", "Joins an identity with the account of a mailbox.")
            .form(&["token", "request"])
            .pages(&[200, 409]),
        link("GET /v1/auth/undo", "What a notice's link opens.").pages(&[200]),
        form("POST /v1/auth/undo", "Undoes what the notice tells of.").form(&["token"]).pages(&[200]),
        form("POST /v1/auth/second-factor/totp/remove", "Takes the app off.").form(&["code"]),
        form("POST /v1/auth/passkeys/{id}/rename", "Gives a passkey another name.").form(&["name"]),
        form("POST /v1/auth/passkeys/{id}/remove", "Removes a passkey.").form(&["code"]),
    ];
    operations.extend(
        returned("pages", "GET /v1/auth/callback/{provider}", "POST /v1/auth/callback/{provider}")
            .map(|operation| operation.leads(303).pages(&[200]).pages(PROBLEM)),
    );
    operations
}

/// A provider sends a browser back, by query or by form.
pub fn returned(contract: &'static str, get: &'static str, post: &'static str) -> [Operation; 2] {
    let summary = "Where a provider sends a browser back to.";
    let query = [
        ("code", "The authorization code."),
        ("state", "The state of the sign-in."),
        ("iss", "The issuer (RFC 9207)."),
        ("error", "Why there is no code (RFC 6749 section 4.1.2.1)."),
    ];
    let operation = Operation::new(contract, get, summary);
    [
        query.into_iter().fold(operation, |operation, (name, text)| operation.parameter(name, text)),
        Operation::new(contract, post, summary).form(&[
            "code",
            "state",
            "iss",
            "error",
            "error_description",
            "user",
            "resent",
        ]),
    ]
}
