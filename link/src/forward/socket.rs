//! A Unix socket to listen on: the file is this user's alone from its first moment, replaces only what a
//! process of his left behind, and goes with the listener.

use rustix::fs::{Mode, fchmod};
use rustix::process::geteuid;
use socket2::{Domain, SockAddr, Type};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// Connections that may wait in the kernel.
const BACKLOG: i32 = 128;

/// A socket that is listened on.
#[derive(Debug)]
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
    file: File,
}

/// Which file is at a path: device and number.
type File = (u64, u64);

impl Socket {
    /// Listens at `path`, with mode 0600. A socket of this user's that nobody listens at is replaced.
    ///
    /// # Errors
    /// Somebody listens there (`AddrInUse`), something else is there (`AlreadyExists`), or the path is
    /// too long or in no directory of this user's.
    pub(super) async fn bind(path: &Path) -> io::Result<Self> {
        let listener = match listen(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                clear(path).await?;
                listen(path)?
            }
            listener => listener?,
        };
        let file = file(path)?;
        Ok(Self { listener, path: path.to_owned(), file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The next connection.
    ///
    /// # Cancel safety
    /// Yes.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(client, _)| client)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // What somebody else put in its place is his.
        if file(&self.path).is_ok_and(|file| file == self.file) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // The file gets the socket's mode: changed afterwards, it would be open to others for a moment.
    fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(BACKLOG)?;
    UnixListener::from_std(socket.into())
}

fn file(path: &Path) -> io::Result<File> {
    let found = std::fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Removes a socket of this user's that nobody listens at; everything else stays as it is.
async fn clear(path: &Path) -> io::Result<()> {
    let found = match std::fs::symlink_metadata(path) {
        // It went by itself.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if !found.file_type().is_socket() {
        let what = "something else than a socket is there, and stays";
        return Err(io::Error::new(ErrorKind::AlreadyExists, what));
    }
    if found.uid() != geteuid().as_raw() {
        let what = "a socket of another user is there, and stays";
        return Err(io::Error::new(ErrorKind::AlreadyExists, what));
    }
    let taken = || io::Error::new(ErrorKind::AddrInUse, "somebody listens there");
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        // Also one with no place for another connection.
        Ok(_) | Err(_) => return Err(taken()),
    }
    if file(path)? != (found.dev(), found.ino()) {
        return Err(taken());
    }
    std::fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener as Other;

    async fn refused(path: &Path) -> ErrorKind {
        Socket::bind(path).await.map(drop).unwrap_err().kind()
    }

    #[tokio::test]
    async fn it_is_its_users_alone_and_goes_with_the_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db.sock");
        let socket = Socket::bind(&path).await.unwrap();
        let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(refused(&path).await, ErrorKind::AddrInUse, "it is in use");
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn only_a_socket_that_nobody_listens_at_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        drop(Other::bind(path("stale")).unwrap());
        assert!(Socket::bind(&path("stale")).await.is_ok());

        std::fs::write(path("file"), "kept").unwrap();
        drop(Other::bind(path("left")).unwrap());
        symlink(path("left"), path("link")).unwrap();
        symlink(path("nowhere"), path("dangling")).unwrap();
        std::fs::create_dir(path("dir")).unwrap();
        for name in ["file", "link", "dangling", "dir"] {
            assert_eq!(refused(&path(name)).await, ErrorKind::AlreadyExists, "{name}");
        }
        assert_eq!(std::fs::read_to_string(path("file")).unwrap(), "kept");
        assert!(path("left").exists(), "what a link leads to");
        assert_eq!(refused(&path("no/where")).await, ErrorKind::NotFound);
        assert_eq!(refused(&path(&"x".repeat(120))).await, ErrorKind::InvalidInput);
    }

    #[tokio::test]
    async fn what_took_its_place_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db.sock");
        let first = Socket::bind(&path).await.unwrap();
        std::fs::remove_file(&path).unwrap();
        let second = Socket::bind(&path).await.unwrap();
        drop(first);
        assert!(UnixStream::connect(&path).await.is_ok());
        drop(second);
        assert!(!path.exists());
    }
}
