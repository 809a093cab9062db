//! Makes a link: what comes in at one node's listener leads to a target at another node. Whether it
//! may is the rules' and the nodes' business, asked when it is used.

use super::{By, Change, Done, same_id};
use crate::fleet::{Edit, Fleet, LinkRecord, NodeRecord};
use crate::policy::{Sight, is_granted};
use std::net::SocketAddr;
use std::sync::Arc;
use wire::limits::MAX_LINKS;
use wire::message::operator::LinkSpec;
use wire::{LinkId, Refusal, RefusalCode, SafeText, Target, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    spec: &LinkSpec,
    id: LinkId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    if let Some(other) = fleet.link_by_name(spec.name.as_str()) {
        let message = format!("the link {} exists", other.name);
        return Err(conflict(message).hint(format!("tunnelctl links get {}", other.name)));
    }
    if fleet.link(id).is_some() {
        return Err(same_id());
    }
    if fleet.links().count() >= MAX_LINKS {
        let message = format!("there are {MAX_LINKS} links already");
        return Err(Refusal::new(RefusalCode::Failed, message).hint("tunnelctl links list"));
    }
    let listen = listener(&spec.listen)?;
    let target = spec.target.checked().map_err(|error| usage(error.to_string()))?;
    let at = standing(fleet, &spec.at)?;
    let to = standing(fleet, &spec.to)?;
    if at.id == to.id {
        return Err(usage(format!("a link leads from {} to another node", at.name)));
    }
    if let Some(other) = fleet.links().find(|other| other.collides(at.id, listen)) {
        let message = format!("{listen} at {} is the listener of the link {}", at.name, other.name);
        return Err(conflict(message).hint(format!("tunnelctl links get {}", other.name)));
    }
    let listen = Target::from(listen);
    for (node, what) in [(&at, &listen), (&to, &target)] {
        if !is_granted(node, what) {
            let message = format!("{} was enrolled for other targets than {what}", node.name);
            return Err(Refusal::new(RefusalCode::Denied, message)
                .hint(format!("tunnelctl nodes get {}", node.name)));
        }
    }
    let link = Arc::new(LinkRecord {
        id,
        name: spec.name.clone(),
        at: at.id,
        listen,
        to: to.id,
        target,
        created_at: now,
        by: Some(by.name()),
    });
    let entry = by
        .did("link.create", &*link)
        .with("at", at.name.as_str())
        .with("listen", link.listen.to_string())
        .with("to", to.name.as_str())
        .with("target", link.target.to_string());
    Ok(Change::new(vec![Edit::Link(Arc::clone(&link))], vec![entry], Done::Link(link)))
}

/// What is listened on: one address, spelt in one way.
fn listener(at: &Target) -> Result<SocketAddr, Refusal> {
    let address = at.checked().ok().and_then(|at| at.address());
    address.ok_or_else(|| {
        usage(format!("{at}: a listener at a node is on an address and a port"))
            .hint("--at NODE:127.0.0.1:9000 or NODE:[::1]:9000")
    })
}

/// A node by this name that is not gone for good.
fn standing(fleet: &Fleet, reference: &SafeText) -> Result<Arc<NodeRecord>, Refusal> {
    let node = fleet.find_node(reference.as_str(), &Sight::everything())?;
    if node.revoked.is_some() {
        let message = format!("{} is revoked", node.name);
        return Err(conflict(message).hint("choose another node"));
    }
    Ok(node)
}

fn conflict(message: String) -> Refusal {
    Refusal::new(RefusalCode::Conflict, message)
}

fn usage(message: String) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}
