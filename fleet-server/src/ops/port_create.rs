//! Publishes a port: its number is given out once and kept for the port's life.

use super::{By, Change, Done, Op, same_id};
use crate::fleet::{Edit, Fleet, MAX_PORT_NODES, NodeRecord, PortRecord};
use crate::policy::Sight;
use crate::policy::is_granted;
use std::sync::Arc;
use std::time::Duration;
use wire::message::view::{DropMode, OnDrop, PortOptions};
use wire::{NodeId, Refusal, RefusalCode, SafeText, Target, UnixMs};

/// Longest hold: a visitor's patience, and a bound on what waits.
const MAX_HOLD: Duration = Duration::from_secs(600);
/// How long a port holds when nothing is said.
const DEFAULT_HOLD: Duration = Duration::from_secs(10);

pub(super) fn run(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refusal> {
    let Op::PortCreate { actor, spec, id, reason, range, ephemeral, reserved } = op else {
        return Ok(Change::nothing());
    };
    if let Some(other) = fleet.port_by_name(spec.name.as_str()) {
        let message = format!("the port {} exists, at {}", other.name, other.number);
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("tunnelctl ports get {}", other.name)));
    }
    if fleet.port(*id).is_some() {
        return Err(same_id());
    }
    let target = spec.target.checked().map_err(|error| usage(error.to_string()))?;
    let nodes = nodes(fleet, &spec.nodes, &target)?;
    let numbers = Numbers { fleet, range: *range, ephemeral: *ephemeral, reserved };
    let port = Arc::new(PortRecord {
        id: *id,
        name: spec.name.clone(),
        number: match spec.port {
            Some(number) => numbers.asked(number)?,
            None => numbers.lowest()?,
        },
        nodes,
        target,
        on_drop: on_drop(spec.on_drop)?,
        max_tunnels: positive(spec.max_tunnels, "--max-tunnels")?,
        idle_ms: positive(spec.idle_ms, "--idle")?,
        enabled: true,
        created_at: now,
        options: options(&spec.options)?,
    });
    let by = By { actor, reason: reason.as_ref() };
    let names: Vec<String> =
        port.nodes.iter().filter_map(|id| fleet.node(*id)).map(|n| n.name.to_string()).collect();
    let entry = by
        .did("port.create", &*port)
        .with("number", u64::from(port.number))
        .with("nodes", names.join(" "))
        .with("target", port.target.to_string());
    Ok(Change::new(vec![Edit::Port(Arc::clone(&port))], vec![entry], Done::Port(port)))
}

fn options(asked: &PortOptions) -> Result<PortOptions, Refusal> {
    Ok(PortOptions {
        rate_bytes_per_s: positive(asked.rate_bytes_per_s, "--rate")?,
        budget_bytes: positive(asked.budget_bytes, "--budget")?,
        ..asked.clone()
    })
}

/// The nodes by these names; each can serve the target.
pub(super) fn nodes(
    fleet: &Fleet,
    wanted: &[SafeText],
    target: &Target,
) -> Result<Vec<NodeId>, Refusal> {
    if !(1..=MAX_PORT_NODES).contains(&wanted.len()) {
        return Err(usage(format!("a port has 1 to {MAX_PORT_NODES} nodes")).hint("--node NAME"));
    }
    let mut ids = Vec::with_capacity(wanted.len());
    for reference in wanted {
        let node = fleet.find_node(reference.as_str(), &Sight::everything())?;
        can_serve(&node, target)?;
        if !ids.contains(&node.id) {
            ids.push(node.id);
        }
    }
    Ok(ids)
}

fn can_serve(node: &NodeRecord, target: &Target) -> Result<(), Refusal> {
    if node.revoked.is_some() {
        let message = format!("{} is revoked", node.name);
        return Err(Refusal::new(RefusalCode::Conflict, message).hint("choose another node"));
    }
    if !is_granted(node, target) {
        let message = format!("{} was enrolled for other targets than {target}", node.name);
        return Err(Refusal::new(RefusalCode::Denied, message)
            .hint(format!("tunnelctl nodes get {}", node.name)));
    }
    Ok(())
}

/// Which numbers may be given out.
struct Numbers<'a> {
    fleet: &'a Fleet,
    range: (u16, u16),
    ephemeral: Option<(u16, u16)>,
    reserved: &'a [(u16, u16)],
}

impl Numbers<'_> {
    fn asked(&self, number: u16) -> Result<u16, Refusal> {
        if number == 0 {
            return Err(usage("port 0 is no port").hint("leave --port out for the next free one"));
        }
        if self.is_ephemeral(number) {
            let message = format!(
                "{number} is in the kernel's ephemeral range: any program may hold it after a \
                 restart"
            );
            let hint = format!("sysctl -w net.ipv4.ip_local_reserved_ports={number}");
            return Err(usage(message).hint(hint));
        }
        if let Some(other) = self.fleet.port_by_number(number) {
            let message = format!("{number} is the number of the port {}", other.name);
            return Err(Refusal::new(RefusalCode::Conflict, message)
                .hint("leave --port out for the next free one"));
        }
        Ok(number)
    }

    fn lowest(&self) -> Result<u16, Refusal> {
        let (first, last) = self.range;
        (first.max(1)..=last)
            .find(|n| !self.is_ephemeral(*n) && self.fleet.port_by_number(*n).is_none())
            .ok_or_else(|| {
                let message = format!("no free number from {first} to {last}");
                Refusal::new(RefusalCode::Conflict, message)
                    .hint("delete a port, or widen port_range in the server's configuration")
            })
    }

    fn is_ephemeral(&self, number: u16) -> bool {
        let within = |(first, last): &(u16, u16)| (*first..=*last).contains(&number);
        self.ephemeral.as_ref().is_some_and(within) && !self.reserved.iter().any(within)
    }
}

/// What a port does while its node is away, within bounds.
pub(super) fn on_drop(asked: OnDrop) -> Result<OnDrop, Refusal> {
    if asked.mode == DropMode::Refuse {
        return Ok(OnDrop { mode: DropMode::Refuse, hold_ms: None });
    }
    let hold = asked.hold_ms.map_or(DEFAULT_HOLD, Duration::from_millis);
    if hold.is_zero() || hold > MAX_HOLD {
        return Err(
            usage("a port holds visitors for 1 ms to 10 minutes").hint("--on-drop hold=10s")
        );
    }
    Ok(OnDrop { mode: DropMode::Hold, hold_ms: u64::try_from(hold.as_millis()).ok() })
}

fn positive<T: Default + PartialEq>(limit: Option<T>, flag: &str) -> Result<Option<T>, Refusal> {
    match limit {
        Some(limit) if limit == T::default() => Err(usage(format!("{flag} 0 would admit nobody"))),
        other => Ok(other),
    }
}

fn usage(message: impl Into<SafeText>) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}
