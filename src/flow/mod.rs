//! From packets to contacts: flows, streams, names.

mod survey;

pub use survey::{Owners, Setting, Survey, survey};
