//! From packets to contacts: flows, streams, names.

mod class;
mod connection;
mod contacts;
mod datagrams;
mod lookups;
mod names;
mod reader;
mod reverse;
mod segments;
mod stream;
mod survey;
mod surveyor;
mod table;
pub mod tcp;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod survey_tests;
#[cfg(test)]
mod wire;

pub use class::class_of;
pub use survey::{Owners, Setting, Survey, survey};
