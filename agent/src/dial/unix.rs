//! Unix sockets of this machine as targets: only where the owner of the node listed exactly that path,
//! and only a socket that stands there itself. What was looked at is what is connected: a link put in
//! its place in between leads nowhere.

use super::{Unreached, not_listed};
use crate::targets::Gate;
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout_at};
use wire::{CloseReason, RefusalCode, Target};

/// Pause before the next try while the listener has no place for another connection.
const FULL_PAUSE: Duration = Duration::from_millis(20);

/// Connects to the socket at `path`, which is that of `target`, if the gate permits it.
///
/// # Errors
/// Not listed, not a socket, nobody listens, or no place in its queue before `deadline`.
pub(super) async fn reach(
    target: &Target,
    path: &str,
    gate: &Gate,
    deadline: Instant,
) -> Result<UnixStream, Unreached> {
    if !gate.permits_socket(path) {
        return Err(not_listed(target, ""));
    }
    let socket = Socket::find(path).map_err(|error| failed(target, &error))?;
    loop {
        match timeout_at(deadline, UnixStream::connect(socket.address())).await {
            Ok(Ok(stream)) => return Ok(stream),
            // Linux has no waiting for a place in the queue of a socket that does not block.
            Ok(Err(error)) if error.kind() == ErrorKind::WouldBlock => {
                if Instant::now() + FULL_PAUSE >= deadline {
                    return Err(failed(target, &ErrorKind::TimedOut.into()));
                }
                sleep(FULL_PAUSE).await;
            }
            Ok(Err(error)) => return Err(failed(target, &error)),
            Err(_) => return Err(failed(target, &ErrorKind::TimedOut.into())),
        }
    }
}

/// A socket in the file system, held by its inode.
struct Socket(OwnedFd);

impl Socket {
    /// The last name of `path` has to be a socket itself; links in the directories above it are
    /// the administrator's (`/var/run` is one).
    fn find(path: &str) -> io::Result<Self> {
        let held = open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        match FileType::from_raw_mode(fstat(&held)?.st_mode) {
            FileType::Socket => Ok(Self(held)),
            FileType::Symlink => Err(io::Error::other(
                "it is a symbolic link; list the path of the socket that it leads to",
            )),
            _ => Err(io::Error::other("it is not a socket")),
        }
    }

    /// A name that leads to this inode and to no other.
    fn address(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}

fn failed(target: &Target, error: &io::Error) -> Unreached {
    let (reason, code, what) = match error.kind() {
        ErrorKind::ConnectionRefused => {
            (CloseReason::DialRefused, RefusalCode::Failed, "nobody listens".to_owned())
        }
        ErrorKind::TimedOut => {
            (CloseReason::DialTimeout, RefusalCode::Timeout, "no answer in time".to_owned())
        }
        ErrorKind::NotFound => {
            let what = "there is no such socket at the node".to_owned();
            (CloseReason::Unresolvable, RefusalCode::NotFound, what)
        }
        ErrorKind::PermissionDenied => {
            let what = "the agent's user may not use it".to_owned();
            (CloseReason::DialUnreachable, RefusalCode::Failed, what)
        }
        _ => (CloseReason::DialUnreachable, RefusalCode::Failed, error.to_string()),
    };
    Unreached::new(reason, code, format!("{target}: {what}"))
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::targets::Allowlist;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    async fn dial(path: &str, entries: &[&str]) -> Result<UnixStream, Unreached> {
        let gate = Gate::new(Allowlist::parse(entries).unwrap());
        reach(&Target::unix(path).unwrap(), path, &gate, soon()).await
    }

    #[tokio::test]
    async fn only_the_path_that_is_listed_is_dialled() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let (a, b) = (path("a.sock"), path("b.sock"));
        let _listeners = (UnixListener::bind(&a).unwrap(), UnixListener::bind(&b).unwrap());
        let entry = format!("unix:{a}");
        assert!(dial(&a, &[&entry]).await.is_ok());
        let everything = ["localhost:*", "0.0.0.0/0:*", "::/0:*", entry.as_str()];
        for (path, entries) in [(&b, &everything[..]), (&a, &everything[..3]), (&a, &[])] {
            let no = dial(path, entries).await.unwrap_err();
            assert_eq!(no.reason, CloseReason::TargetNotAllowed);
            assert_eq!(no.refusal.code, RefusalCode::Denied);
        }
    }

    /// T-12 for sockets: whoever may write to the directory of a listed socket gets nowhere else by it.
    #[tokio::test]
    async fn a_link_in_the_place_of_a_listed_socket_leads_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let secret = UnixListener::bind(path("secret.sock")).unwrap();
        secret.set_nonblocking(true).unwrap();
        symlink(path("secret.sock"), path("app.sock")).unwrap();
        let no = dial(&path("app.sock"), &[&format!("unix:{}", path("app.sock"))]).await;
        let no = no.unwrap_err();
        assert_eq!(no.reason, CloseReason::DialUnreachable);
        assert!(no.refusal.message.as_str().contains("symbolic link"), "{no:?}");
        // Swapped after it was looked at: what was looked at is connected.
        let app = UnixListener::bind(path("real.sock")).unwrap();
        let found = Socket::find(&path("real.sock")).unwrap();
        std::fs::remove_file(path("real.sock")).unwrap();
        symlink(path("secret.sock"), path("real.sock")).unwrap();
        let _stream = UnixStream::connect(found.address()).await.unwrap();
        app.set_nonblocking(true).unwrap();
        assert!(app.accept().is_ok(), "the socket that was looked at");
        assert_eq!(secret.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "the other one");
    }

    #[tokio::test]
    async fn each_failure_has_its_own_reason() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        drop(UnixListener::bind(path("dead.sock")).unwrap());
        std::fs::write(path("file"), "").unwrap();
        for (name, reason) in [
            ("dead.sock", CloseReason::DialRefused),
            ("none.sock", CloseReason::Unresolvable),
            ("file", CloseReason::DialUnreachable),
        ] {
            let no = dial(&path(name), &[&format!("unix:{}", path(name))]).await.unwrap_err();
            assert_eq!(no.reason, reason, "{name}: {no:?}");
        }
    }
}
