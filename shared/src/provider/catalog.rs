//! The providers that Doorward knows by name, as data.

use super::ClientAuth;

/// What is known of a provider without asking. Empty URLs are not offered, or discovered.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name in the configuration.
    pub name: &'static str,
    /// Its issuer; for plain OAuth 2.0 what identities are filed under.
    pub issuer: &'static str,
    /// Another spelling of the issuer that its tokens may carry.
    pub issuer_alias: Option<&'static str>,
    /// The authorization endpoint.
    pub authorize_url: &'static str,
    /// The token endpoint.
    pub token_url: &'static str,
    /// The userinfo endpoint, or where the profile is.
    pub userinfo_url: &'static str,
    /// The JSON Web Key Set.
    pub jwks_url: &'static str,
    /// Where the addresses are, when the profile has none that counts.
    pub emails_url: &'static str,
    /// What is asked for at least.
    pub scopes: &'static [&'static str],
    /// How the token endpoint wants to be shown our credentials.
    pub client_auth: ClientAuth,
    /// Whether its word on an address counts for linking.
    pub trust_email: bool,
    /// For plain OAuth 2.0: where in the profile things stand.
    pub pointers: Option<Pointers>,
}

/// JSON pointers (RFC 6901) into a profile.
#[derive(Clone, Copy, Debug)]
pub struct Pointers {
    /// The subject: a string or an integer.
    pub subject: &'static str,
    /// The display name.
    pub name: &'static str,
    /// A picture's URL.
    pub picture: &'static str,
}

/// The row of that name.
pub fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

const ROWS: &[Row] = &[
    Row {
        name: "google",
        issuer: "https://accounts.google.com",
        issuer_alias: Some("accounts.google.com"),
        authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
        token_url: "https://oauth2.googleapis.com/token",
        userinfo_url: "https://openidconnect.googleapis.com/v1/userinfo",
        jwks_url: "https://www.googleapis.com/oauth2/v3/certs",
        emails_url: "",
        scopes: &["openid", "profile", "email"],
        client_auth: ClientAuth::Post,
        trust_email: true,
        pointers: None,
    },
    Row {
        name: "github",
        issuer: "https://github.com/login/oauth",
        issuer_alias: None,
        authorize_url: "https://github.com/login/oauth/authorize",
        token_url: "https://github.com/login/oauth/access_token",
        userinfo_url: "https://api.github.com/user",
        jwks_url: "",
        emails_url: "https://api.github.com/user/emails",
        scopes: &["read:user", "user:email"],
        client_auth: ClientAuth::Post,
        trust_email: true,
        pointers: Some(Pointers {
            subject: "/id",
            name: "/name",
            picture: "/avatar_url",
        }),
    },
];
