//! One file a format: what a reader sees of an outcome.
