//! From the bytes of a scenario file to a [`Scenario`](super::Scenario), strictly.
//!
//! Every fault is told with file, line, column, the way to the key, and what would be right.
//! `serde_yaml` keeps no places in its values, only in its errors. So the text is read into a
//! small tree of numbered values ([`tree`]), all checks work on that tree and name the number
//! of the value at fault, and only then the text is read once more and refused at just that
//! number: the error of the second reading bears the exact place, whatever the check was that
//! failed (unknown key, wrong type, contradiction), through anchors and aliases too.
//!
//! The second reading costs as much as the first, and happens at most once a file. Both are
//! bounded: 1 MiB of text, 100,000 values and 8 MiB of text after aliases are followed, and a
//! nesting of 128.

mod application;
mod conditions;
mod error;
mod expect;
mod expect_more;
mod file;
mod folder;
mod host;
mod network;
mod override_dns;
mod override_http;
mod override_sip;
mod override_stream;
mod overrides;
mod phases;
mod read;
mod snapshot;
mod tree;
mod variants;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod refusals_scripted;
#[cfg(test)]
mod tests;

pub use error::{Fault, ScenarioError};
