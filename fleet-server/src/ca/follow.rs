//! Who has followed the authority and who has not: offers to peers, the list for people, and the end
//! of connections whose certificates are refused from now on.

use crate::core::Core;
use crate::fleet::{CaRecord, CaStanding, Holder};
use std::collections::HashSet;
use std::sync::Arc;
use wire::message::operator::{Push, ToConsole};
use wire::message::view::{CaKind, CaWaiting};
use wire::message::{ToAgent, TrustOffer};
use wire::{DisconnectReason, UnixMs};

/// Certificates replaced per second when all holders are asked at once.
const RATE: u64 = 200;
/// The shortest time over which they are asked.
const SOONEST: u64 = 100;

/// What `standing` has to be told, if anything.
pub(crate) fn offer(core: &Core, standing: CaStanding) -> Option<TrustOffer> {
    let (record, now) = (core.state.fleet().ca(), core.wall());
    let renew = needs_certificate(&record, standing, now);
    if standing.trusts == record.number && !renew {
        return None;
    }
    let peers = core.registry.connected() + core.operators.all().len();
    let spread = u64::try_from(peers).unwrap_or(u64::MAX).saturating_mul(1000) / RATE;
    Some(TrustOffer {
        bundle: link::bundle::to_wire(&core.ca.bundle(&record, now)),
        renew_within_ms: renew.then(|| spread.max(SOONEST)),
    })
}

fn needs_certificate(record: &CaRecord, standing: CaStanding, now: UnixMs) -> bool {
    record.replaces_certificates() && standing.issuer != record.signer(Holder::Client, now)
}

/// What `standing` lacks, in the word people are shown.
fn needs(record: &CaRecord, standing: CaStanding, now: UnixMs) -> Option<&'static str> {
    let root = record.rotation.as_ref().is_some_and(|rotation| rotation.kind == CaKind::Root);
    if root && standing.trusts != record.number {
        return Some("trust");
    }
    let lost = record.retired().contains(&standing.issuer);
    (lost || needs_certificate(record, standing, now)).then_some("certificate")
}

/// Everybody who has not followed, by name; those whose credential is over need not.
pub(super) fn waiting(core: &Core) -> Vec<CaWaiting> {
    let fleet = core.state.fleet();
    let (record, now) = (fleet.ca(), core.wall());
    let since = record
        .rotation
        .as_ref()
        .map(|rotation| rotation.since)
        .or_else(|| record.slots.iter().filter_map(|slot| slot.retired).max());
    let Some(since) = since else { return Vec::new() };
    let entry = |holder: &str, name: &str, needs: &str, connected, last_seen| CaWaiting {
        holder: holder.into(),
        name: name.into(),
        needs: needs.into(),
        since,
        connected,
        last_seen,
    };
    let nodes = fleet.nodes().filter(|node| node.revoked.is_none()).filter_map(|node| {
        let session = core.registry.session(node.id);
        let seen = session.as_ref().map(|session| session.last_heard()).or(node.last_seen);
        let needs = needs(&record, node.ca, now)?;
        Some(entry("node", node.name.as_str(), needs, session.is_some(), seen))
    });
    let here: HashSet<_> = core.operators.all().iter().map(|session| session.id).collect();
    let operators = fleet
        .operators()
        .filter(|operator| operator.revoked.is_none() && operator.certificate_expires_at > now);
    let operators = operators.filter_map(|operator| {
        let needs = needs(&record, operator.ca, now)?;
        let connected = here.contains(&operator.id);
        Some(entry("operator", operator.name.as_str(), needs, connected, None))
    });
    let mut all: Vec<CaWaiting> = nodes.chain(operators).collect();
    all.sort_by(|a, b| {
        (a.holder.as_str(), a.name.as_str()).cmp(&(b.holder.as_str(), b.name.as_str()))
    });
    all
}

/// After a step is durable: the listeners go by it, then everybody is told, then those who may not
/// stay are parted with.
pub(super) fn publish(core: &Arc<Core>) {
    let fleet = core.state.fleet();
    let record = fleet.ca();
    core.ca.adopt(&record, core.wall());
    core.ca.leaf_due.notify_one();
    let retired = record.retired();
    for session in core.registry.sessions() {
        let Some(node) = fleet.node(session.node) else { continue };
        if retired.contains(&node.ca.issuer) {
            session.end(DisconnectReason::TlsError);
        } else if session.is_welcomed()
            && let Some(offer) = offer(core, node.ca)
        {
            // A peer that does not take it is offered it again when it returns.
            let _ = session.to_agent.send(ToAgent::Trust(offer));
        }
    }
    for session in core.operators.all() {
        let Some(operator) = fleet.operator(session.id) else { continue };
        if retired.contains(&operator.ca.issuer) {
            session.shutdown.cancel();
        } else if let Some(offer) = offer(core, operator.ca) {
            let _ = session.to_console.send(ToConsole::Push(Box::new(Push::Trust(offer))));
        }
    }
}
