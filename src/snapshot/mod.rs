//! The committed result of a scenario: rendered as stable text, kept in insta's `.snap`
//! format (`docs/snapshots.md`), compared, and accepted or rejected.

mod error;
mod file;
mod render;
mod requests;
mod review;
mod store;

pub use error::SnapshotError;
pub use render::{SnapshotInput, render};
pub use requests::{Detail, RequestView};
pub use review::Pending;
pub use store::{Comparison, Mode, State, Store};
