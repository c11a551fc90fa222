//! Compares what was contacted with what was expected, and judges.

mod code;
mod compare;
mod verdict;
mod wording;

pub use code::Code;
pub use compare::compare;
pub use verdict::{Finding, Verdict};
