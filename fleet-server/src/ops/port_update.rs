//! Changes a published port. Its name and number stay, so that rules and visitors keep finding it.

use super::port_create::{nodes, on_drop};
use super::{By, Change, Done, port_of};
use crate::fleet::{Edit, Fleet, PortRecord};
use std::sync::Arc;
use wire::message::operator::{Packing, PortChange};
use wire::message::view::PortOptions;
use wire::{PortId, Refusal, RefusalCode};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    port: PortId,
    change: &PortChange,
) -> Result<Change, Refusal> {
    let old = port_of(fleet, port)?;
    let target = match &change.target {
        Some(target) => {
            target.checked().map_err(|e| Refusal::new(RefusalCode::Usage, e.to_string()))?
        }
        None => old.target.clone(),
    };
    let behind = match &change.nodes {
        Some(wanted) => nodes(fleet, wanted, &target)?,
        // The nodes there are must be allowed the new target too.
        None => {
            let names: Vec<_> = old.nodes.iter().map(|id| id.to_string().into()).collect();
            nodes(fleet, &names, &target)?
        }
    };
    let new = PortRecord {
        nodes: behind,
        target,
        on_drop: change.on_drop.map_or(Ok(old.on_drop), on_drop)?,
        max_tunnels: lifted(change.max_tunnels, old.max_tunnels),
        idle_ms: lifted(change.idle_ms, old.idle_ms),
        options: PortOptions {
            pick: change.pick.unwrap_or(old.options.pick),
            proxy_protocol: change.proxy_protocol.unwrap_or(old.options.proxy_protocol),
            rate_bytes_per_s: lifted(change.rate_bytes_per_s, old.options.rate_bytes_per_s),
            budget_bytes: lifted(change.budget_bytes, old.options.budget_bytes),
            compress: match change.compress {
                None => old.options.compress,
                Some(Packing::Off) => None,
                Some(Packing::On(how)) => Some(how),
            },
        },
        ..(*old).clone()
    };
    if new == *old {
        return Ok(Change::nothing());
    }
    let names: Vec<String> =
        new.nodes.iter().filter_map(|id| fleet.node(*id)).map(|n| n.name.to_string()).collect();
    let entry = by
        .did("port.update", &new)
        .with("nodes", names.join(" "))
        .with("target", new.target.to_string())
        .with("changed", changed(&old, &new).join(" "));
    let new = Arc::new(new);
    Ok(Change::new(vec![Edit::Port(Arc::clone(&new))], vec![entry], Done::Port(new)))
}

/// What a limit becomes: as it was, none, or this.
fn lifted<T: Default + PartialEq>(change: Option<T>, old: Option<T>) -> Option<T> {
    match change {
        None => old,
        Some(limit) => Some(limit).filter(|limit| *limit != T::default()),
    }
}

fn changed(old: &PortRecord, new: &PortRecord) -> Vec<&'static str> {
    [
        ("nodes", old.nodes != new.nodes),
        ("target", old.target != new.target),
        ("on_drop", old.on_drop != new.on_drop),
        ("max_tunnels", old.max_tunnels != new.max_tunnels),
        ("idle", old.idle_ms != new.idle_ms),
        ("pick", old.options.pick != new.options.pick),
        ("proxy_protocol", old.options.proxy_protocol != new.options.proxy_protocol),
        ("rate", old.options.rate_bytes_per_s != new.options.rate_bytes_per_s),
        ("budget", old.options.budget_bytes != new.options.budget_bytes),
        ("compress", old.options.compress != new.options.compress),
    ]
    .into_iter()
    .filter_map(|(what, is_new)| is_new.then_some(what))
    .collect()
}
