//! What the tests share: the repository's files, and the program itself.

pub(crate) mod program;
pub(crate) mod repository;
