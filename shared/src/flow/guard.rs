//! Signed-in requests: an access token is verified, and its session is still there.

use crate::access_token::{AccessClaims, Realm, SigningKey};
use crate::app::{App, StartError};
use crate::caller::Caller;
use crate::failure::{Denied, Failure};
use crate::key_set::KeySet;
use crate::secret::Secret;
use crate::secrets::Cached;

/// The keys and the issuer that access tokens are checked against.
#[derive(Debug)]
pub struct Guard {
    realm: Realm,
    signing_keys: Cached<KeySet<SigningKey>>,
}

impl Guard {
    /// Opens what the check needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let secret = app.env.text("SIGNING_KEYS_SECRET")?;
        Ok(Self { realm: app.env.realm()?, signing_keys: Cached::new(app.aws.secretsmanager(), secret, KeySet::parse) })
    }

    /// The claims of a good token. Whether its session has been ended is for the store to say.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets.
    pub async fn claims(&self, token: &Secret, caller: &Caller) -> Result<AccessClaims, Failure> {
        let keys = self.signing_keys.value(caller.now).await?;
        Ok(self.realm.verify(token.reveal(), &keys, caller.now).ok_or(Denied::Unauthorized)?)
    }
}
