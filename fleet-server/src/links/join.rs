//! What comes in at a link's listener: read as the node tells it, taken over, held while the node
//! behind is away, joined to its target. Bounded, whatever a node tells.

use super::Kept;
use super::keep::connection;
use crate::core::Core;
use crate::fleet::LinkRecord;
use crate::ports::STALL;
use crate::registry::Session;
use crate::tunnels::{self, Established, Tunnel};
use link::control::Reader;
use link::splice::{End, Limits};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::sync::OwnedSemaphorePermit;
use wire::CloseReason;
use wire::limits::MAX_FRAME_OPEN;
use wire::message::tunnel::Arrival;

/// Arrivals that were told and not read yet.
const TOLD: usize = 4096;
/// How long a connection waits for the node behind, as a visitor of a published port does.
const HOLD: Duration = Duration::from_secs(10);
/// How often a draining server looks whether the last connection has ended.
const POLL: Duration = Duration::from_millis(20);

/// Those of a link's tunnels: the listener is told nothing for days, and what nobody reads ends.
pub(super) fn limits() -> Limits {
    Limits { stall: Some(STALL), ..Limits::default() }
}

/// Serves an open listener until it ends, for whatever reason.
pub(super) async fn serve(
    core: &Arc<Core>,
    kept: &Arc<Kept>,
    link: &Arc<LinkRecord>,
    session: &Arc<Session>,
    established: Established,
) {
    let listener = Arc::clone(established.guard.tunnel());
    tracing::info!(link = %link.name, tunnel = %listener.id, "link listens");
    let (ours, theirs) = tokio::io::duplex(TOLD);
    let (read, write) = tokio::io::split(theirs);
    let pipe = End::Pipe(Box::new(read), Box::new(write));
    let mut carried = std::pin::pin!(tunnels::run(established, pipe));
    let place = Place { core, kept, link, session, listener: &listener };
    let reason = tokio::select! {
        biased;
        () = &mut carried => None,
        () = kept.shutdown.cancelled() => Some(stopped(core)),
        () = drained(core, link) => Some(CloseReason::Drain),
        () = place.read(ours) => Some(CloseReason::Internal),
    };
    if let Some(reason) = reason {
        listener.cut(reason, &"server".into());
        carried.await;
    }
    tracing::info!(link = %link.name, tunnel = %listener.id, "link's listener ended");
}

/// Why its keeper ends: with the server, or because the link is gone.
fn stopped(core: &Core) -> CloseReason {
    if core.shutdown.is_cancelled() { CloseReason::Drain } else { CloseReason::ClosedByOperator }
}

/// The server takes nothing new, and all that came in has ended.
async fn drained(core: &Core, link: &LinkRecord) {
    core.accepting.cancelled().await;
    while core.tunnels.of_link(link.id).iter().any(|tunnel| !tunnel.is_listener()) {
        tokio::time::sleep(POLL).await;
    }
}

/// An open listener.
struct Place<'a> {
    core: &'a Arc<Core>,
    kept: &'a Arc<Kept>,
    link: &'a Arc<LinkRecord>,
    session: &'a Arc<Session>,
    listener: &'a Arc<Tunnel>,
}

impl Place<'_> {
    /// Reads what the node tells. Returns only if that is not to be read.
    async fn read(&self, from: DuplexStream) {
        // Only read from: the other half stays, so that the tunnel's own end is what ends it.
        let (read, _write) = tokio::io::split(from);
        let mut arrivals = Reader::new(read, MAX_FRAME_OPEN);
        let mut last = 0;
        while let Ok(Arrival { number, .. }) = arrivals.next::<Arrival>().await {
            // They count up: one that was told before is not told again.
            if number <= last {
                tracing::warn!(link = %self.link.name, number, "arrivals that do not count up");
                return;
            }
            last = number;
            // Over the bound: the node resets what nobody takes.
            if self.core.is_draining() {
                continue;
            }
            if let Ok(place) = Arc::clone(&self.kept.joining).try_acquire_owned() {
                self.arrived(number, place);
            }
        }
    }

    fn arrived(&self, number: u64, place: OwnedSemaphorePermit) {
        let (core, link) = (Arc::clone(self.core), Arc::clone(self.link));
        let (session, listener) = (Arc::clone(self.session), Arc::clone(self.listener));
        let shutdown = self.core.shutdown.clone();
        shutdown.spawn("link connection", async move {
            join(&core, &link, &session, &listener, (number, place)).await;
        });
    }
}

/// One connection, from its listener to its end. Dropping what was taken resets it.
async fn join(
    core: &Arc<Core>,
    link: &LinkRecord,
    session: &Session,
    listener: &Tunnel,
    (number, place): (u64, OwnedSemaphorePermit),
) {
    let opening = async {
        let (stream, from) = tunnels::take(core, session, listener, number).await?;
        // Boxed and dropped: an open tunnel does not hold what opening it took.
        let wish = Box::new(connection(core, link, session, listener.id));
        let established = Box::pin(tunnels::establish(core, &wish, HOLD)).await;
        let refused = |refused: &tunnels::Refused| {
            tracing::debug!(link = %link.name, reason = %refused.reason, "connection refused");
        };
        Some((stream, from, established.inspect_err(refused).ok()?))
    };
    let joined = tokio::select! {
        biased;
        () = listener.ended.cancelled() => None,
        joined = opening => joined,
    };
    drop(place);
    let Some((stream, from, established)) = joined else { return };
    established.guard.tunnel().came_from(from);
    Box::pin(tunnels::run(established, End::Lane(stream))).await;
}
