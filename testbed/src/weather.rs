//! A TCP relay between an agent (or operator) and the server whose weather can change: black
//! holes that swallow bytes, cuts that reset, refusal, and traps that spring at the n-th TLS record.
//! The only network fault tool that needs no root.

mod air;
mod records;
mod relay;
mod shape;

pub use air::{Sky, Snap};
pub use shape::{Over, Shape, Way};

use air::Air;
use anyhow::Result;
use link::Shutdown;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A running relay.
#[derive(Debug)]
pub struct Weather {
    /// Where to connect instead of the server.
    pub address: SocketAddr,
    air: Arc<Air>,
    to: watch::Sender<SocketAddr>,
    accepted: Arc<AtomicUsize>,
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
        let air = Arc::new(Air::default());
        let (to, destination) = watch::channel(to);
        let shutdown = shutdown.child();
        let (tasks, around) = (shutdown.clone(), Arc::clone(&air));
        let accepted = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&accepted);
        shutdown.spawn("weather", async move {
            serve(listener, around, destination, counted, tasks).await;
        });
        Ok(Self { address, air, to, accepted, shutdown })
    }

    /// How many connections came so far.
    pub fn connections(&self) -> usize {
        self.accepted.load(Relaxed)
    }

    /// Changes the weather for all connections, present and future.
    pub fn change(&self, sky: Sky) {
        self.air.change(|now| now.sky = sky);
    }

    /// Gives connections that come from now on bad habits in one direction.
    pub fn shape(&self, way: Way, shape: Shape) {
        self.air.shape(way, shape);
    }

    /// Where the random numbers of shapes begin.
    pub fn seed(&self, seed: u64) {
        self.air.seed(seed);
    }

    /// Resets what is connected now; new connections pass.
    pub fn cut(&self) {
        self.air.change(|now| {
            now.cuts += 1;
            now.sky = Sky::Clear;
        });
    }

    /// Swallows for good what is connected now; new connections pass: a NAT that lost its table.
    pub fn forget(&self) {
        self.air.change(|now| now.forgotten += 1);
    }

    /// From now on counts records and ends of both directions, of all connections together, and
    /// does `snap` at number `at` (0 is the next).
    pub fn arm(&self, at: usize, snap: Snap) {
        self.air.arm(at, snap);
    }

    /// Takes the trap away, if it has not sprung.
    pub fn disarm(&self) {
        self.air.disarm();
    }

    /// Whether the trap has sprung.
    pub fn has_sprung(&self) -> bool {
        *self.air.sprung.borrow()
    }

    /// Waits until the trap has sprung.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn sprung(&self) {
        // The sender lives as long as this relay.
        let _ = self.air.sprung.subscribe().wait_for(|sprung| *sprung).await;
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
    air: Arc<Air>,
    to: watch::Receiver<SocketAddr>,
    accepted: Arc<AtomicUsize>,
    shutdown: Shutdown,
) {
    loop {
        let came = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            came = listener.accept() => came,
        };
        let Ok((client, _)) = came else { continue };
        accepted.fetch_add(1, Relaxed);
        let (air, to, ending) = (Arc::clone(&air), *to.borrow(), shutdown.clone());
        shutdown.spawn("weather connection", async move {
            tokio::select! {
                biased;
                () = ending.cancelled() => {}
                () = relay::run(client, to, &air) => {}
            }
        });
    }
}
