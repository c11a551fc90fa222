//! The sandbox's first process: process 1 of the pid namespace. It builds the file system,
//! launches the application, inherits its orphans and reaps them, and when it dies the kernel
//! ends everything that is left (pid_namespaces(7)).

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, sethostname};

use super::handshake::{Ended, FromInit, Receiver, Sender, ToInit, channel};
use super::plan::{HOSTNAME, Plan};
use super::{SandboxError, attribution, filesystem, launch, sys};

/// What the control probe carries.
pub const PROBE_PAYLOAD: &[u8] = b"apptrace control probe";

/// The first process, seen from the stage.
#[derive(Debug)]
pub struct Init {
    /// Its id outside the sandbox.
    pub pid: u32,
    /// What it is told.
    pub orders: Sender<ToInit>,
    /// What it says.
    pub reports: Receiver<FromInit>,
}

/// Forks the first process. The caller must be single-threaded and have entered the stage's
/// namespaces; the first process stays in the caller's network namespace.
///
/// # Errors
/// Where the kernel refuses a socket pair or the fork.
pub fn start(plan: &Plan) -> Result<Init, SandboxError> {
    let create = |what| {
        move |error: io::Error| {
            let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
            SandboxError::Create { what, errno }
        }
    };
    let (ours, its) = UnixStream::pair().map_err(create("a socket pair"))?;
    match sys::fork_into_pid_namespace() {
        Err(errno) => Err(SandboxError::Create { what: "the sandbox's first process", errno }),
        Ok(sys::Side::Parent(pid)) => {
            drop(its);
            let (orders, reports) = channel(ours).map_err(create("a socket pair"))?;
            Ok(Init { pid: pid.as_raw().unsigned_abs(), orders, reports })
        }
        Ok(sys::Side::Child) => {
            drop(ours);
            // Nothing above this frame may go on in the child, whatever happens below.
            let outcome = std::panic::catch_unwind(|| run(plan, its));
            sys::exit_now(if matches!(outcome, Ok(Ok(()))) { 0 } else { 1 })
        }
    }
}

fn run(plan: &Plan, socket: UnixStream) -> io::Result<()> {
    let (mut reports, orders) = channel::<FromInit, ToInit>(socket)?;
    match prepare(plan) {
        Ok(Prepared { children, listener }) => {
            let number = listener.as_ref().map(AsRawFd::as_raw_fd).map_err(|errno| *errno as i32);
            reports.send(&FromInit::Ready(number))?;
            let listener = listener.ok();
            Supervisor {
                plan,
                reports,
                orders,
                children,
                listener,
                main: None,
                probe: None,
                empty: true,
            }
            .supervise()
        }
        Err(error) => reports.send(&FromInit::Failed {
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        }),
    }
}

/// What the first process has at hand when everything stands.
struct Prepared {
    children: SignalFd,
    /// By which held system calls are heard; why there is none, where there is none.
    listener: Result<OwnedFd, Errno>,
}

fn prepare(plan: &Plan) -> Result<Prepared, SandboxError> {
    let step = |step| move |errno| SandboxError::Init { step, errno };
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)
        .map_err(step("tie the first process's life to the stage's"))?;
    unshare(CloneFlags::CLONE_NEWNS).map_err(step("create a mount namespace"))?;
    sethostname(HOSTNAME).map_err(step("set the host name"))?;
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGCHLD);
    signals.thread_block().map_err(step("block a signal"))?;
    let children = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .map_err(step("watch for ended processes"))?;
    filesystem::build(plan)?;
    // From here on some of this process's own calls are held, until the stage listens.
    let listener = attribution::install().map_err(step("filter system calls"))?;
    Ok(Prepared { children, listener })
}

struct Supervisor<'a> {
    plan: &'a Plan,
    reports: Sender<FromInit>,
    orders: Receiver<ToInit>,
    children: SignalFd,
    /// Held until the stage has taken it.
    listener: Option<OwnedFd>,
    /// The application's first process, and its process group.
    main: Option<Pid>,
    /// Held open, so that its owner can be looked up.
    probe: Option<UdpSocket>,
    empty: bool,
}

impl Supervisor<'_> {
    /// Until the stage has gone.
    fn supervise(mut self) -> io::Result<()> {
        loop {
            let mut ready = [
                PollFd::new(self.orders.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.children.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut ready, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            let [orders, children] =
                ready.map(|fd| fd.revents().is_some_and(|events| !events.is_empty()));
            if children {
                while let Ok(Some(_)) = self.children.read_signal() {}
                self.reap()?;
            }
            let mut unread = orders;
            while unread {
                match self.orders.receive()? {
                    None | Some(ToInit::End) => return Ok(()),
                    Some(order) => self.obey(&order)?,
                }
                unread = self.orders.has_buffered();
            }
        }
    }

    fn obey(&mut self, order: &ToInit) -> io::Result<()> {
        match order {
            ToInit::Probe(target) => {
                self.listener = None;
                let sent = send_probe(*target)?;
                self.reports.send(&FromInit::ProbeSent(sent.local_addr()?))?;
                self.probe = Some(sent);
            }
            ToInit::Launch => {
                self.probe = None;
                match launch::launch(&self.plan.launch) {
                    Ok(pid) => {
                        self.main = Some(pid);
                        self.empty = false;
                        let pid = pid.as_raw().unsigned_abs();
                        self.reports.send(&FromInit::Launched { pid })?;
                        // It may have ended before its id was known here.
                        self.reap()?;
                    }
                    Err((message, hint)) => {
                        self.reports.send(&FromInit::LaunchFailed { message, hint })?;
                    }
                }
            }
            ToInit::End => {}
            ToInit::Signal(number) => {
                if let (Some(group), Ok(signal)) = (self.main, Signal::try_from(*number)) {
                    // The group may have ended meanwhile, which is what was wanted.
                    let _ = killpg(group, signal);
                }
            }
        }
        Ok(())
    }

    fn reap(&mut self) -> io::Result<()> {
        loop {
            match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, status)) => self.ended(pid, Ended::Status(status))?,
                Ok(WaitStatus::Signaled(pid, signal, _)) => {
                    self.ended(pid, Ended::Signal(signal as i32))?;
                }
                Ok(WaitStatus::StillAlive) => return Ok(()),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(Errno::ECHILD) => {
                    if !self.empty {
                        self.empty = true;
                        self.reports.send(&FromInit::Empty)?;
                    }
                    return Ok(());
                }
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn ended(&mut self, pid: Pid, how: Ended) -> io::Result<()> {
        if self.main == Some(pid) {
            self.reports.send(&FromInit::Exited(how))?;
        }
        Ok(())
    }
}

fn send_probe(target: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(target)?;
    socket.send(PROBE_PAYLOAD)?;
    Ok(socket)
}
