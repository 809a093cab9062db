//! Who may ask what, and to whom each request goes.

use super::{changes, queries, revoke};
use crate::core::Core;
use crate::operators::OperatorSession;
use crate::ops::Op;
use crate::policy::ADMIN;
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
    let is_admin = record.roles.iter().any(|role| role.as_str() == ADMIN);
    let own = matches!(request, Request::Whoami | Request::Renew { .. } | Request::CanOpen { .. });
    if !is_admin && !own {
        let message = format!("operator {} has no role that allows this", record.name);
        return Err(Refusal::new(RefusalCode::Denied, message).hint("role admin would allow it"));
    }
    match request {
        Request::Renew { csr } => renew(core, operator, &csr).await,
        Request::Drain { for_ms, intent } => drain(core, operator, for_ms, &intent).await,
        Request::NodeRevoke { node, intent } => revoke::node(core, operator, &node, intent).await,
        request => match queries::answer(core, operator, &record, request).await {
            Ok(answer) => answer,
            Err(change) => changes::carry_out(core, operator, change).await,
        },
    }
}

/// A new certificate for the caller's own key.
async fn renew(core: &Core, operator: &OperatorSession, csr: &[u8]) -> Result<Reply, Refusal> {
    let subject = Subject::of(Role::Operator, operator.id.to_string());
    let lifetime =
        if operator.id == core.names.admin { profile::LOCAL_ADMIN } else { profile::OPERATOR };
    let issued = core
        .authority
        .issue(&subject, csr, core.wall().0, lifetime)
        .map_err(|error| crate::conn::enrol::refused(&error))?;
    if issued.spki != operator.spki {
        let message = "a certificate is renewed for the key that was enrolled, not for another";
        return Err(Refusal::new(RefusalCode::Denied, message));
    }
    let certificate_expires_at = UnixMs(issued.not_after_ms);
    let actor = operator.actor();
    core.apply(Op::RenewOperator { actor, operator: operator.id, certificate_expires_at }).await?;
    operator.renewed(certificate_expires_at);
    Ok(Reply::Renewed(crate::conn::enrol::der(&issued)))
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
        let planned = super::objects::planned("server", server, &core.tunnels.live());
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
