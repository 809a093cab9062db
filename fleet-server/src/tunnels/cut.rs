//! Cutting tunnels so that it is really a cut: every side is told, and the call returns only when
//! the last of them has ended.

use super::Tunnel;
use super::footing::{Footing, Nothing};
use crate::admission::{self, Moment};
use crate::core::{Core, millis};
use crate::fleet::Fleet;
use link::Shutdown;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::message::ToAgent;
use wire::message::agent::TunnelEnd;
use wire::{
    CloseReason, DisconnectReason, Generation, NodeId, Refusal, RefusalCode, SafeText, TunnelId,
};

/// How long splices may take to end by themselves; then their lanes are closed under them.
const PATIENCE: Duration = Duration::from_secs(2);
/// An agent cuts by itself this long after the server should have.
pub(super) const AGENT_SLACK: Duration = Duration::from_millis(250);
/// Ends told in one message: far below the bound of a frame.
const LIMITS_AT_ONCE: usize = 4096;

/// What a cut did.
#[derive(Debug, Clone, Default)]
pub(crate) struct CutReport {
    pub(crate) tunnels: u32,
    /// When the server moved the last byte of any of them.
    pub(crate) last_byte: Option<Instant>,
    /// How many of whom.
    pub(crate) cuts: Vec<(SafeText, u32)>,
}

/// A tunnel that has to go, and why.
type Lost = (Arc<Tunnel>, CloseReason);

/// Cuts tunnels and waits until all have ended and the operators' programs confirmed it.
pub(crate) async fn cut(
    core: &Core,
    tunnels: &[Arc<Tunnel>],
    reason: CloseReason,
    by: &SafeText,
) -> Result<CutReport, Refusal> {
    let lost: Vec<_> = tunnels.iter().map(|tunnel| (Arc::clone(tunnel), reason)).collect();
    cut_each(core, &lost, by).await
}

/// The same, each for a reason of its own.
async fn cut_each(core: &Core, lost: &[Lost], by: &SafeText) -> Result<CutReport, Refusal> {
    let lost = &with_connections(core, lost);
    for (tunnel, reason) in lost {
        tunnel.cut(*reason, by);
    }
    let tunnels: Vec<_> = lost.iter().map(|(tunnel, _)| Arc::clone(tunnel)).collect();
    let (left, ()) = tokio::join!(ended(core, &tunnels), confirmed(core, lost));
    if left > 0 {
        let message = format!("{left} of {} tunnels did not end", tunnels.len());
        return Err(Refusal::new(RefusalCode::Server, message));
    }
    Ok(CutReport {
        tunnels: u32::try_from(tunnels.len()).unwrap_or(u32::MAX),
        last_byte: tunnels.iter().filter_map(|tunnel| tunnel.last_byte()).max(),
        cuts: by_owner(&tunnels),
    })
}

/// A listener ends with all that came in by it.
fn with_connections(core: &Core, lost: &[Lost]) -> Vec<Lost> {
    let mut all = lost.to_vec();
    for (listener, reason) in lost {
        for tunnel in core.tunnels.came_from(listener) {
            if !all.iter().any(|(known, _)| known.id == tunnel.id) {
                all.push((tunnel, *reason));
            }
        }
    }
    all
}

/// Asks again about every live tunnel; cuts those that nothing allows any more, and tells the agents
/// of the others when they end now.
pub(crate) async fn reevaluate(core: &Core, by: &SafeText) -> Result<CutReport, Refusal> {
    let mut lost = Vec::new();
    let mut moved: HashMap<NodeId, Vec<TunnelEnd>> = HashMap::new();
    for tunnel in core.tunnels.live() {
        // What cannot be decided about does not stay, and does not keep others (I10, I11).
        let looked = Shutdown::contain("reevaluate", || look(core, &core.state.fleet(), &tunnel));
        match looked.unwrap_or(Look::Lost(CloseReason::Internal)) {
            Look::Stands(None) => {}
            Look::Stands(Some(end)) => {
                // The server itself ends what goes through no node.
                if let Some(node) = &tunnel.node {
                    moved.entry(node.id).or_default().push(end);
                }
            }
            Look::Lost(reason) => lost.push((tunnel, reason)),
        }
    }
    for (node, tunnels) in moved {
        if let Some(session) = core.registry.session(node) {
            for part in tunnels.chunks(LIMITS_AT_ONCE) {
                // A queue that is full or closed ends the session, and its tunnels with it.
                let _ = session.to_agent.send(ToAgent::Limit { tunnels: part.to_vec() });
            }
        }
    }
    cut_each(core, &lost, by).await
}

