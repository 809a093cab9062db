//! Invitations: a guest with a link, and the published port of its own that the link leads to.

use super::Asker;
use super::objects::planned;
use crate::core::random;
use crate::ops::{Done, Grant, Op};
use crate::policy;
use crate::ports::{Reserved, choose};
use crate::views;
use std::time::Duration;
use wire::message::operator::{Intent, InviteSpec, PortSpec, Reply};
use wire::message::view::{DropMode, OnDrop, PortOptions};
use wire::{GuestId, Name, PortId, Refusal, RefusalCode, Target};

/// Invites a guest. He gets no further than whoever invites him.
pub(super) async fn carry_out(
    asker: &Asker<'_>,
    spec: InviteSpec,
    intent: &Intent,
) -> Result<Reply, Refusal> {
    let core = asker.core;
    let target = spec.target.checked().map_err(|error| usage(error.to_string()))?;
    may_reach(asker, &spec, &target)?;
    let hash = <[u8; 32]>::try_from(spec.secret_hash.as_slice())
        .map_err(|_| usage("a secret's hash has 32 bytes".to_owned()))?;
    let name = spec.name.clone();
    let port = choose(core, port(asker, &spec, target, intent)?)?;
    let op = Op::Grant {
        actor: asker.session.actor(),
        reason: intent.reason.clone(),
        grant: Box::new(Grant::GuestInvite {
            name: spec.name,
            id: GuestId::from_random(random()),
            hash,
            port: Box::new(port),
            lasts: Duration::from_millis(spec.for_ms),
        }),
    };
    if intent.dry_run {
        core.state.plan(&op)?;
        return Ok(Reply::Done(vec![planned("guest", name.as_str(), &[])]));
    }
    let Done::Guest(guest) = core.apply(op).await?.done else {
        return Err(Refusal::new(RefusalCode::Server, "the change had no result"));
    };
    core.terms.changed();
    core.ports.reconcile(core).await;
    Ok(Reply::Guest(views::guest(core, &guest)))
}

fn may_reach(asker: &Asker<'_>, spec: &InviteSpec, target: &Target) -> Result<(), Refusal> {
    let fleet = asker.core.state.fleet();
    let node = fleet.find_node(spec.node.as_str(), &asker.sight)?;
    let (source, now) = (asker.session.source, asker.core.wall());
    let decision = policy::operator_tunnel(&fleet, asker.record, source, &node, target, now);
    if decision.is_allowed() {
        return Ok(());
    }
    let message = format!("you may not reach {target} at {} yourself", node.name);
    let hint =
        format!("tunnelctl access explain {} --node {} --target {target}", asker.by(), node.name);
    Err(Refusal::new(RefusalCode::Denied, message).hint(hint))
}

/// Makes the port that leads to the target, and to nothing else.
fn port(
    asker: &Asker<'_>,
    spec: &InviteSpec,
    target: Target,
    intent: &Intent,
) -> Result<Op, Refusal> {
    let name: Name = format!("guest-{}", spec.name)
        .parse()
        .map_err(|_| usage(format!("{} is too long a name for an invitation", spec.name)))?;
    let Reserved { ephemeral, reserved } = Reserved::read();
    let options = PortOptions { rate_bytes_per_s: spec.rate_bytes_per_s, ..PortOptions::default() };
    let spec = PortSpec {
        name,
        nodes: vec![spec.node.clone()],
        target,
        port: None,
        on_drop: OnDrop { mode: DropMode::Hold, hold_ms: None },
        max_tunnels: spec.max_tunnels,
        idle_ms: None,
        options,
    };
    Ok(Op::PortCreate {
        actor: asker.session.actor(),
        spec,
        id: PortId::from_random(random()),
        reason: intent.reason.clone(),
        range: asker.core.config().port_range,
        ephemeral,
        reserved,
    })
}

fn usage(message: String) -> Refusal {
    Refusal::new(RefusalCode::Usage, message)
}
