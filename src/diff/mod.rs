//! Compares what was contacted with what was expected, and judges.

mod code;
mod compare;
mod departure;
mod fit;
mod mended;
mod outlived;
mod verdict;
mod wording;
mod yaml;

pub use code::Code;
pub use compare::{Judged, compare};
pub use outlived::{Outlived, Since};
pub use verdict::{Finding, RuleLine, Verdict};
