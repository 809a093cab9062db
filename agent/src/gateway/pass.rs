//! One connection through a gateway: its first byte, a connection to the server, bytes both ways.

use super::Gateway;
use link::dial::{Route, open};
use link::meter::Meter;
use link::splice::{Cut, End, Limits, reset, splice};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::CloseReason;
use wire::limits::{DIAL_DEADLINE, FIRST_BYTE_DEADLINE};

/// Without a byte for this long a connection is closed: whoever belongs to the fleet says something far
/// more often.
const IDLE: Duration = Duration::from_secs(300);

/// What went through, since the agent started.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    open: AtomicU32,
    total: AtomicU64,
    refused: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    live: Mutex<HashMap<u64, Arc<Meter>>>,
}

/// The same at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) open: u32,
    pub(crate) total: u64,
    pub(crate) refused: u64,
    pub(crate) up: u64,
    pub(crate) down: u64,
}

impl Counters {
    /// Somebody was not admitted, or found no place.
    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(crate) fn totals(&self) -> Totals {
        let live = self.live();
        let sum = |done: &AtomicU64, of: fn(&Meter) -> u64| {
            live.values().fold(done.load(Relaxed), |sum, meter| sum.saturating_add(of(meter)))
        };
        Totals {
            open: self.open.load(Relaxed),
            total: self.total.load(Relaxed),
            refused: self.refused.load(Relaxed),
            up: sum(&self.up, Meter::up),
            down: sum(&self.down, Meter::down),
        }
    }

    /// Another connection, if there are fewer than `limit`.
    pub(super) fn count(self: &Arc<Self>, limit: u32) -> Option<Counted> {
        let more = |open: u32| (open < limit).then_some(open + 1);
        self.open.fetch_update(Relaxed, Relaxed, more).ok()?;
        let id = self.total.fetch_add(1, Relaxed);
        let meter = Arc::new(Meter::default());
        self.live().insert(id, Arc::clone(&meter));
        Some(Counted { counters: Arc::clone(self), id, meter })
    }

    fn live(&self) -> MutexGuard<'_, HashMap<u64, Arc<Meter>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection in the sums.
pub(super) struct Counted {
    counters: Arc<Counters>,
    id: u64,
    meter: Arc<Meter>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.counters.live().remove(&self.id);
        self.counters.open.fetch_sub(1, Relaxed);
        self.counters.up.fetch_add(self.meter.up(), Relaxed);
        self.counters.down.fetch_add(self.meter.down(), Relaxed);
    }
}

/// The connections that are open, and the way to cut them.
#[derive(Debug, Default)]
pub(super) struct Passing {
    next: AtomicU64,
    all: Mutex<HashMap<u64, (SocketAddr, IpAddr, Cut)>>,
}

impl Passing {
    /// A connection that came in at `at` from `source`.
    pub(super) fn enter(self: &Arc<Self>, at: SocketAddr, source: IpAddr) -> Entered {
        let (id, cut) = (self.next.fetch_add(1, Relaxed), Cut::new());
        self.all().insert(id, (at, source, cut.clone()));
        Entered { passing: Arc::clone(self), id, cut }
    }

