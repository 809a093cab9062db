//! One tokio runtime per command: a small one for questions, a full one for what stays.

use crate::exit::{Failure, Result};
use std::future::Future;
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

/// Runs a command that carries tunnels.
///
/// # Errors
/// The command's own.
pub fn many<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
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
