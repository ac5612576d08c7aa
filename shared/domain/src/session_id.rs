//! The public id of a session, partial or not.

use crate::secret::{Hash, public_id, random_bytes};

public_id! {
    /// A session's public id.
    SessionId, "ses", "not a session id"
}

impl SessionId {
    /// A fresh one.
    pub fn random() -> Self {
        Self(random_bytes())
    }

    /// Reads the 128 bits of an id, as a refresh token has them.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id's 128 bits.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// What is kept of the id where it opens something, as that of a partial session does.
    pub fn hash(self) -> Hash {
        Hash::of(&self.to_string())
    }
}
