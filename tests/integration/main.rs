//! The integration tests: one binary, a file for each thing that a user relies on.

mod internet;
mod leftovers;
mod sandbox;
mod support;