    /// Cuts those that `stay` does not hold for; how many.
    pub(super) fn cut_unless(&self, stay: impl Fn(SocketAddr, IpAddr) -> bool) -> usize {
        let all = self.all();
        let gone = all.values().filter(|(at, source, _)| !stay(*at, *source));
        gone.map(|(_, _, cut)| cut.now(CloseReason::TargetNotAllowed)).count()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, (SocketAddr, IpAddr, Cut)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves the table when dropped.
pub(super) struct Entered {
    passing: Arc<Passing>,
    id: u64,
    cut: Cut,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.passing.all().remove(&self.id);
    }
}

/// Passes one connection on until it ends.
pub(super) async fn connection(
    gateway: &Gateway,
    client: TcpStream,
    from: SocketAddr,
    (entered, counted): (&Entered, &Counted),
) {
    // The allowlist may have changed between the look at it and the place in the table.
    if !gateway.setting.borrow().admits(from.ip()) {
        return reset(client);
    }
    let Some(route) = gateway.route.load_full() else {
        tracing::debug!(%from, "nothing to pass on to: this agent has not been connected yet");
        return reset(client);
    };
    let meter = Arc::clone(&counted.meter);
    let limits = Limits { idle: Some(IDLE), ..Limits::default() };
    let ended = passed(client, &route, (Arc::clone(&meter), limits), entered.cut.clone()).await;
    let (up, down) = (meter.up(), meter.down());
    tracing::info!(%from, server = route.server, reason = %ended, up, down, "gateway connection ended");
}

/// The server is not bothered before somebody has said something.
async fn passed(
    client: TcpStream,
    route: &Route,
    (meter, limits): (Arc<Meter>, Limits),
    cut: Cut,
) -> CloseReason {
    link::dial::tune(&client);
    let mut first = [0];
    let said = tokio::select! {
        biased;
        reason = cut.cut() => Err(reason),
        said = timeout(FIRST_BYTE_DEADLINE, client.peek(&mut first)) => match said {
            Ok(Ok(1)) => Ok(()),
            _ => Err(CloseReason::ClientClosed),
        },
    };
    if let Err(reason) = said {
        reset(client);
        return reason;
    }
    match timeout(DIAL_DEADLINE, open(route)).await {
        Ok(Ok(server)) => {
            splice(End::Tcp(client), End::Tcp(server), meter, limits, cut).await.reason
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "the gateway does not reach the server");
            reset(client);
            CloseReason::DialUnreachable
        }
        Err(_) => {
            reset(client);
            CloseReason::DialTimeout
        }
    }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use link::ladder::Way;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    fn route(listener: &TcpListener) -> Route {
        let at = listener.local_addr().unwrap();
        Route { server: at.to_string(), at: Some(at), way: Way::direct() }
    }

    #[tokio::test]
    async fn a_connection_that_is_silent_for_too_long_is_closed() {
        let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (mut client, inner) = pair().await;
        client.write_all(b"hello").await.unwrap();
        let limits = Limits { idle: Some(Duration::from_millis(50)), ..Limits::default() };
        let counters = Arc::new(Counters::default());
        let counted = counters.count(1).unwrap();
        assert!(counters.count(1).is_none(), "one too many");
        let (route, meter) = (route(&server), Arc::clone(&counted.meter));
        let reason = passed(inner, &route, (meter, limits), Cut::new()).await;
        assert_eq!(reason, CloseReason::Idle);
        assert!(client.read_u8().await.is_err());
        assert_eq!(counters.totals(), Totals { open: 1, total: 1, up: 5, ..Totals::default() });
        drop(counted);
        assert_eq!(counters.totals(), Totals { open: 0, total: 1, up: 5, ..Totals::default() });
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_costs_the_server_nothing() {
        let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (_client, inner) = pair().await;
        let reason = passed(inner, &route(&server), Default::default(), Cut::new()).await;
        assert_eq!(reason, CloseReason::ClientClosed);
        assert!(timeout(Duration::from_millis(1), server.accept()).await.is_err());
    }

    #[tokio::test]
    async fn what_is_not_admitted_any_more_is_cut() {
        let passing = Arc::new(Passing::default());
        let at = SocketAddr::from(([127, 0, 0, 1], 7443));
        let entered = passing.enter(at, [10, 0, 0, 1].into());
        let other = passing.enter(at, [10, 0, 0, 2].into());
        assert_eq!(passing.cut_unless(|_, source| source == IpAddr::from([10, 0, 0, 2])), 1);
        assert!(entered.cut.reason().is_some() && other.cut.reason().is_none());
        drop((entered, other));
        assert_eq!(passing.cut_unless(|_, _| false), 0);
    }
}
