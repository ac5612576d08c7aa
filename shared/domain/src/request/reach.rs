//! How far rights reach: whoever may do something may do it for some actor types, and for no other.

/// Which actor types somebody's rights reach.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reach {
    /// All there are: an API key that names none.
    All,
    /// These alone: those that an API key names, or an admin's own.
    Only(Vec<String>),
}

impl Reach {
    /// Whether `actor_type` is among them.
    pub fn covers(&self, actor_type: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(actor_types) => actor_types.iter().any(|own| own == actor_type),
        }
    }

    /// What is meant where nobody names an actor type: the first that somebody's rights are for; `None` for the
    /// deployment's own default.
    pub fn default_actor_type(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Only(actor_types) => actor_types.first().map(String::as_str),
        }
    }
}
