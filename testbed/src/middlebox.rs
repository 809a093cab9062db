//! What stands between a site and the Internet besides NAT: an HTTP proxy that is the only way out, and
//! a filter that drops what it does not know.

use anyhow::Result;
use data_encoding::BASE64;
use link::Shutdown;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The longest head of a request, and the longest greeting.
const HEAD: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// A box on the way.
#[derive(Debug)]
pub struct Middlebox {
    /// Where to connect.
    pub address: SocketAddr,
    passed: Arc<AtomicUsize>,
    stopped: Arc<AtomicUsize>,
}

impl Middlebox {
    /// An HTTP proxy that leads every CONNECT to `to`, whatever name was asked for; with
    /// `USER:PASSWORD` it asks for that.
    ///
    /// # Errors
    /// No loopback port.
    pub async fn proxy(
        to: SocketAddr,
        credentials: Option<&str>,
        shutdown: &Shutdown,
    ) -> Result<Self> {
        let wanted = credentials.map(|text| format!("basic {}", BASE64.encode(text.as_bytes())));
        let wanted = Arc::new(wanted.map(|text| text.to_ascii_lowercase()));
        Self::start(shutdown, move |tcp| proxied(tcp, to, Arc::clone(&wanted))).await
    }

    /// A filter in front of `to` that closes what offers a protocol of ours by name, as a firewall
    /// does that lets only web traffic out.
    ///
    /// # Errors
    /// No loopback port.
    pub async fn filter(to: SocketAddr, shutdown: &Shutdown) -> Result<Self> {
        Self::start(shutdown, move |tcp| filtered(tcp, to)).await
    }

    async fn start<F>(
        shutdown: &Shutdown,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = Result<bool>> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (passed, stopped) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let counters = (Arc::clone(&passed), Arc::clone(&stopped));
        let tasks = shutdown.clone();
        shutdown.spawn("middlebox", async move {
            loop {
                let accepted = tokio::select! {
                    biased;
                    () = tasks.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((tcp, _)) = accepted else { return };
                let (served, counters, end) = (serve(tcp), counters.clone(), tasks.clone());
                tasks.spawn("middlebox connection", async move {
                    tokio::select! {
                        biased;
                        () = end.cancelled() => {}
                        outcome = served => {
                            let counter = if matches!(outcome, Ok(true)) { counters.0 } else { counters.1 };
                            counter.fetch_add(1, Relaxed);
                        }
                    }
                });
            }
        });
        Ok(Self { address, passed, stopped })
    }

    /// Connections that were carried and have ended.
    pub fn passed(&self) -> usize {
        self.passed.load(Relaxed)
    }

    /// Connections that were turned away.
    pub fn stopped(&self) -> usize {
        self.stopped.load(Relaxed)
    }
}

async fn proxied(mut tcp: TcpStream, to: SocketAddr, wanted: Arc<Option<String>>) -> Result<bool> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD {
        head.push(timeout(PATIENCE, tcp.read_u8()).await??);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let shown = head.lines().find_map(|line| line.strip_prefix("proxy-authorization: "));
    if !head.starts_with("connect ") {
        tcp.write_all(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n").await?;
        return Ok(false);
    }
    if wanted.as_deref().is_some_and(|wanted| shown != Some(wanted)) {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\
             proxy-authenticate: Basic realm=\"site\"\r\ncontent-length: 0\r\n\r\n";
        tcp.write_all(answer.as_bytes()).await?;
        return Ok(false);
    }
    let mut server = TcpStream::connect(to).await?;
    tcp.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    // How it ends is for the two ends to say.
    let _ = copy_bidirectional(&mut tcp, &mut server).await;
    Ok(true)
}

async fn filtered(mut tcp: TcpStream, to: SocketAddr) -> Result<bool> {
    let mut header = [0; 5];
    timeout(PATIENCE, tcp.read_exact(&mut header)).await??;
    let mut hello = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]])).min(HEAD)];
    timeout(PATIENCE, tcp.read_exact(&mut hello)).await??;
    if hello.windows(9).any(|window| window == b"tunnelctl") {
        return Ok(false);
    }
    let mut server = TcpStream::connect(to).await?;
    server.write_all(&header).await?;
    server.write_all(&hello).await?;
    let _ = copy_bidirectional(&mut tcp, &mut server).await;
    Ok(true)
}
