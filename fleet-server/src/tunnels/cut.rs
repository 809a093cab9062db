//! Cutting tunnels so that it is really a cut: every side is told, and the call returns only when
//! the last of them has ended.

use super::Origin;
use super::Tunnel;
use crate::core::Core;
use crate::policy::Decision;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::{CloseReason, DisconnectReason, Generation, Refusal, RefusalCode, SafeText, TunnelId};

/// How long splices may take to end by themselves; then their lanes are closed under them.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a cut did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CutReport {
    pub(crate) tunnels: u32,
    /// When the server moved the last byte of any of them.
    pub(crate) last_byte: Option<Instant>,
}

/// Cuts tunnels and waits until all have ended and the operators' programs confirmed it.
pub(crate) async fn cut(
    core: &Core,
    tunnels: &[Arc<Tunnel>],
    reason: CloseReason,
    by: &SafeText,
) -> Result<CutReport, Refusal> {
    for tunnel in tunnels {
        tunnel.cut(reason, by);
    }
    let (left, ()) = tokio::join!(ended(core, tunnels), confirmed(core, tunnels, reason));
    if left > 0 {
        let message = format!("{left} of {} tunnels did not end", tunnels.len());
        return Err(Refusal::new(RefusalCode::Server, message));
    }
    Ok(CutReport {
        tunnels: u32::try_from(tunnels.len()).unwrap_or(u32::MAX),
        last_byte: tunnels.iter().filter_map(|tunnel| tunnel.last_byte()).max(),
    })
}

/// Asks policy again about every live tunnel; cuts those it no longer allows.
pub(crate) async fn reevaluate(core: &Core, by: &SafeText) -> Result<CutReport, Refusal> {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let mut lost = Vec::new();
    for tunnel in core.tunnels.live() {
        let Some(rule) = tunnel.rule() else { continue };
        let decision = fleet
            .node(tunnel.node.id)
            .map(|node| tunnel.origin.decide(&fleet, &node, &tunnel.target, now));
        match decision {
            Some(Decision::Allow(still)) if still == rule => {}
            Some(Decision::Allow(other)) => tunnel.set_rule(other),
            Some(Decision::Deny(_)) | None => lost.push(tunnel),
        }
    }
    cut(core, &lost, CloseReason::RuleChanged, by).await
}

/// Tunnels by owner, for plans and results.
pub(crate) fn by_owner(tunnels: &[Arc<Tunnel>]) -> Vec<(SafeText, u32)> {
    let mut owners: BTreeMap<SafeText, u32> = BTreeMap::new();
    for tunnel in tunnels {
        let owner = match &tunnel.who.operator {
            Some(name) => name.as_str().into(),
            None => "visitors".into(),
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
        if let Some(session) = core.registry.session(tunnel.node.id) {
            session.lanes.close_all();
            // A session whose lanes are closed carries nothing any more: the agent comes anew.
            session.end(DisconnectReason::PeerReset);
        }
        if let Origin::Operator { connection, .. } = tunnel.origin
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

async fn confirmed(core: &Core, tunnels: &[Arc<Tunnel>], reason: CloseReason) {
    let mut by_connection: HashMap<Generation, Vec<TunnelId>> = HashMap::new();
    for tunnel in tunnels {
        if let Origin::Operator { connection, .. } = tunnel.origin {
            by_connection.entry(connection).or_default().push(tunnel.id);
        }
    }
    let confirmations = by_connection.into_iter().filter_map(|(connection, ids)| {
        let operator = core.operators.get(connection)?;
        Some(async move { operator.confirm_cut(&ids, reason).await })
    });
    futures::future::join_all(confirmations).await;
}
