//! Runs the real binary on projects in temporary folders, as whoever runs the tests and, where
//! that is root, as an ordinary user too.

pub(crate) mod alone;
pub(crate) mod background;
pub(crate) mod client;
pub(crate) mod project;
pub(crate) mod result;
pub(crate) mod user;

pub(crate) use project::Project;
pub(crate) use result::Ran;
pub(crate) use user::User;
