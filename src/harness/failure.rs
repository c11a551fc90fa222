//! Why the stage gives up.

use crate::sandbox::SandboxError;

/// A failure with what to do about it.
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        Self { message: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

impl Failure {
    pub(super) fn new(error: impl ToString) -> Self {
        Self { message: error.to_string(), hint: None }
    }
}
