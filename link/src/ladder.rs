//! Which way leads to the server from here: TLS directly, TLS through an HTTP proxy, TLS inside of a
//! WebSocket. Tried in this order; what worked is remembered for each network and tried first (F1.3).

mod memory;
mod ways;

pub use ways::{NoProxy, Setting, Ways, WaysError};

use crate::clock::{Clock, System};
use crate::dial::{Conn, DialError, Proxy, dial_any};
use crate::tls::ClientTls;
use memory::{Memory, Network};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use wire::UnixMs;

/// What every address gets at least, however many there are.
const SHORTEST: Duration = Duration::from_secs(1);
/// A way that worked here gets so many attempts of its own before the others are tried again: a
/// server that restarts must not be asked three times by everybody.
const PATIENCE: u32 = 2;

/// A kind of way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rung {
    /// TLS straight to the server.
    Tls,
    /// TLS through an HTTP proxy.
    Proxy,
    /// TLS inside of a WebSocket, through the proxy if there is one and it is needed.
    Wss,
}

impl Rung {
    /// The word for it: `tls`, `proxy`, `wss`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Wss => "wss",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Rung {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Tls, Self::Proxy, Self::Wss].into_iter().find(|r| r.as_str() == text).ok_or(())
    }
}

/// One way out of this network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    rung: Rung,
    proxy: Option<Arc<Via>>,
}

/// A proxy, and for whom it is not used.
#[derive(Debug, PartialEq, Eq)]
struct Via {
    proxy: Proxy,
    except: NoProxy,
}

impl Way {
    /// Straight to the server.
    pub const fn direct() -> Self {
        Self { rung: Rung::Tls, proxy: None }
    }

    /// Its kind.
    pub const fn rung(&self) -> Rung {
        self.rung
    }

    /// The proxy on it.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref().map(|via| &via.proxy)
    }

    /// Whether it is a way to `server` (`HOST:PORT`): some are not reached through the proxy.
    pub fn leads_to(&self, server: &str) -> bool {
        self.proxy.as_ref().is_none_or(|via| !via.except.covers(server))
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proxy() {
            Some(proxy) => write!(f, "{} via {proxy}", self.rung),
            None => f.pad(self.rung.as_str()),
        }
    }
}

/// A way that did not lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which.
    pub way: Way,
    /// The servers that were asked.
    pub address: String,
    /// Why it did not.
    pub error: String,
    /// When.
    pub at: UnixMs,
}

/// The ways, and what is known about them. Clones share what is learned.
#[derive(Debug, Clone)]
pub struct Ladder {
    shared: Arc<Shared>,
    /// Attempts that a known way has for itself.
    patience: u32,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    ways: Ways,
    memory: Memory,
    /// Failures in a row.
    failures: u32,
    /// What failed since the last success, and before it.
    attempts: Vec<Attempt>,
}

impl Default for Ladder {
    /// Without a proxy and without a memory.
    fn default() -> Self {
        Self::new(Ways::default(), None)
    }
}

impl Ladder {
    /// For whoever keeps trying; `file` keeps what is learned.
    pub fn new(ways: Ways, file: Option<PathBuf>) -> Self {
        let memory = Memory::load(file);
        let state = State { ways, memory, failures: 0, attempts: Vec::new() };
        Self { shared: Arc::new(Shared { state: Mutex::new(state) }), patience: PATIENCE }
    }

    /// For whoever tries once: every way is tried every time.
    #[must_use]
    pub fn impatient(self) -> Self {
        Self { patience: 0, ..self }
    }

    /// Takes other ways; what is known about this network stays.
    pub fn change(&self, ways: Ways) {
        self.state().ways = ways;
    }

    /// The ways there are, in their order.
    pub fn ways(&self) -> Vec<Way> {
        self.state().ways.all()
    }

    /// What did not work on the way to where we are.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.state().attempts.clone()
    }

    /// Dials the servers by each way in turn within `within` (but every address gets a second);
    /// which one answered, and how.
    ///
    /// # Errors
    /// The most telling failure.
    ///
    /// # Cancel safety
    /// Yes; what was learned by then is kept.
    pub async fn climb(
        &self,
        servers: &[String],
        tls: &ClientTls,
        alpn: &'static [u8],
        within: Duration,
    ) -> Result<(usize, Conn), DialError> {
        let network = Network::current();
        let mut plan = self.plan(servers, network, System.wall());
        self.state().attempts.clear();
        let deadline = Instant::now() + within;
        let mut telling: Option<DialError> = None;
        while !plan.is_empty() {
            let way = plan.remove(0);
            let each = share(deadline, servers.len() * (plan.len() + 1));
            let error = match dial_any(servers, &way, tls, alpn, each).await {
                Ok((index, conn)) => {
                    self.worked(network, way.rung);
                    return Ok((index, conn));
                }
                Err(error) => error,
            };
            tracing::debug!(%way, %error, "way not passable");
            self.failed(&way, servers, &error);
            let is_final = error.is_final();
            if telling.as_ref().is_none_or(|known| error.weight() > known.weight()) {
                telling = Some(error);
            }
            if is_final {
                break;
            }
        }
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        let nothing = || DialError::Resolve {
            host: servers.join(", "),
            source: std::io::Error::other("no way leads there: see proxy and path"),
        };
        Err(telling.unwrap_or_else(nothing))
    }

    /// In which order to try. The one that worked here comes first, and alone while it is trusted;
    /// after a day the better ones get their chance.
    fn plan(&self, servers: &[String], network: Network, now: UnixMs) -> Vec<Way> {
        let state = self.state();
        let mut plan = state.ways.all();
        plan.retain(|way| servers.iter().any(|server| way.leads_to(server)));
        let Some(known) = state.memory.recall(network, now) else { return plan };
        let Some(at) = plan.iter().position(|way| way.rung == known) else { return plan };
        plan[..=at].rotate_right(1);
        if state.failures < self.patience {
            plan.truncate(1);
        }
        plan
    }

    fn worked(&self, network: Network, rung: Rung) {
        let mut state = self.state();
        state.failures = 0;
        state.memory.keep(network, rung, System.wall());
    }

    fn failed(&self, way: &Way, servers: &[String], error: &DialError) {
        let asked = servers.iter().filter(|server| way.leads_to(server));
        let address = asked.map(String::as_str).collect::<Vec<_>>().join(", ");
        let (way, error, at) = (way.clone(), error.to_string(), System.wall());
        self.state().attempts.push(Attempt { way, address, error, at });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What each of `count` dials may take until `deadline`.
fn share(deadline: Instant, count: usize) -> Duration {
    let left = deadline.saturating_duration_since(Instant::now());
    (left / u32::try_from(count.max(1)).unwrap_or(u32::MAX)).max(SHORTEST)
}

#[cfg(test)]
mod tests;
