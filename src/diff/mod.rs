//! Compares what was contacted with what was expected, and judges.

mod code;
mod verdict;

pub use code::Code;
pub use verdict::{Finding, Verdict};
