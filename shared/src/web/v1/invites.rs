//! Invites in the contract `v1`.

use serde::{Deserialize, Serialize};

use domain::account::email::EmailAddress;
use domain::account::invite::{self, Invite, InviteAcceptance, InviteCredential, InviteRequest, Names};
use domain::error::Rejection;
use domain::language::Language;

use crate::web::date_time::DateTime;
use crate::web::request::{Name, Parsed, Request, Text};
use crate::web::response::{Response, data};

/// Invites somebody.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InviteBody {
    email: Parsed<EmailAddress>,
    actor_type: Option<Parsed<String>>,
    role: Option<Parsed<Role>>,
    redirect_uri: Option<Parsed<String>>,
    language: Option<Parsed<Language>>,
}

/// What somebody may do who was invited.
pub struct Role(String);

/// Somebody was invited.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvitedBody {
    invite_id: String,
    expires_at: DateTime,
}

/// The invites that wait to be accepted.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct InvitesBody<'a> {
    invites: Vec<PendingInviteBody<'a>>,
}

/// One of them.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PendingInviteBody<'a> {
    invite_id: String,
    email: String,
    actor_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    invited_by: &'a str,
    created_at: DateTime,
    expires_at: DateTime,
}

/// Accepts an invite, by its token or else by the address that was invited.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InviteAcceptanceBody {
    invite_token: Option<Parsed<String>>,
    name: Option<Parsed<Name>>,
    last_name: Option<Parsed<Name>>,
    user_name: Option<Parsed<Name>>,
}

/// Reads `POST /v1/auth/invites`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn invitation(request: &Request) -> Result<InviteRequest, Rejection> {
    let invite: InviteBody = request.json()?;
    Ok(InviteRequest {
        email: invite.email.value(),
        actor_type: invite.actor_type.map(Parsed::value),
        role: invite.role.map(|role| role.value().0),
        redirect_uri: invite.redirect_uri.map(Parsed::value),
        language: invite.language.map(Parsed::value).unwrap_or_default(),
    })
}

/// Writes that somebody was invited.
pub fn invited(invite: &Invite) -> Response {
    data(InvitedBody { invite_id: invite.invite_id.to_string(), expires_at: DateTime(invite.valid_until) })
}

/// Writes the answer to `GET /v1/auth/invites`.
pub fn invites(invites: &[Invite]) -> Response {
    data(InvitesBody { invites: invites.iter().map(PendingInviteBody::of).collect() })
}

/// Reads `POST /v1/auth/invites/accept`.
///
/// # Errors
///
/// When a field is malformed.
pub fn acceptance(request: &Request) -> Result<InviteAcceptance, Rejection> {
    let accept: InviteAcceptanceBody = request.optional_json()?;
    let name = |name: Option<Parsed<Name>>| name.map(|name| name.value().0);
    Ok(InviteAcceptance {
        actor_type: None,
        invite: match accept.invite_token {
            Some(Parsed(token)) => InviteCredential::token(&token),
            None => InviteCredential::Address,
        },
        email: None,
        names: Names { name: name(accept.name), last_name: name(accept.last_name), user_name: name(accept.user_name) },
    })
}

impl<'a> PendingInviteBody<'a> {
    fn of(invite: &'a Invite) -> Self {
        Self {
            invite_id: invite.invite_id.to_string(),
            email: invite.email.to_string(),
            actor_type: &invite.actor_type,
            role: invite.role.as_deref(),
            invited_by: &invite.invited_by,
            created_at: DateTime(invite.created_at),
            expires_at: DateTime(invite.valid_until),
        }
    }
}

impl Text for Role {
    const MUST_BE: &'static str = "1 to 32 lower-case letters, digits, hyphens and underscores";

    fn parse(text: &str) -> Option<Self> {
        invite::role(text).map(Self)
    }
}

impl Text for Language {
    const MUST_BE: &'static str = "one of en, de, es, fr, pt and ja";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}
