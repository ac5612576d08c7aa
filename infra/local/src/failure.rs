//! Why the local stack cannot go on, in one line for the person who started it.

use std::fmt;

/// One line that says what is wrong and, where it helps, what to do.
#[derive(Debug)]
pub struct Failure(String);

/// What can fail with such a line.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure with this line; line breaks of a quoted error become spaces.
    pub fn new(line: impl Into<String>) -> Self {
        let line: String = line.into();
        Self(line.split('\n').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says what was being done when an error came up.
pub trait Context<T> {
    /// Turns the error into a failure that starts with `what`.
    fn context(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{what}: {error}")))
    }
}
