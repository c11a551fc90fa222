//! Captures with known contents, where they are at hand.
