//! One tokio runtime per command: a small one for questions, a full one for what stays.

use crate::exit::{Exit, Failure, Result};
use std::future::Future;
use std::io::IsTerminal;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Runs a command that asks, prints and ends.
///
/// # Errors
/// The command's own.
pub fn one_shot<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(command);
    // A thread that reads standard input may be blocked for ever; nothing waits for it.
    runtime.shutdown_background();
    result
}

/// Runs a command that may take long, until it ends or a signal ends it. It must not ask: a
/// question on the terminal would keep the signal waiting.
///
/// # Errors
/// The command's own.
pub fn interruptible(command: impl Future<Output = Result>) -> Result {
    one_shot(async {
        let mut ending = Ending::listen()?;
        tokio::select! {
            biased;
            signal = ending.next() => Ok(Exit::Signal(signal)),
            exit = command => exit,
        }
    })
}

/// Runs a command that prints until somebody ends it: a signal, the server, or the reader of its
/// output by going away, which is noticed even while there is nothing to print.
///
/// # Errors
/// The command's own.
pub fn stream(command: impl Future<Output = Result>) -> Result {
    interruptible(async {
        tokio::select! {
            biased;
            exit = command => exit,
            () = reader_gone() => Err(Failure::closed_pipe()),
        }
    })
}

/// Resolves when nobody can read standard output any more; never for files and terminals.
async fn reader_gone() {
    let stdout = std::io::stdout();
    #[allow(deprecated, reason = "its successor is unsafe; standard output stays open here")]
    let watched = (!stdout.is_terminal())
        .then(|| AsyncFd::with_interest(stdout, Interest::ERROR))
        .and_then(std::io::Result::ok);
    if let Some(watched) = watched
        && watched.ready(Interest::ERROR).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

/// Runs a command that carries tunnels.
///
/// # Errors
/// The command's own.
pub fn many<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    link::memory::small_pages();
    link::memory::all_descriptors();
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}

/// The signals that end a program.
pub struct Ending {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Ending {
    /// Listens for SIGINT, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// The handlers cannot be installed.
    pub fn listen() -> Result<Self> {
        Self::new(true)
    }

    /// Listens for SIGINT and SIGTERM.
    ///
    /// # Errors
    /// The handlers cannot be installed.
    pub fn without_hangup() -> Result<Self> {
        Self::new(false)
    }

    /// Listens for SIGINT and SIGTERM; SIGHUP does nothing.
    ///
    /// # Errors
    /// The handlers cannot be installed.
    pub fn ignoring_hangup() -> Result<Self> {
        // The handler stays when its listener goes; without one a hang-up would end the process.
        drop(signal(SignalKind::hangup())?);
        Self::new(false)
    }

    fn new(hangup: bool) -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Failure::from);
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: if hangup { Some(listen(SignalKind::hangup())?) } else { None },
        })
    }

    /// The number of the next one. Cancel-safe.
    pub async fn next(&mut self) -> u8 {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
            _ = hangup => 1,
        }
    }
}
