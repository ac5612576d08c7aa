//! Where a provider is asked.

use super::client_auth::Offer;

/// A provider's OAuth endpoints.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints<'a> {
    /// The authorization endpoint.
    pub authorize_url: &'a str,
    /// The token endpoint.
    pub token_url: &'a str,
    /// Where a request has to be pushed before the person leaves, where it has (RFC 9126).
    pub push_url: Option<&'a str>,
    /// How they let clients authenticate.
    pub offer: &'a Offer,
}
