//! The integration tests, in one binary. What a single module does is tested beside it in
//! `src/`; here stands what needs the whole program or the whole project.
//!
//! - `architecture`: which module may import which, and the shape of the files
//! - `cli_help`: what each subcommand says of itself
//! - `docs`: what the documents promise
//! - `internet`: what the simulated internet answers
//! - `leftovers`: that nothing outlives a run, whatever ended it
//! - `sandbox`: what the application sees and cannot reach
//! - `view`: what an application finds around itself in the sandbox

// All of this is test code, its helpers too: clippy sees it by this alone.
#![cfg(test)]

mod architecture;
mod cli_help;
mod docs;
mod internet;
mod leftovers;
mod sandbox;
mod support;
mod view;
