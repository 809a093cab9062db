//! The way between the programs of a lab and its server: through a relay with mild habits (pieces,
//! small delays, both directions), unless the test says that it needs the straight one.

use link::Shutdown;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use testbed::{Shape, Way as Direction, Weather};
use tokio::sync::oneshot;

/// Where the habits' random numbers begin unless TUNNELCTL_SEED says otherwise.
const SEED: u64 = 0x6d69_6c64;

/// How programs get to the server.
pub enum Way {
    Relayed(Relay),
    /// With the reason.
    Straight(&'static str),
}

impl Way {
    pub fn relayed() -> Self {
        Self::Relayed(Relay::start())
    }

    /// What the server is told that it is called, so that its tokens lead here.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Relayed(relay) => Some(relay.address.to_string()),
            Self::Straight(_) => None,
        }
    }

    /// Leads to a server that has begun to listen; those of `contexts` that lead to it straight take
    /// this way from now on.
    pub fn lead(&self, server: &str, contexts: &Path) {
        let Self::Relayed(relay) = self else { return };
        let to: SocketAddr = server.parse().unwrap();
        assert!(to.ip().is_loopback(), "{to}: a lab that is not on loopback says Lab::straight");
        relay.weather.redirect(to);
        let (own, ours) = (format!("\"{server}\""), format!("\"{}\"", relay.address));
        for entry in std::fs::read_dir(contexts).into_iter().flatten().flatten() {
            let (file, new) = (entry.path().join("context.toml"), entry.path().join("new.toml"));
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if text.contains(&own) {
                std::fs::write(&new, text.replace(&own, &ours)).unwrap();
                std::fs::rename(&new, &file).unwrap();
            }
        }
    }

    /// How many connections came this way, as far as anybody counts.
    pub fn connections(&self) -> usize {
        match self {
            Self::Relayed(relay) => relay.weather.connections(),
            Self::Straight(_) => 0,
        }
    }

    /// What somebody needs to know who sees the test fail.
    pub fn told(&self) -> String {
        match self {
            Self::Relayed(relay) => {
                format!("through a relay with mild habits: TUNNELCTL_SEED={}", relay.seed)
            }
            Self::Straight(why) => format!("straight: {why}"),
        }
    }
}

/// A relay on a thread of its own, so that a test needs no runtime. It outlives every server.
pub struct Relay {
    pub address: SocketAddr,
    weather: Arc<Weather>,
    seed: u64,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    fn start() -> Self {
        let seed = std::env::var("TUNNELCTL_SEED").map_or(SEED, |text| text.parse().unwrap());
        let (tell, told) = mpsc::channel();
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let shutdown = Shutdown::new();
                // Until there is a server, nobody is there.
                let nobody = SocketAddr::from(([127, 0, 0, 1], 0));
                let weather = Arc::new(Weather::start(nobody, &shutdown).await.unwrap());
                weather.seed(seed);
                for direction in [Direction::Up, Direction::Down] {
                    weather.shape(direction, Shape::mild());
                }
                tell.send(weather).unwrap();
                let _ = ended.await;
            });
        });
        let weather: Arc<Weather> = told.recv().unwrap();
        Self { address: weather.address, weather, seed, end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