/// Live tunnels that would lose their ground in this state of the fleet.
pub(crate) fn would_lose(core: &Core, fleet: &Fleet) -> Vec<Arc<Tunnel>> {
    let live = core.tunnels.live().into_iter();
    live.filter(|tunnel| {
        tunnel.footing().is_some() && matches!(footing(core, fleet, tunnel), Some(Err(_)) | None)
    })
    .collect()
}

/// What another look at a tunnel found.
enum Look {
    /// It stays; the end is said if it moved.
    Stands(Option<TunnelEnd>),
    Lost(CloseReason),
}

fn look(core: &Core, fleet: &Fleet, tunnel: &Tunnel) -> Look {
    // One without a footing is being decided about, on a snapshot that is this one or newer.
    let Some(old) = tunnel.footing() else { return Look::Stands(None) };
    match footing(core, fleet, tunnel) {
        Some(Ok(new)) => {
            let left_ms = new.ends.map(|ends| millis(ends.since(core.wall()) + AGENT_SLACK));
            let moved = new.ends != old.ends;
            tunnel.stand_on(new);
            Look::Stands(moved.then_some(TunnelEnd { tunnel: tunnel.id, left_ms }))
        }
        Some(Err(_)) if tunnel.origin.is_over(core.wall()) => Look::Lost(CloseReason::Max),
        Some(Err(Nothing { lock, .. })) => {
            let lock = lock.as_deref();
            Look::Lost(admission::reason(fleet, &old.ground, lock, core.wall()))
        }
        None => Look::Lost(CloseReason::Revoked),
    }
}

/// `None` if its node is gone.
fn footing(core: &Core, fleet: &Fleet, tunnel: &Tunnel) -> Option<Result<Footing, Nothing>> {
    let node = match &tunnel.node {
        Some(node) => Some(fleet.node(node.id)?),
        None => None,
    };
    let (origin, target) = (&tunnel.origin, &tunnel.target);
    Some(Footing::find(fleet, origin, node.as_deref(), target, Moment::Standing, core.wall()))
}

/// Tunnels by owner, for plans and results.
pub(crate) fn by_owner(tunnels: &[Arc<Tunnel>]) -> Vec<(SafeText, u32)> {
    let mut owners: BTreeMap<SafeText, u32> = BTreeMap::new();
    for tunnel in tunnels {
        let who = tunnel.who();
        let owner = match (&who.operator, &who.guest, &who.node) {
            (Some(name), _, _) => name.as_str().into(),
            (None, Some(guest), _) => format!("guest:{guest}").into(),
            (None, None, Some(node)) => format!("node:{node}").into(),
            (None, None, None) => "visitors".into(),
        };
        *owners.entry(owner).or_default() += 1;
    }
    owners.into_iter().collect()
}

/// Waits for the ends; how many did not come even after their lanes were closed.
async fn ended(core: &Core, tunnels: &[Arc<Tunnel>]) -> usize {
    if tokio::time::timeout(PATIENCE, all_ended(tunnels)).await.is_ok() {
        return 0;
    }
    for tunnel in tunnels.iter().filter(|tunnel| !tunnel.ended.is_cancelled()) {
        tracing::warn!(tunnel = %tunnel.id, "a cut tunnel did not end, its lanes are closed");
        let session = tunnel.node.as_ref().and_then(|node| core.registry.session(node.id));
        if let Some(session) = session {
            session.lanes.close_all();
            // A session whose lanes are closed carries nothing any more: the agent comes anew.
            session.end(DisconnectReason::PeerReset);
        }
        if let Some(connection) = tunnel.origin.connection()
            && let Some(operator) = core.operators.get(connection)
        {
            operator.lose_lanes();
        }
    }
    // Whether it was enough is counted below.
    let _ = tokio::time::timeout(PATIENCE, all_ended(tunnels)).await;
    tunnels.iter().filter(|tunnel| !tunnel.ended.is_cancelled()).count()
}

async fn all_ended(tunnels: &[Arc<Tunnel>]) {
    for tunnel in tunnels {
        tunnel.ended.cancelled().await;
    }
}

async fn confirmed(core: &Core, lost: &[Lost]) {
    let mut by_connection: HashMap<(Generation, CloseReason), Vec<TunnelId>> = HashMap::new();
    for (tunnel, reason) in lost {
        if let Some(connection) = tunnel.origin.connection() {
            by_connection.entry((connection, *reason)).or_default().push(tunnel.id);
        }
    }
    let confirmations = by_connection.into_iter().filter_map(|((connection, reason), ids)| {
        let operator = core.operators.get(connection)?;
        Some(async move { operator.confirm_cut(&ids, reason).await })
    });
    futures::future::join_all(confirmations).await;
}
