//! The start of a sign-in: who asks for it, and what they are given.

use serde::{Deserialize, Serialize};

use crate::account::invite::InviteId;
use crate::browser::binding::{Binding, CodeChallenge};
use crate::language::Language;
use crate::provider::state::{CallersState, State};
use crate::request::origin::RequestOrigin;
use crate::session_id::SessionId;

/// A request to sign in with a provider.
#[derive(Clone, Debug)]
pub struct LoginRequest {
    /// The provider's name.
    pub provider: String,
    /// Who asks, and where the person ends up.
    pub way: Initiator,
    /// Scopes in addition to the provider's own.
    pub scopes: Vec<String>,
    /// The caller's own state.
    pub state: Option<CallersState>,
    /// The challenge that binds the sign-in to the caller, if the caller made one.
    pub code_challenge: Option<CodeChallenge>,
    /// The actor type to sign in as.
    pub actor_type: Option<String>,
    /// The account that gets one more identity, if this is a linking rather than a sign-in.
    pub link_to: Option<LinkTo>,
}

/// An account that gets one more identity, and the session that has to finish the linking.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LinkTo {
    /// The id of the account's user.
    pub user_id: String,
    /// The session that asked for the linking.
    pub session_id: SessionId,
}

/// Who starts a sign-in.
#[derive(Clone, Debug)]
pub enum Initiator {
    /// A front end under the contract `actor`; the provider sends the person back to this address.
    Actor {
        /// A page of the front end; without one, the first that is allowed.
        callback_url: Option<String>,
        /// The page that asks, if one does.
        source: RequestOrigin,
    },
    /// A client of the API; the provider sends the person back to this address.
    Client {
        /// A page of the client, or a callback of ours.
        redirect_uri: String,
        /// Where the browser ends up after the callback of contract `gateway`, if anywhere.
        return_to: Option<String>,
    },
    /// A browser on its way to the provider, which ends up at this address.
    Browser {
        /// A page of the app; without one, ours.
        target: Option<String>,
        /// The language that the person chose, for our page.
        language: Option<Language>,
        /// The page that led them here, if one did.
        source: RequestOrigin,
        /// The invite that the person follows.
        invite: Option<InviteId>,
    },
    /// A browser under the contract `social`, which decides where the browser ends up.
    Social {
        /// The page that led them here, if one did.
        source: RequestOrigin,
    },
}

/// A sign-in that has just begun.
#[derive(Debug)]
pub struct LoginStarted {
    /// Where to send the person.
    pub auth_url: String,
    /// The state that comes back with them.
    pub state: State,
    /// What ties the sign-in to the browser that started it, if a browser finishes it.
    pub binding: Option<Binding>,
}
