//! What a sign-in came to, in JSON: the contracts `v1` and `gateway` write it alike.

use serde::Serialize;

use domain::account;
use domain::account::proof::Proof;
use domain::error::Rejection;
use domain::session::assurance::Partial;
use domain::sign_in::outcome::{self, Credentials, Registration, SignedIn};

use super::date_time::DateTime;
use super::refusal::error_response;
use super::request::Request;
use super::response::{Response, data};
use super::{actor, cookie, social};

/// Writes what a sign-in came to.
pub fn response(outcome: &outcome::Outcome, request: &Request) -> Response {
    match outcome {
        outcome::Outcome::Session(signed_in) => self::signed_in(signed_in, request),
        outcome::Outcome::SecondFactorRequired(partial) => data(SecondFactorRequiredBody::of(partial)),
        // A client of the API has no page to show.
        outcome::Outcome::MailboxAsked(_) => {
            error_response(&Rejection::AccountExists.into(), &request.caller().request_id)
        }
        outcome::Outcome::RegistrationRequired(registration) => data(RegistrationRequiredBody::of(registration)),
    }
}

/// Writes that somebody is signed in, as their session's delivery was asked for.
pub fn signed_in(signed_in: &SignedIn, request: &Request) -> Response {
    match &signed_in.credentials {
        Credentials::ActorToken(token) => actor::token(token),
        Credentials::Cookie(_) => {
            let mut response = data(UserBody::of(&signed_in.user));
            cookie::keep(&mut response, signed_in, request.caller().now);
            response
        }
        Credentials::Social { kept, provider, json } => social::completed(signed_in, kept, provider, *json, request),
        Credentials::Tokens(tokens) => data(SessionBody::new(&signed_in.user, tokens)),
    }
}

/// Somebody is signed in.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SessionBody<'a> {
    user: UserBody<'a>,
    #[serde(flatten)]
    tokens: TokensBody<'a>,
}

/// What opens a session, and keeps it alive.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokensBody<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    expires_at: DateTime,
}

/// An account, as its person sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserBody<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
    actor_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    created_at: DateTime,
}

/// The person has yet to show a second factor.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorRequiredBody {
    second_factor_required: bool,
    session_id: String,
    expires_at: DateTime,
    methods: Vec<&'static str>,
}

/// The person has no account, and needs an invite to make one.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegistrationRequiredBody<'a> {
    registration_required: bool,
    registration_token: &'a str,
    expires_at: DateTime,
    profile: ProfileBody<'a>,
}

/// What is known of somebody without an account.
#[derive(Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProfileBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
}

impl<'a> SessionBody<'a> {
    pub(super) fn new(user: &'a account::User, tokens: &'a outcome::Tokens) -> Self {
        Self { user: UserBody::of(user), tokens: TokensBody::of(tokens) }
    }
}

impl<'a> TokensBody<'a> {
    pub(super) fn of(tokens: &'a outcome::Tokens) -> Self {
        let outcome::Tokens { access, refresh } = tokens;
        Self {
            access_token: access.token.reveal(),
            refresh_token: refresh.reveal(),
            expires_at: DateTime(access.expires_at),
        }
    }
}

impl<'a> UserBody<'a> {
    pub(super) fn of(user: &'a account::User) -> Self {
        Self {
            id: &user.id,
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email_verified,
            name: user.name.as_deref(),
            last_name: user.last_name.as_deref(),
            user_name: user.user_name.as_deref(),
            picture: user.picture.as_deref(),
            actor_type: &user.actor_type,
            role: user.role.as_deref(),
            created_at: DateTime(user.created_at),
        }
    }
}

impl SecondFactorRequiredBody {
    fn of(partial: &Partial) -> Self {
        Self {
            second_factor_required: true,
            session_id: partial.id.to_string(),
            expires_at: DateTime(partial.valid_until),
            methods: partial.methods(),
        }
    }
}

impl<'a> RegistrationRequiredBody<'a> {
    fn of(registration: &'a Registration) -> Self {
        Self {
            registration_required: true,
            registration_token: registration.token.token.reveal(),
            expires_at: DateTime(registration.token.expires_at),
            profile: ProfileBody::of(&registration.proof),
        }
    }
}

impl<'a> ProfileBody<'a> {
    fn of(proof: &'a Proof) -> Self {
        match proof {
            Proof::Mailbox(address) => Self { email: Some(address.to_string()), ..Self::default() },
            Proof::Subject { profile, .. } => Self {
                email: profile.email.as_ref().map(ToString::to_string),
                name: profile.name.as_deref(),
                last_name: profile.last_name.as_deref(),
                picture: profile.picture.as_deref(),
            },
        }
    }
}
