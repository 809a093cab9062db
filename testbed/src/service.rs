//! Local services behind the nodes: echo, a bulk source with a known digest, a sink, a small web server.

use anyhow::Result;
use link::Shutdown;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};

/// Serves `each` connection until `shutdown`; returns the address.
async fn listen<F, S>(name: &'static str, shutdown: &Shutdown, each: S) -> Result<SocketAddr>
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
    S: Fn(TcpStream) -> F + Send + Sync + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let tasks = shutdown.child();
    let children = tasks.clone();
    tasks.spawn(name, async move {
        loop {
            let accepted = tokio::select! {
                biased;
                () = children.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let Ok((tcp, _)) = accepted else { continue };
            // Latency is measured through these services.
            let _ = tcp.set_nodelay(true);
            let (work, ending) = (each(tcp), children.clone());
            children.spawn(name, async move {
                tokio::select! {
                    biased;
                    () = ending.cancelled() => {}
                    _ = work => {}
                }
            });
        }
    });
    Ok(address)
}

/// Sends back what it gets; ends when the client ends.
///
/// # Errors
/// No loopback port.
pub async fn echo(shutdown: &Shutdown) -> Result<SocketAddr> {
    listen("echo", shutdown, |mut tcp| async move {
        let (mut read, mut write) = tcp.split();
        tokio::io::copy(&mut read, &mut write).await?;
        write.shutdown().await
    })
    .await
}

/// The same on a Unix socket at `path`.
///
/// # Errors
/// The socket can't be made.
pub fn unix_echo(path: &Path, shutdown: &Shutdown) -> Result<()> {
    let listener = UnixListener::bind(path)?;
    let tasks = shutdown.child();
    let children = tasks.clone();
    tasks.spawn("unix echo", async move {
        loop {
            let accepted = tokio::select! {
                biased;
                () = children.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let Ok((mut stream, _)) = accepted else { continue };
            let ending = children.clone();
            children.spawn("unix echo", async move {
                let (mut read, mut write) = stream.split();
                let work = async {
                    tokio::io::copy(&mut read, &mut write).await?;
                    write.shutdown().await
                };
                tokio::select! {
                    biased;
                    () = ending.cancelled() => {}
                    _ = work => {}
                }
            });
        }
    });
    Ok(())
}

/// Reads a big-endian u64 and sends that many bytes of [`Pattern`], then ends.
///
/// # Errors
/// No loopback port.
pub async fn bulk(shutdown: &Shutdown) -> Result<SocketAddr> {
    listen("bulk", shutdown, |mut tcp| async move {
        let mut left = tcp.read_u64().await?;
        let mut pattern = Pattern::default();
        let mut block = vec![0; 64 * 1024];
        while left > 0 {
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
            pattern.fill(&mut block[..take]);
            tcp.write_all(&block[..take]).await?;
            left -= take as u64;
        }
        tcp.shutdown().await
    })
    .await
}

/// Reads a big-endian u64 and sends that many bytes, then ends: as [`bulk`], but nothing is computed, so
/// that a measurement costs as little in this direction as in that of the [`sink`].
///
/// # Errors
/// No loopback port.
pub async fn source(shutdown: &Shutdown) -> Result<SocketAddr> {
    listen("source", shutdown, |mut tcp| async move {
        let (mut left, block) = (tcp.read_u64().await?, vec![7; 256 * 1024]);
        while left > 0 {
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
            tcp.write_all(&block[..take]).await?;
            left -= take as u64;
        }
        tcp.shutdown().await
    })
    .await
}

/// Reads everything, then answers with the count as a big-endian u64.
///
/// # Errors
/// No loopback port.
pub async fn sink(shutdown: &Shutdown) -> Result<SocketAddr> {
    listen("sink", shutdown, |mut tcp| async move {
        let (mut count, mut block) = (0u64, vec![0; 64 * 1024]);
        loop {
            match tcp.read(&mut block).await? {
                0 => break,
                n => count += n as u64,
            }
        }
        tcp.write_u64(count).await?;
        tcp.shutdown().await
    })
    .await
}

/// Answers every GET with a short page that names the node.
///
/// # Errors
/// No loopback port.
pub async fn web(shutdown: &Shutdown, node: &str) -> Result<SocketAddr> {
    let body = format!("hello from {node}\n");
    listen("web", shutdown, move |mut tcp| {
        let body = body.clone();
        async move {
            let (mut head, mut block) = (Vec::new(), [0; 1024]);
            while !head.windows(4).any(|w| w == b"\r\n\r\n") && head.len() < 8192 {
                match tcp.read(&mut block).await? {
                    0 => return Ok(()),
                    n => head.extend_from_slice(&block[..n]),
                }
            }
            let length = body.len();
            let text = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            tcp.write_all(text.as_bytes()).await?;
            tcp.shutdown().await
        }
    })
    .await
}

/// Bytes that do not repeat within a buffer: a lost, doubled or swapped one changes the digest.
#[derive(Debug, Clone)]
pub struct Pattern(u64);

impl Default for Pattern {
    fn default() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl Pattern {
    /// Writes the next bytes. Callers take the same block sizes on both sides.
    pub fn fill(&mut self, block: &mut [u8]) {
        for word in block.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            word.copy_from_slice(&self.0.to_le_bytes()[..word.len()]);
        }
    }

    /// The digest of the first `length` bytes.
    pub fn digest(length: u64) -> blake3::Hash {
        let (mut pattern, mut hasher) = (Self::default(), blake3::Hasher::new());
        let (mut left, mut block) = (length, vec![0; 64 * 1024]);
        while left > 0 {
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
            pattern.fill(&mut block[..take]);
            hasher.update(&block[..take]);
            left -= take as u64;
        }
        hasher.finalize()
    }
}
