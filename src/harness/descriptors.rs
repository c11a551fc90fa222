//! The stage's own descriptors: which it lets go of, and how many it may have.

/// The streams are the application's, inherited by way of init: held here too they would seem
/// open when the application and all it started have ended.
pub(super) fn leave_streams() -> std::io::Result<()> {
    let nothing = std::fs::File::options().read(true).write(true).open("/dev/null");
    let nothing = nothing?;
    nix::unistd::dup2_stdin(&nothing)?;
    nix::unistd::dup2_stdout(&nothing)?;
    Ok(())
}

/// Each connection takes a descriptor: as many as this process may have.
pub(super) fn raise_descriptor_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Refused only where the limit is what it was.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
