//! Tries where a forward leads, by a tunnel of its own: the target takes a connection, or answers a GET.

use super::visitor::{self, Ask, Tunnel};
use super::{Context, Kind};
use crate::meter::Meter;
use crate::splice::{End, Limits};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

/// For the tunnel and the answer together.
const DEADLINE: Duration = Duration::from_secs(15);
/// What is read of an answer: its first line up to the status.
const STATUS: usize = "HTTP/1.1 200".len();

/// Tries the target of one forward.
#[derive(Debug, Clone)]
pub struct Prober(pub(super) Arc<Context>);

impl Prober {
    /// Whether the target takes a connection. A proxy has no target, a listener at a
    /// node none there; both are always fine.
    ///
    /// # Errors
    /// Why not, for people.
    ///
    /// # Cancel safety
    /// Yes; the tunnel is reset.
    pub async fn tcp(&self) -> Result<(), String> {
        self.open().await.map(drop)
    }

    /// Whether the target answers a GET of `path` with 2xx or 3xx.
    ///
    /// # Errors
    /// Why not, for people.
    ///
    /// # Cancel safety
    /// Yes; the tunnel is reset.
    pub async fn http(&self, path: &str) -> Result<(), String> {
        let Some(tunnel) = self.open().await? else { return Ok(()) };
        let host = tunnel.target.clone();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: tunnelctl\r\nConnection: close\r\n\r\n"
        );
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        let (read, write) = tokio::io::split(theirs);
        let client = End::Pipe(Box::new(read), Box::new(write));
        let Tunnel { operator, opened, stream, .. } = tunnel;
        let meter = Arc::new(Meter::default());
        let limits = Limits { compress: opened.compress, ..Limits::default() };
        let carrying = operator.carry(&opened, stream, client, meter, limits);
        let asking = async {
            let mut status = std::pin::pin!(status(ours, head.as_bytes()));
            let ended = tokio::select! {
                biased;
                status = &mut status => return status.map_err(|error| error.to_string()),
                ended = carrying => ended,
            };
            // What came before the end may still wait to be read.
            let status = status.await;
            status.map_err(|_| format!("it ended without an answer ({})", ended.reason))
        };
        match timeout(DEADLINE, asking).await {
            Ok(Ok(status)) if (200..400).contains(&status) => Ok(()),
            Ok(Ok(status)) => Err(format!("{path} answered {status}")),
            Ok(Err(why)) => Err(why),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    async fn open(&self) -> Result<Option<Tunnel>, String> {
        let ask = match &self.0.spec.kind {
            Kind::Fixed(to) => Ask::To(to.clone()),
            Kind::Group(group, target) => Ask::Group(group, target.clone()),
            Kind::Proxy { .. } | Kind::Reverse { .. } | Kind::Share { .. } => return Ok(None),
        };
        match timeout(DEADLINE, visitor::opened(&self.0, ask, None)).await {
            Ok(Ok(tunnel)) => Ok(Some(tunnel)),
            Ok(Err(no)) => Err(no.refusal.message.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

/// The status of the answer to this request.
async fn status(mut target: DuplexStream, request: &[u8]) -> io::Result<u16> {
    target.write_all(request).await?;
    let mut line = [0; STATUS];
    target.read_exact(&mut line).await?;
    let text = std::str::from_utf8(&line).ok();
    let status = text.filter(|text| text.starts_with("HTTP/1.")).and_then(|text| text.get(9..));
    status
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[tokio::test]
    async fn only_a_status_line_is_an_answer() {
        for (answer, is) in [
            ("HTTP/1.1 200 OK\r\n\r\n", Some(200)),
            ("HTTP/1.0 503 No\r\n", Some(503)),
            ("HTTP/2.0 200 OK\r\n", None),
            ("SSH-2.0-OpenSSH_9", None),
            ("HTTP/1.1 2x0 OK\r\n", None),
            ("short", None),
        ] {
            let (ours, mut theirs) = tokio::io::duplex(1024);
            let answering = async {
                theirs.write_all(answer.as_bytes()).await.unwrap();
                theirs.read_exact(&mut [0; 3]).await.unwrap();
                drop(theirs);
            };
            let (status, ()) = tokio::join!(status(ours, b"GET"), answering);
            assert_eq!(status.ok(), is, "{answer:?}");
        }
    }
}
