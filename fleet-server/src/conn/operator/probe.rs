//! Answers why something does not work: who would be let in, which sessions there are, and whether
//! the target answers each node. The target is connected and let go; nothing is sent to it.

use super::Asker;
use super::open::{Caller, establish_at};
use crate::admission::{self, Moment, Verdict};
use crate::core::Core;
use crate::fleet::{NodeRecord, PortRecord, SessionRecord};
use crate::operators::OperatorSession;
use crate::ports::away;
use crate::views;
use std::sync::Arc;
use wire::message::operator::Reply;
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::{NodeProbe, NodeRef, ProbeView, SessionFact};
use wire::{CloseReason, NodeId, Refusal, RefusalCode, SafeText};

/// Tries what is named.
pub(super) async fn run(asker: &Asker<'_>, what: &OpenTo) -> Result<Reply, Refusal> {
    let (core, operator, sight) = (asker.core, asker.session, &asker.sight);
    let fleet = core.state.fleet();
    let (port, nodes) = match what {
        OpenTo::Port(name) => {
            let port = fleet.find_port(name.as_str(), sight)?;
            let seen = |id: &NodeId| fleet.find_node(&id.to_string(), sight).ok();
            let nodes: Vec<_> = port.nodes.iter().filter_map(seen).collect();
            (Some(port), nodes)
        }
        OpenTo::Node { node, .. } | OpenTo::Through { node, .. } => {
            (None, vec![fleet.find_node(node.as_str(), sight)?])
        }
        OpenTo::Listen { .. } | OpenTo::Arrival { .. } | OpenTo::Share { .. } => {
            let message = "a listener is not probed: open it";
            return Err(Refusal::new(RefusalCode::Usage, message)
                .hint("tunnelctl reverse, tunnelctl share"));
        }
    };
    let (admitted_by, refused_by) = match &port {
        Some(port) => admission(core, operator, port),
        None => (None, None),
    };
    let tries = nodes.iter().map(|node| probe(core, operator.caller(), what, node));
    let nodes = futures::future::join_all(tries).await;
    Ok(Reply::Probe(Box::new(ProbeView {
        seen: operator.source.to_string().into(),
        admitted_by,
        refused_by,
        sessions: port.as_deref().map(|p| sessions(core, operator, p)).unwrap_or_default(),
        port: port.map(|port| views::port_for(core, sight, &port)),
        nodes,
    })))
}

/// What lets a visitor from the caller's address in, or keeps him out.
fn admission(
    core: &Core,
    operator: &OperatorSession,
    port: &PortRecord,
) -> (Option<SafeText>, Option<SafeText>) {
    let (fleet, now) = (core.state.fleet(), core.wall());
    match admission::visitor(&fleet, (port, None), operator.source, Moment::Opening, now) {
        Verdict::Granted(ground) => {
            let by = match (ground.session, ground.guest, ground.rule) {
                (Some(session), ..) => format!("session {session}"),
                (None, Some(guest), _) => format!("guest {guest}"),
                (None, None, Some(rule)) => format!("rule {rule}"),
                (None, None, None) => "the server".to_owned(),
            };
            (Some(by.into()), None)
        }
        Verdict::Denied(_, Some(lock)) => (None, Some(format!("lock {}", lock.id).into())),
        Verdict::Denied(Some(rule), None) => (None, Some(format!("rule {rule}").into())),
        Verdict::Denied(None, None) => (None, Some("the default deny".into())),
    }
}

fn sessions(core: &Core, operator: &OperatorSession, port: &PortRecord) -> Vec<SessionFact> {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let own = |s: &Arc<SessionRecord>| s.operator == operator.id && s.is_for(port.id);
    let mut sessions: Vec<_> = fleet.sessions().filter(own).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.started_at));
    let fact = |session: &Arc<SessionRecord>| SessionFact {
        id: session.id,
        state: session.state(now),
        addresses: session.from.iter().chain(&session.seen).cloned().collect(),
        ends: session.ended.map_or(session.expires_at, |(at, _)| at),
    };
    sessions.iter().take(MOST_SESSIONS).map(fact).collect()
}

/// Sessions told about: the newest say why.
const MOST_SESSIONS: usize = 8;

async fn probe(
    core: &Arc<Core>,
    caller: Caller,
    what: &OpenTo,
    node: &Arc<NodeRecord>,
) -> NodeProbe {
    let probe = NodeProbe {
        node: NodeRef { id: node.id, name: node.name.clone() },
        away: None,
        address: None,
        connect_ms: None,
        failed: None,
        message: None,
    };
    if core.registry.session(node.id).is_none() {
        return NodeProbe { away: Some(away(core, node)), ..probe };
    }
    let open = OperatorOpen {
        to: what.clone(),
        kind: TunnelType::Connect,
        note: Some("probe".into()),
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    };
    match Box::pin(establish_at(core, caller, open, Some(node.id))).await {
        Ok(established) => {
            let (address, connect_ms) =
                (established.opened.address.clone(), established.opened.connect_ms);
            established.let_go(core.clock.now());
            NodeProbe { address, connect_ms: Some(connect_ms), ..probe }
        }
        Err(no) if no.reason == CloseReason::NodeLost => {
            NodeProbe { away: Some(no.refusal.message), ..probe }
        }
        Err(no) => {
            NodeProbe { failed: Some(no.reason), message: Some(no.refusal.message), ..probe }
        }
    }
}
