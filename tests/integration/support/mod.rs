//! What the tests share: the repository's files, the program itself, and projects in temporary
//! folders to run it on, as whoever runs the tests and, where that is root, as an ordinary user
//! too.

pub(crate) mod alone;
pub(crate) mod background;
pub(crate) mod client;
pub(crate) mod program;
pub(crate) mod project;
pub(crate) mod repository;
pub(crate) mod result;
pub(crate) mod user;
pub(crate) mod world;

pub(crate) use project::Project;
pub(crate) use result::Ran;
pub(crate) use user::User;
