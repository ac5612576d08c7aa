//! The table: what is special about each provider, as data, and what it says about a person.

use serde_json::{Value, json};

use super::account::{Account, Scenario};

/// The client that Doorward is.
pub const CLIENT_ID: &str = "doorward";

/// A provider as it behaves.
pub struct ProviderSpec {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// The issuer that its tokens and callbacks name. `None`: its own address, and everything else is discovered.
    pub issuer: Option<&'static str>,
    /// Whether its callbacks name the issuer (RFC 9207).
    pub sends_issuer: bool,
    /// Fields of the row and the endpoints that they name, beside authorization and token endpoint.
    pub endpoints: &'static [(&'static str, &'static str)],
    /// The scope that it does nothing without.
    pub scope: Option<&'static str>,
    /// Whether it signs ID tokens.
    pub signs: bool,
    /// Whether its keys say what they are for.
    pub keys_name_algorithm: bool,
    /// Whether the client's secret is a JWT under a key of the client's own.
    pub mints_secrets: bool,
    /// Whether it posts a form to the client, and reads no plus sign as a space.
    pub posts: bool,
    /// How it reports errors at the token endpoint.
    pub errors: Errors,
    /// What comes back beside the code.
    pub with_code: &'static [(&'static str, &'static str)],
    /// What comes back from a person who declined.
    pub denial: &'static [(&'static str, &'static str)],
    /// What is put behind the client's address.
    pub fragment: Option<&'static str>,
    /// What can go wrong here.
    pub scenarios: &'static [Scenario],
    /// What it says of a person: as claims or as userinfo.
    pub claims_of: fn(&Account) -> Value,
}

/// The shape of a token endpoint's errors.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Errors {
    /// As in RFC 6749 section 5.2.
    Standard,
    /// With status 200 and words of its own.
    Github,
    /// As an object with a number.
    Facebook,
}

impl ProviderSpec {
    /// Where it is on this machine.
    pub fn path(&self) -> String {
        match self.issuer {
            None => format!("/_local/{}", self.name),
            Some(_) => format!("/_local/providers/{}", self.name),
        }
    }

    /// Where Doorward takes people back from it.
    pub fn callbacks(&self, public_url: &str) -> Vec<String> {
        let name = self.name;
        [
            format!("/v1/auth/callback/{name}"),
            format!("/auth/social/{name}/callback"),
            "/accounts/oauth/callback".into(),
        ]
        .map(|path| format!("{public_url}{path}"))
        .to_vec()
    }
}

/// A provider of our own: OpenID Connect as it is written.
pub const DEMO: ProviderSpec = ProviderSpec {
    name: "demo",
    label: "Demo",
    issuer: None,
    sends_issuer: true,
    endpoints: &[],
    scope: Some("openid"),
    signs: true,
    keys_name_algorithm: true,
    mints_secrets: false,
    posts: false,
    errors: Errors::Standard,
    with_code: &[],
    denial: &[("error", "access_denied"), ("error_description", "The person said no.")],
    fragment: None,
    scenarios: &[Scenario::Unverified, Scenario::NoEmail, Scenario::NoName, Scenario::BadCode, Scenario::Broken],
    claims_of: |account| standard_claims(account, account.hex(24)),
};

