//! The application's standard streams: what it writes comes to the harness, which passes it on
//! without its mixing with the result.

use std::os::fd::{AsFd, OwnedFd};

use nix::fcntl::OFlag;
use nix::pty::{Winsize, openpty};
use nix::unistd::pipe2;

use crate::sandbox::SandboxError;

/// What every terminal had once.
const SIZE: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };

/// The application's standard streams.
pub(super) struct Streams {
    /// Standard input, where it is a terminal.
    pub(super) input: Option<OwnedFd>,
    /// Where it writes.
    pub(super) output: OwnedFd,
    /// Our end of the output.
    pub(super) reading: OwnedFd,
}

impl Streams {
    /// A pipe, or a pseudo-terminal.
    pub(super) fn open(terminal: bool) -> Result<Self, SandboxError> {
        let create = |what| move |errno| SandboxError::Create { what, errno };
        if terminal {
            let pty = openpty(Some(&SIZE), None).map_err(create("a pseudo-terminal"))?;
            let output = pty
                .slave
                .as_fd()
                .try_clone_to_owned()
                .map_err(|_| create("a pseudo-terminal")(nix::errno::Errno::EMFILE))?;
            keep_from_children(&pty.master).map_err(create("a pseudo-terminal"))?;
            keep_from_children(&pty.slave).map_err(create("a pseudo-terminal"))?;
            Ok(Self { input: Some(pty.slave), output, reading: pty.master })
        } else {
            let (reading, output) =
                pipe2(OFlag::O_CLOEXEC).map_err(create("a pipe for the application's output"))?;
            Ok(Self { input: None, output, reading })
        }
    }
}

/// openpty(3) leaves its descriptors open across exec.
fn keep_from_children(fd: &OwnedFd) -> nix::Result<()> {
    use nix::fcntl::{FcntlArg, FdFlag, fcntl};
    fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).map(drop)
}
