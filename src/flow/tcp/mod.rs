//! TCP (RFC 9293): what a reader should know of each segment, and each direction's bytes in
//! order.

mod analysis;
mod marks;
mod options;
mod side;
mod stream;

#[cfg(test)]
mod analysis_tests;
#[cfg(test)]
mod stream_tests;

pub use analysis::{Analysis, SegmentFacts};
pub use marks::Marks;
pub use stream::{MOST_HELD, MOST_WAITING, Piece, Stream};
