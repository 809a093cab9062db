//! Listening sockets that a service manager opened for this process, as `sd_listen_fds(3)` describes.

use crate::exit::{Exit, Failure, Result};
use listenfd::ListenFd;
use std::net::TcpListener;

/// More than anybody means.
const MOST: usize = 64;

/// The sockets that were passed to this very process; none if none were.
///
/// # Errors
/// The variables say what cannot be, or a descriptor is no TCP socket.
pub(super) fn passed() -> Result<Vec<TcpListener>> {
    // Without a process id, or with another's, the variables are left over from somebody else.
    let pid = std::env::var("LISTEN_PID").ok().and_then(|pid| pid.trim().parse().ok());
    if pid != Some(std::process::id()) {
        return Ok(Vec::new());
    }
    let told = std::env::var("LISTEN_FDS").unwrap_or_default();
    let count = told.parse().ok().filter(|count| (1..=MOST).contains(count)).ok_or_else(|| {
        Failure::usage(format!("LISTEN_FDS={told:?}: from 1 to {MOST} sockets can be passed"))
    })?;
    let mut passed = ListenFd::from_env();
    let take = |at| {
        passed.take_tcp_listener(at).map_err(|error| {
            Failure::new(Exit::Failed, format!("a socket of the service manager: {error}"))
                .hint("ListenStream= of the socket unit is a TCP port or ADDRESS:PORT")
        })
    };
    (0..count).map(take).filter_map(Result::transpose).collect()
}
