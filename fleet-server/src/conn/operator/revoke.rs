//! Revoke → publish → cut → acknowledge: the answer leaves when the last byte has been moved, and
//! both records are durable.

use super::Asker;
use super::objects::{done, done_with_cut, planned};
use crate::core::millis;
use crate::fleet::{Fleet, NodeRecord};
use crate::ops::Op;
use crate::tunnels::{self, Tunnel, by_owner};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::audit::{Entry, Object};
use wire::message::operator::{Intent, Outcome, Reply};
use wire::{CloseReason, DisconnectReason, Refusal, SafeText};

/// Revokes a node.
pub(super) async fn node(
    asker: &Asker<'_>,
    node: &SafeText,
    intent: Intent,
) -> Result<Reply, Refusal> {
    let (core, operator) = (asker.core, asker.session);
    let begun = core.clock.now();
    let node = core.state.fleet().find_node(node.as_str(), &asker.sight)?;
    let (actor, name) = (operator.actor(), node.name.as_str());
    let op = Op::NodeRevoke { actor: actor.clone(), node: node.id, reason: intent.reason };
    if intent.dry_run {
        let cuts = lost(asker, &node, &core.state.preview(&op)?);
        return Ok(Reply::Done(vec![planned("node", name, &cuts)]));
    }
    let applied = core.apply(op).await?;
    core.revoked.insert(node.spki);
    let session = core.registry.take(node.id, DisconnectReason::Revoked);
    let tunnels = lost(asker, &node, &core.state.fleet());
    let by: SafeText = operator.name.as_str().into();
    for tunnel in &tunnels {
        tunnel.cut(CloseReason::Revoked, &by);
    }
    if let Some(session) = session {
        session.end(DisconnectReason::Revoked);
    }
    core.presence.remove(node.id);
    core.feed.node(node.id);
    core.feed.ports();
    let report = tunnels::cut(core, &tunnels, CloseReason::Revoked, &by).await?;
    let last_byte = report.last_byte.map_or(Duration::ZERO, |at| since(at, begun));
    core.metrics.revoked(last_byte);
    let total = since(core.clock.now(), begun);
    let object = Object {
        kind: "node".into(),
        id: Some(node.id.to_string().into()),
        name: Some(name.into()),
    };
    let entry = Entry::new("node.revoke.cut", actor, object)
        .with("cut_tunnels", u64::from(report.tunnels))
        .with("last_byte_ms", millis(last_byte))
        .with("total_ms", millis(total));
    core.apply(Op::Record(entry)).await?;
    let outcome = done_with_cut(done("node", name, &applied), &report, by_owner(&tunnels));
    let outcome =
        Outcome { last_byte_ms: Some(millis(last_byte)), dropped_commands: Some(0), ..outcome };
    Ok(Reply::Done(vec![outcome]))
}

/// What the node carries, and what stands on it elsewhere: the listener of a link that leads to it.
fn lost(asker: &Asker<'_>, node: &NodeRecord, after: &Fleet) -> Vec<Arc<Tunnel>> {
    let mut lost = asker.core.tunnels.of_node(node.id);
    let links = tunnels::would_lose(asker.core, after).into_iter();
    lost.extend(links.filter(|t| t.link_id().is_some() && t.nodes().all(|id| id != node.id)));
    lost
}

fn since(at: Instant, begun: Instant) -> Duration {
    at.saturating_duration_since(begun)
}