/// The six.
pub static SPECS: [ProviderSpec; 6] = [
    ProviderSpec {
        name: "google",
        label: "Google",
        issuer: Some("https://accounts.google.com"),
        sends_issuer: false,
        endpoints: &[("jwksUrl", "/jwks"), ("userinfoUrl", "/userinfo")],
        with_code: &[("scope", "openid email profile"), ("authuser", "0"), ("prompt", "consent")],
        denial: &[("error", "access_denied")],
        scenarios: &[
            Scenario::Unverified,
            Scenario::NoEmail,
            Scenario::NoName,
            Scenario::ShortIssuer,
            Scenario::BadCode,
            Scenario::Broken,
        ],
        claims_of: |account| {
            let mut claims = standard_claims(account, account.digits(21));
            if account.domain() != "gmail.com" {
                claims["hd"] = json!(account.domain());
            }
            claims["picture"] = json!(format!("https://lh3.googleusercontent.com/a/{}", account.hex(20)));
            claims
        },
        ..DEMO
    },
    ProviderSpec {
        name: "github",
        label: "GitHub",
        issuer: Some("https://github.com/login/oauth"),
        endpoints: &[("userinfoUrl", "/userinfo"), ("emailsUrl", "/emails")],
        scope: None,
        signs: false,
        errors: Errors::Github,
        denial: &[
            ("error", "access_denied"),
            ("error_description", "The user has denied your application access."),
            ("error_uri", "https://docs.github.com/apps/oauth"),
        ],
        claims_of: |account| {
            let id: u64 = account.digits(8).parse().unwrap_or_default();
            json!({
                "login": account.handle(),
                "id": id,
                "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
                "type": "User",
                "name": account.name(),
                // Only what the person made public; addresses have an endpoint of their own.
                "email": null,
            })
        },
        ..DEMO
    },
    ProviderSpec {
        name: "facebook",
        label: "Facebook",
        issuer: Some("https://www.facebook.com"),
        sends_issuer: false,
        endpoints: &[("userinfoUrl", "/userinfo?fields=id,name,email,picture")],
        scope: None,
        signs: false,
        errors: Errors::Facebook,
        denial: &[
            ("error", "access_denied"),
            ("error_code", "200"),
            ("error_description", "Permissions error"),
            ("error_reason", "user_denied"),
        ],
        fragment: Some("_=_"),
        // It says of no address whether it is verified.
        scenarios: &[Scenario::NoEmail, Scenario::NoName, Scenario::BadCode, Scenario::Broken],
        claims_of: |account| {
            let id = account.digits(17);
            let picture = format!("https://platform-lookaside.fbsbx.com/platform/profilepic/?asid={id}");
            with_present(
                json!({
                    "id": id,
                    "picture": {"data": {"height": 50, "is_silhouette": false, "url": picture, "width": 50}},
                }),
                [("name", account.name().map(str::to_owned)), ("email", account.email())],
            )
        },
        ..DEMO
    },
    ProviderSpec {
        name: "apple",
        label: "Apple",
        issuer: Some("https://appleid.apple.com"),
        sends_issuer: false,
        endpoints: &[("jwksUrl", "/jwks")],
        scope: None,
        mints_secrets: true,
        posts: true,
        denial: &[("error", "user_cancelled_authorize")],
        scenarios: &[
            Scenario::Unverified,
            Scenario::NoEmail,
            Scenario::NoName,
            Scenario::Relay,
            Scenario::BadCode,
            Scenario::Broken,
        ],
        claims_of: |account| {
            // Truths in quotes, and never a name: that comes in the form.
            let mut claims = json!({"sub": format!("001234.{}.0123", account.hex(32)), "nonce_supported": true});
            if let Some(email) = account.email() {
                claims["email"] = json!(email);
                claims["email_verified"] = json!(account.is_verified().to_string());
                claims["is_private_email"] = json!(account.is(Scenario::Relay).to_string());
            }
            claims
        },
        ..DEMO
    },
    ProviderSpec {
        name: "discord",
        label: "Discord",
        issuer: Some("https://discord.com"),
        sends_issuer: false,
        endpoints: &[("userinfoUrl", "/userinfo")],
        scope: Some("identify"),
        signs: false,
        denial: &[
            ("error", "access_denied"),
            ("error_description", "The resource owner or authorization server denied the request"),
        ],
        scenarios: &[
            Scenario::Unverified,
            Scenario::NoEmail,
            Scenario::NoName,
            Scenario::NoAvatar,
            Scenario::BadCode,
            Scenario::Broken,
        ],
        claims_of: |account| {
            json!({
                "id": account.digits(18),
                "username": account.handle(),
                "discriminator": "0",
                "global_name": account.name(),
                "avatar": (!account.is(Scenario::NoAvatar)).then(|| account.hex(32)),
                "locale": "en-GB",
                "email": account.email(),
                "verified": account.is_verified(),
            })
        },
        ..DEMO
    },
    ProviderSpec {
        name: "microsoft",
        label: "Microsoft",
        issuer: Some("https://login.microsoftonline.com/{tenantid}/v2.0"),
        sends_issuer: false,
        endpoints: &[("jwksUrl", "/jwks")],
        keys_name_algorithm: false,
        with_code: &[("session_state", "00000000-0000-0000-0000-000000000000")],
        denial: &[
            ("error", "access_denied"),
            ("error_description", "AADSTS65004: User declined to consent to access the app."),
        ],
        scenarios: &[
            Scenario::Unverified,
            Scenario::NoEmail,
            Scenario::NoName,
            Scenario::OtherTenant,
            Scenario::BadCode,
            Scenario::Broken,
        ],
        claims_of: |account| {
            let tenant = match account.is(Scenario::OtherTenant) {
                false => "11111111-2222-3333-4444-555555555555",
                true => "99999999-8888-7777-6666-555555555555",
            };
            let mut claims = with_present(
                json!({
                    "ver": "2.0",
                    "tid": tenant,
                    "oid": account.uuid(),
                    // Another one for every app.
                    "sub": format!("{}-{}", account.hex(32), CLIENT_ID),
                    "preferred_username": format!("{}@{}", account.handle(), account.domain()),
                }),
                [("name", account.name().map(str::to_owned)), ("email", account.email())],
            );
            if account.email().is_some() && account.is_verified() {
                claims["xms_edov"] = json!(true);
            }
            claims
        },
        ..DEMO
    },
];

/// OpenID Connect Core section 5.1.
fn standard_claims(account: &Account, subject: String) -> Value {
    let mut claims = with_present(
        json!({ "sub": subject }),
        [("name", account.name().map(str::to_owned)), ("email", account.email())],
    );
    if account.email().is_some() {
        claims["email_verified"] = json!(account.is_verified());
    }
    claims
}

fn with_present<const N: usize>(mut object: Value, fields: [(&str, Option<String>); N]) -> Value {
    for (name, value) in fields {
        if let Some(value) = value {
            object[name] = json!(value);
        }
    }
    object
}
