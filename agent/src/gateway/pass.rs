//! One connection through a gateway: its first byte, a connection to the server, bytes both ways.

use super::Gateway;
use link::dial::{Route, open};
use link::meter::Meter;
use link::splice::{Cut, End, Limits, reset, splice};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::CloseReason;
use wire::limits::{DIAL_DEADLINE, FIRST_BYTE_DEADLINE};

/// Without a byte for this long a connection is closed: whoever belongs to the fleet says something far
/// more often.
const IDLE: Duration = Duration::from_secs(300);

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
    (entered, meter): (&Entered, &Arc<Meter>),
) {
    // The allowlist may have changed between the look at it and the place in the table.
    if !gateway.setting.borrow().admits(from.ip()) {
        return reset(client);
    }
    let Some(route) = gateway.route.load_full() else {
        tracing::debug!(%from, "nothing to pass on to: this agent has not been connected yet");
        return reset(client);
    };
    let limits = Limits { idle: Some(IDLE), ..Limits::default() };
    let ended = passed(client, &route, (Arc::clone(meter), limits), entered.cut.clone()).await;
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
        let (route, meter) = (route(&server), Arc::new(Meter::default()));
        let reason = passed(inner, &route, (Arc::clone(&meter), limits), Cut::new()).await;
        assert_eq!(reason, CloseReason::Idle);
        assert!(client.read_u8().await.is_err());
        assert_eq!(meter.up(), 5);
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
