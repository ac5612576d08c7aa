//! The table SignIns once more: what authenticators are asked, under the hash of the request's id.

use domain::browser::binding::Shown;
use domain::clock::Timestamp;
use domain::error::Fault;
use domain::passkey::challenge::{CeremonyPurpose, PasskeyChallenge};
use domain::secret::SingleUseToken;
use domain::session_id::SessionId;
use domain::sign_in::TOMBSTONE;

use super::{Consumed, Table, Write, item};

/// The table.
#[derive(Clone, Debug)]
pub struct Challenges(Table);

impl Challenges {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Keeps `challenge` under the id of its request, which nobody else has.
    pub async fn keep(&self, request: &SingleUseToken, challenge: &PasskeyChallenge) -> Result<(), Fault> {
        self.0.create(item(&key(request), challenge, Some(challenge.valid_until + TOMBSTONE))?).await
    }

    /// Keeps `challenge` together with other writes.
    pub fn keeping(&self, request: &SingleUseToken, challenge: &PasskeyChallenge) -> Result<Write, Fault> {
        let item = item(&key(request), challenge, Some(challenge.valid_until + TOMBSTONE))?;
        self.0.putting(item, "attribute_not_exists(id)", Vec::new())
    }

    /// Uses up the challenge of `request`, if it was for `purpose`, asked by `session` and bound to what is `shown`, in
    /// time and unused; `None` when it is not, and nothing changes.
    pub async fn consume(
        &self,
        request: &SingleUseToken,
        purpose: CeremonyPurpose,
        session: Option<SessionId>,
        shown: &Shown,
        now: Timestamp,
    ) -> Result<Option<PasskeyChallenge>, Fault> {
        let session = session.map(SessionId::hash);
        let mut also = vec![("purpose", purpose.as_str())];
        also.extend(session.as_ref().map(|session| ("session_hash", session.as_str())));
        match self.0.consume(&key(request), shown, now, &also).await? {
            Consumed::Once(challenge) => Ok(Some(challenge)),
            Consumed::Refused(_) => Ok(None),
        }
    }
}

pub(super) fn key(request: &SingleUseToken) -> String {
    format!("passkey#{}", request.key())
}
