//! The integration tests, in one binary. What a single module does is tested beside it in
//! `src/`; here stands what needs the whole program or the whole project.
//!
//! - `architecture`: which module may import which, and the shape of the files
//! - `cli_help`: what each subcommand says of itself
//! - `docs`: what the documents promise
//! - `surroundings`: what an application finds around itself in the sandbox

mod architecture;
mod cli_help;
mod docs;
mod support;
mod surroundings;
