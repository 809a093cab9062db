//! Who may ask what, and to whom each request goes.

use super::needs::needed;
use super::{Asker, changes, grants, policy, queries, revoke};
use crate::ca::der;
use crate::core::Core;
use crate::operators::OperatorSession;
use crate::ops::Op;
use crate::policy::{Sight, permit};
use crate::server::reload::reload;
use pki::{Role, Subject, profile};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use wire::audit::{Entry, Object};
use wire::message::operator::{Intent, Reply, Request};
use wire::{Refusal, RefusalCode, UnixMs};

/// The answer to one request. The operator's standing is looked up anew for each.
pub(super) async fn handle(
    core: &Arc<Core>,
    operator: &OperatorSession,
    request: Request,
) -> Result<Reply, Refusal> {
    let record = super::live(core, operator.id, &operator.spki)?;
    let (fleet, now) = (core.state.fleet(), core.wall());
    operator.has_roles(record.roles_at(now).cloned().collect());
    if let Some(wanted) = needed(&request)
        && !permit::permits(&fleet, &record, wanted, now)
    {
        return Err(permit::refused(&fleet, &record, wanted));
    }
    let sight = Sight::of(&record, now);
    let asker = Asker { core, session: operator, record: &record, sight };
    match request {
        Request::Renew { csr } => renew(core, operator, &csr).await,
        Request::Logout(intent) => logout(core, operator, &intent).await,
        Request::Probe(what) => super::probe::run(&asker, &what).await,
        Request::Drain { for_ms, intent } => drain(core, operator, for_ms, &intent).await,
        Request::Reload(intent) => {
            reload(core, operator.actor(), &intent).await.map(Reply::Reloaded)
        }
        Request::NodeRevoke { node, intent } => revoke::node(&asker, &node, intent).await,
        Request::Policy(request) => policy::handle(&asker, *request).await,
        Request::CaRotate { kind, signed, force, intent } => {
            crate::ca::rotate(core, operator, kind, signed, force, intent).await
        }
        Request::CaRollback(intent) => crate::ca::roll_back(core, operator, intent).await,
        Request::Ca | Request::CaPrepare | Request::CaCrl => {
            crate::ca::answer(core, &request).await
        }
        request => match queries::answer(&asker, request).await {
            Ok(answer) => answer,
            Err(change) => match grants::carry_out(&asker, change).await {
                Ok(answer) => answer,
                Err(change) => changes::carry_out(&asker, change).await,
            },
        },
    }
}

/// A new certificate for the caller's own key.
async fn renew(core: &Core, operator: &OperatorSession, csr: &[u8]) -> Result<Reply, Refusal> {
    let id = operator.id.to_string();
    let is_local = operator.id == core.names.admin;
    let lifetime = if is_local { profile::LOCAL_ADMIN } else { core.config().operator_certificate };
    let subject = Subject::of(Role::Operator, id.clone());
    let issued = core.sign(&subject, csr, core.wall(), lifetime)?;
    if issued.spki != operator.spki {
        let message = "a certificate is renewed for the key that was enrolled, not for another";
        return Err(Refusal::new(RefusalCode::Denied, message));
    }
    let certificate_expires_at = UnixMs(issued.not_after_ms);
    let actor = operator.actor();
    core.apply(Op::RenewOperator { actor, operator: operator.id, certificate_expires_at }).await?;
    let standing = core.state.fleet().operator(operator.id).map(|operator| operator.ca);
    let cause = core.cause(standing.unwrap_or_default());
    core.issued(&issued, Role::Operator, &id, cause).await?;
    core.operators.renewed(operator.id, &operator.spki, certificate_expires_at);
    Ok(Reply::Renewed(der(&issued)))
}

/// Ends the caller's login. The local admin's key stays good: whoever owns the data directory has it.
async fn logout(
    core: &Core,
    operator: &OperatorSession,
    intent: &Intent,
) -> Result<Reply, Refusal> {
    let name = operator.name.as_str();
    let (actor, reason) = (operator.actor(), intent.reason.clone());
    let op = Op::Logout { actor, operator: operator.id, reason };
    if intent.dry_run {
        core.state.plan(&op)?;
        return Ok(Reply::Done(vec![super::objects::planned("operator", name, &[])]));
    }
    let mut outcome = super::objects::outcome("operator", name);
    if operator.id != core.names.admin {
        outcome = super::objects::done("operator", name, &core.apply(op).await?);
    }
    core.operators.end_all_but(operator.id, operator.connection);
    // The answer has to leave first; after it this connection may do nothing any more.
    operator.lose_lanes();
    outcome.ok = true;
    Ok(Reply::Done(vec![outcome]))
}

/// Refuses new work from now on and asks the process to drain; the record says who asked.
async fn drain(
    core: &Core,
    operator: &OperatorSession,
    for_ms: u64,
    intent: &Intent,
) -> Result<Reply, Refusal> {
    let server = core.names.primary.as_str();
    if intent.dry_run {
        let mut tunnels = core.tunnels.live();
        tunnels.retain(|tunnel| !tunnel.is_listener());
        let planned = super::objects::planned("server", server, &tunnels);
        return Ok(Reply::Done(vec![planned]));
    }
    let object = Object { kind: "server".into(), ..Object::default() };
    let mut entry = Entry::new("server.drain", operator.actor(), object).with("for_ms", for_ms);
    if let Some(reason) = &intent.reason {
        entry = entry.with("reason", reason.as_str());
    }
    core.apply(Op::Record(entry)).await?;
    tracing::info!(operator = %operator.name, for_ms, "drain asked for");
    core.draining.store(true, Relaxed);
    core.drain_asked.send_replace(Some(Duration::from_millis(for_ms)));
    let done = super::objects::outcome("server", server);
    Ok(Reply::Done(vec![wire::message::operator::Outcome { ok: true, ..done }]))
}
