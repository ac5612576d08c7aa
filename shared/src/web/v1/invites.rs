//! Invites in the contract `v1`.

use serde_json::{Value, json};

use domain::account::display_text;
use domain::account::invite::{Acceptance, Invitation, Invite, Names, Presented, role};
use domain::error::Denied;
use domain::language::Language;

use super::{data, without_nulls};
use crate::web::reply::Reply;
use crate::web::request::Request;

/// Reads `POST /v1/auth/invites`.
///
/// # Errors
///
/// When a field is missing or malformed.
pub fn invitation(request: &Request) -> Result<Invitation, Denied> {
    let fields = request.fields()?;
    Ok(Invitation {
        email: fields.email("email")?,
        actor_type: fields.optional_text("actorType")?,
        role: fields.parsed("role", "1 to 32 lower-case letters, digits, hyphens and underscores", role)?,
        redirect_uri: fields.optional_text("redirectUri")?,
        language: fields.parsed("language", "one of en, de, es, fr, pt and ja", Language::parse)?.unwrap_or_default(),
    })
}

/// Writes that somebody was invited.
pub fn invited(invite: &Invite) -> Reply {
    data(json!({"inviteId": invite.invite_id, "expiresAt": invite.valid_until.rfc3339()}))
}

/// Writes the answer to `GET /v1/auth/invites`.
pub fn invites(invites: &[Invite]) -> Reply {
    data(json!({"invites": invites.iter().map(invite_body).collect::<Vec<_>>()}))
}

/// Reads `POST /v1/auth/invites/accept`.
///
/// # Errors
///
/// When a field is malformed.
pub fn acceptance(request: &Request) -> Result<Acceptance, Denied> {
    let fields = request.optional_fields()?;
    let name = |field| fields.parsed(field, "a name that can be shown", display_text);
    Ok(Acceptance {
        actor_type: None,
        invite: match fields.optional_text("inviteToken")? {
            Some(token) => Presented::token(&token),
            None => Presented::Address,
        },
        email: None,
        names: Names { name: name("name")?, last_name: name("lastName")?, user_name: name("userName")? },
    })
}

fn invite_body(invite: &Invite) -> Value {
    without_nulls(json!({
        "inviteId": invite.invite_id,
        "email": invite.email,
        "actorType": invite.actor_type,
        "role": invite.role,
        "invitedBy": invite.invited_by,
        "createdAt": invite.created_at.rfc3339(),
        "expiresAt": invite.valid_until.rfc3339(),
    }))
}
