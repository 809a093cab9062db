//! Where other processes of the same user ask this one about its forwards: a Unix socket in a directory
//! that only he can enter. One request per connection, one line of JSON each way.

use super::board::{Board, ForwardRow, News};
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use link::Shutdown;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, broadcast};
use tokio::time::{MissedTickBehavior, interval, timeout};
use wire::ForwardId;

/// The longest request.
const MAX_REQUEST: u64 = 16 * 1024;
/// From the connection to its request, and for each line to leave.
const DEADLINE: Duration = Duration::from_secs(5);
/// Connections served at once.
const MAX_VISITORS: usize = 32;
/// How long a close is waited for.
const CLOSE: Duration = Duration::from_secs(10);
/// How often the socket is looked for: a runtime directory may be cleared while this process lives.
const LOOK: Duration = Duration::from_secs(5);
/// After what the listener could not accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Ask {
    /// Which forwards there are.
    List,
    /// End forwards; answered when they are gone.
    Close {
        /// These.
        forwards: Vec<ForwardId>,
    },
    /// News of one until it ends.
    Attach {
        /// This one.
        forward: ForwardId,
    },
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    /// All there are.
    Forwards(Vec<ForwardRow>),
    /// These are gone.
    Closed(Vec<ForwardId>),
    /// Something happened.
    News(News),
    /// So many news were missed.
    Missed(u64),
}

/// Where the sockets of this user's processes are.
///
/// # Errors
/// There is no such directory for him.
pub fn directory() -> Result<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    match runtime.filter(|dir| dir.is_absolute() && dir.is_dir()) {
        Some(dir) => Ok(dir.join("tunnelctl").join("forwards")),
        None => Ok(paths::state_dir()?.join("forwards")),
    }
}

/// Makes the directory, or checks that nobody else has a way into it.
pub fn private(dir: &Path) -> Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let found = std::fs::metadata(dir)?;
    let own = rustix::process::geteuid().as_raw();
    if found.uid() != own || found.mode() & 0o077 != 0 {
        return Err(Failure::new(
            Exit::Usage,
            format!("{}: others can get into it", dir.display()),
        )
        .hint(format!("chmod 700 {}", dir.display())));
    }
    Ok(())
}

/// The place where this process is asked; goes with the value.
#[derive(Debug)]
pub struct Desk(PathBuf);

impl Drop for Desk {
    fn drop(&mut self) {
        // Gone already, if the directory was cleared.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Desk {
    /// Answers questions about `board` until `shutdown`.
    ///
    /// # Errors
    /// The socket can't be made.
    pub fn open(board: &Board, shutdown: &Shutdown) -> Result<Self> {
        let dir = directory()?;
        private(&dir)?;
        let name =
            format!("{}-{:08x}.sock", std::process::id(), crate::exit::random() & 0xffff_ffff);
        let path = dir.join(name);
        let listener = bind(&path)
            .map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", path.display())))?;
        let (board, tasks, at) = (board.clone(), shutdown.clone(), path.clone());
        shutdown.spawn("forward desk", async move { serve(listener, at, board, tasks).await });
        Ok(Self(path))
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn serve(mut listener: UnixListener, path: PathBuf, board: Board, tasks: Shutdown) {
    let places = Arc::new(Semaphore::new(MAX_VISITORS));
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = tasks.cancelled() => return,
            _ = look.tick() => if let Some(again) = replaced(&path) { listener = again },
            visitor = listener.accept() => {
                let Ok((visitor, _)) = visitor else {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                };
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
                let (board, ending) = (board.clone(), tasks.clone());
                tasks.spawn("forward desk visitor", async move {
                    let _place = place;
                    tokio::select! {
                        biased;
                        // An answer to a close is given while the process ends.
                        _ = attend(visitor, &board) => {}
                        () = async { ending.cancelled().await; tokio::time::sleep(DEADLINE).await } => {}
                    }
                });
            }
        }
    }
}

/// The socket anew, if it is not there any more.
fn replaced(path: &Path) -> Option<UnixListener> {
    if path.exists() {
        return None;
    }
    private(path.parent()?).ok()?;
    bind(path).ok()
}

async fn attend(visitor: UnixStream, board: &Board) -> io::Result<()> {
    let (read, mut write) = visitor.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MAX_REQUEST));
    timeout(DEADLINE, read.read_line(&mut line)).await??;
    match serde_json::from_str(&line)? {
        Ask::List => say(&mut write, &Told::Forwards(board.rows())).await,
        Ask::Close { forwards } => {
            let closing = board.close(&forwards);
            if board.gone(&closing, CLOSE).await {
                say(&mut write, &Told::Closed(closing)).await?;
            }
            Ok(())
        }
        Ask::Attach { forward } => {
            let mut left = read.into_inner().into_inner();
            tokio::select! {
                biased;
                // Whoever detaches closes his end.
                _ = left.read_u8() => Ok(()),
                told = tell(&mut write, forward, board) => told,
            }
        }
    }
}

/// News of one forward until it is gone.
async fn tell(
    write: &mut (impl AsyncWriteExt + Unpin),
    forward: ForwardId,
    board: &Board,
) -> io::Result<()> {
    let mut news = board.follow();
    if !board.rows().iter().any(|row| row.id == forward) {
        return Ok(());
    }
    let this = [forward];
    loop {
        let told = tokio::select! {
            biased;
            told = news.recv() => told,
            _ = board.gone(&this, Duration::MAX) => return Ok(()),
        };
        match told {
            Ok(news) if news.forward == forward => say(write, &Told::News(news)).await?,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(count)) => {
                say(write, &Told::Missed(count)).await?;
            }
            Err(broadcast::error::RecvError::Closed) => return Ok(()),
        }
    }
}

async fn say(write: &mut (impl AsyncWriteExt + Unpin), told: &Told) -> io::Result<()> {
    let mut line = serde_json::to_vec(told)?;
    line.push(b'\n');
    timeout(DEADLINE, write.write_all(&line)).await?
}
