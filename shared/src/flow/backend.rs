//! Servers that sign people in for their users: who sends a request is the server, and whom it is for, the server says.

use std::borrow::Cow;

use domain::error::{Error, Rejection, Unauthenticated};
use domain::provider::external::Allowed;
use domain::provider::registry::Providers;
use domain::request::RequestContext;

use crate::adapter::secrets::Cached;

/// The caller to count: where a server states the address of the person whom it serves, the one at that address.
///
/// # Errors
///
/// `Unauthorized` when an address is stated without an API key of ours, `NotPermitted` when the key does not allow it,
/// `InvalidRequest` when it is none, or a failure of the secrets.
pub async fn served<'c>(
    providers: &Cached<Providers>,
    caller: &'c RequestContext,
) -> Result<Cow<'c, RequestContext>, Error> {
    let Some(stated) = &caller.stated else { return Ok(Cow::Borrowed(caller)) };
    let providers = providers.value(caller.now).await?;
    let key = stated.key.as_ref().map(|key| providers.api_key(key)).transpose()?.flatten();
    let key = key.ok_or(Unauthenticated::UnknownKey)?;
    if !key.allows(Allowed::Backend) {
        return Err(Rejection::NotPermitted("This API key does not allow \"backend\".".to_owned()).into());
    }
    let address = stated.address.ok_or_else(|| {
        Rejection::InvalidRequest(
            "The header \"Doorward-Viewer-Address\" must be one IP address, without a port.".to_owned(),
        )
    })?;
    Ok(Cow::Owned(RequestContext {
        source_ip: address.to_string(),
        backend: Some(key.label.clone()),
        ..caller.clone()
    }))
}
