//! Links with what is live about them.

use super::small;
use crate::admission::{self, Moment, Verdict};
use crate::core::Core;
use crate::fleet::LinkRecord;
use crate::links::granted;
use wire::NodeId;
use wire::message::view::{LinkAt, LinkTo, LinkView, NodeRef};

/// One link.
pub(crate) fn link(core: &Core, record: &LinkRecord) -> LinkView {
    let (state, reason) = core.links.state(core, record);
    let live = core.tunnels.of_link(record.id);
    let flow = core.tunnels.link_flow(record.id);
    LinkView {
        id: record.id,
        name: record.name.clone(),
        at: LinkAt { node: node(core, record, record.at), listen: record.listen.clone() },
        to: LinkTo { node: node(core, record, record.to), target: record.target.clone() },
        state,
        reason,
        rule: rule(core, record),
        granted: granted(core, record),
        tunnels: small(live.iter().filter(|tunnel| !tunnel.is_listener()).count()),
        waiting: small(core.links.joining(record.id)),
        up_bytes: flow.up,
        down_bytes: flow.down,
        created_at: record.created_at,
        created_by: record.by.clone(),
    }
}

/// The rule that lets it pass now; one that is bound to a network needs the node to be there.
fn rule(core: &Core, record: &LinkRecord) -> Option<wire::RuleId> {
    let source = core.registry.session(record.at).map(|session| session.source);
    let fleet = core.state.fleet();
    match admission::link(&fleet, record, source, Moment::Opening, core.wall()) {
        Verdict::Granted(ground) => ground.rule,
        Verdict::Denied(..) => None,
    }
}

fn node(core: &Core, record: &LinkRecord, id: NodeId) -> NodeRef {
    let name = core.state.fleet().node(id).map(|node| node.name.clone());
    // A node with a link is not deleted: nobody sees the link's name stand in.
    NodeRef { id, name: name.unwrap_or_else(|| record.name.clone()) }
}
