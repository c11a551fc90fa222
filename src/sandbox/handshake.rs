//! What the sandbox's processes say to each other: one JSON object a line over a socket.

use std::io::{self, BufRead, BufReader, Write};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// From the stage to the sandbox's first process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToInit {
    /// Send the control probe to this address.
    Probe(SocketAddr),
    /// Launch the application.
    Launch,
    /// Send this signal to the application's process group.
    Signal(i32),
    /// End, and with it everything in the sandbox.
    End,
}

/// From the sandbox's first process to the stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromInit {
    /// The file system stands. The number that the listener for system calls has there, or the
    /// error number of why there is none.
    Ready(Result<i32, i32>),
    /// The sandbox could not be set up.
    Failed {
        /// What was attempted, on what, why it failed.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The control probe was sent from this address.
    ProbeSent(SocketAddr),
    /// The application was launched.
    Launched {
        /// Its first process, by its id inside the sandbox.
        pid: u32,
    },
    /// The application could not be launched.
    LaunchFailed {
        /// Why.
        message: String,
        /// What to do about it, where that is known.
        hint: Option<String>,
    },
    /// The application's first process has ended.
    Exited(Ended),
    /// No process of the application is left.
    Empty,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
}

/// The sending end of a channel of lines.
#[derive(Debug)]
pub struct Sender<T>(UnixStream, PhantomData<fn(T)>);

/// The receiving end.
#[derive(Debug)]
pub struct Receiver<T>(BufReader<UnixStream>, PhantomData<fn() -> T>);

/// Both ends of one side of a channel.
///
/// # Errors
/// Where the descriptor cannot be duplicated.
pub fn channel<Out, In>(socket: UnixStream) -> io::Result<(Sender<Out>, Receiver<In>)> {
    let reading = socket.try_clone()?;
    Ok((Sender(socket, PhantomData), Receiver(BufReader::new(reading), PhantomData)))
}

/// A channel over a descriptor that this process inherited under a number.
///
/// # Errors
/// Where no such descriptor is open.
pub fn inherited<Out, In>(number: i32) -> io::Result<(Sender<Out>, Receiver<In>)> {
    let socket: OwnedFd = super::sys::inherited(number)?;
    channel(UnixStream::from(socket))
}

impl<T: Serialize> Sender<T> {
    /// Sends one message.
    ///
    /// # Errors
    /// Where the other side has gone.
    pub fn send(&mut self, message: &T) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }
}

impl<T: DeserializeOwned> Receiver<T> {
    /// The next message; none where the other side has gone.
    ///
    /// # Errors
    /// Where the line is not a message.
    pub fn receive(&mut self) -> io::Result<Option<T>> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(serde_json::from_str(&line)?)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a message has been read from the socket already and waits here.
    pub(super) fn has_buffered(&self) -> bool {
        !self.0.buffer().is_empty()
    }
}

impl<T> AsFd for Receiver<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.get_ref().as_fd()
    }
}
