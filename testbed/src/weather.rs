//! A TCP relay between an agent (or operator) and the server whose weather can change: black
//! holes that swallow bytes, cuts that reset, refusal. The only network fault tool that needs no root.

use anyhow::Result;
use link::Shutdown;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to bytes and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sky {
    /// Everything passes.
    Clear,
    /// Connections stay, nothing passes, nothing is told: a NAT that forgot, a cable that was cut.
    BlackHole,
    /// Connections are reset, new ones too.
    Storm,
}

/// A running relay.
#[derive(Debug)]
pub struct Weather {
    /// Where to connect instead of the server.
    pub address: SocketAddr,
    sky: watch::Sender<Sky>,
    to: watch::Sender<SocketAddr>,
    shutdown: Shutdown,
}

impl Weather {
    /// Starts relaying to `to`.
    ///
    /// # Errors
    /// No loopback port.
    pub async fn start(to: SocketAddr, shutdown: &Shutdown) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (sky, watching) = watch::channel(Sky::Clear);
        let (to, destination) = watch::channel(to);
        let shutdown = shutdown.child();
        let tasks = shutdown.clone();
        shutdown
            .spawn("weather", async move { serve(listener, watching, destination, tasks).await });
        Ok(Self { address, sky, to, shutdown })
    }

    /// Changes the weather for all connections, present and future.
    pub fn change(&self, sky: Sky) {
        self.sky.send_replace(sky);
    }

    /// Resets what is connected now; new connections pass.
    pub fn cut(&self) {
        self.change(Sky::Storm);
        self.change(Sky::Clear);
    }

    /// Relays new connections to another address (a restarted server).
    pub fn redirect(&self, to: SocketAddr) {
        self.to.send_replace(to);
    }
}

impl Drop for Weather {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn serve(
    listener: TcpListener,
    sky: watch::Receiver<Sky>,
    to: watch::Receiver<SocketAddr>,
    shutdown: Shutdown,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((client, _)) = accepted else { continue };
        let (sky, to, ending) = (sky.clone(), *to.borrow(), shutdown.clone());
        shutdown.spawn("weather connection", async move {
            tokio::select! {
                biased;
                () = ending.cancelled() => {}
                () = relay(client, to, sky) => {}
            }
        });
    }
}

async fn relay(client: TcpStream, to: SocketAddr, mut sky: watch::Receiver<Sky>) {
    // A cut shorter than this task's next turn must be seen too: the version counts, not the value.
    sky.mark_unchanged();
    if *sky.borrow() == Sky::Storm {
        return link::splice::reset(client);
    }
    let Ok(server) = TcpStream::connect(to).await else {
        return link::splice::reset(client);
    };
    // Delays that only the relay would add are no weather.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    let up = pump(from_client, to_server, sky.clone());
    let down = pump(from_server, to_client, sky);
    let ((r1, w1), (r2, w2)) = tokio::join!(up, down);
    for (read, write) in [(r1, w2), (r2, w1)] {
        if let Ok(tcp) = read.reunite(write) {
            link::splice::reset(tcp);
        }
    }
}

/// Moves bytes one way until the end, an error or a storm; gives the halves back to be reset.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut sky: watch::Receiver<Sky>,
) -> (OwnedReadHalf, OwnedWriteHalf) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let now = *sky.borrow_and_update();
        let read = match now {
            Sky::Storm => break,
            Sky::BlackHole => {
                let _ = sky.changed().await;
                continue;
            }
            Sky::Clear => tokio::select! {
                biased;
                _ = sky.changed() => continue_or_storm(&sky),
                read = from.read(&mut buffer) => Some(read),
            },
        };
        match read {
            None => {}
            Some(Ok(0)) => {
                let _ = to.shutdown().await;
                break;
            }
            Some(Ok(n)) if to.write_all(&buffer[..n]).await.is_ok() => {}
            Some(_) => break,
        }
    }
    (from, to)
}

/// The weather changed while waiting: a cut leaves no trace in the value, only that it changed.
fn continue_or_storm(sky: &watch::Receiver<Sky>) -> Option<std::io::Result<usize>> {
    match *sky.borrow() {
        Sky::BlackHole => None,
        Sky::Clear | Sky::Storm => Some(Err(std::io::ErrorKind::ConnectionReset.into())),
    }
}
