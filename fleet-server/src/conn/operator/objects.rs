//! Naming objects in requests and shaping results: what was done to what.

use crate::core::Core;
use crate::policy::Sight;
use crate::state::Applied;
use crate::tunnels::{CutReport, Tunnel, by_owner};
use crate::views;
use std::sync::Arc;
use wire::message::operator::Outcome;
use wire::{Refusal, RefusalCode, SafeText, TunnelId};

/// Shortest unique id prefix people may use, behind the underscore.
const PREFIX: usize = 4;

/// Finds a live or recently closed tunnel by id or unique id prefix.
pub(super) fn tunnel(core: &Core, sight: &Sight, reference: &str) -> Result<Arc<Tunnel>, Refusal> {
    let absent = || {
        Refusal::new(RefusalCode::NotFound, format!("no tunnel {reference}"))
            .hint("tunnelctl tunnels list")
    };
    if let Ok(id) = reference.parse::<TunnelId>() {
        let found = core.tunnels.get(id).filter(|tunnel| views::sees_tunnel(core, sight, tunnel));
        return found.ok_or_else(absent);
    }
    let long_enough = reference.strip_prefix("t_").is_some_and(|rest| rest.len() >= PREFIX);
    let mut found: Vec<_> = core.tunnels.shown();
    found.retain(|tunnel| {
        long_enough
            && tunnel.id.to_string().starts_with(reference)
            && views::sees_tunnel(core, sight, tunnel)
    });
    match found.len() {
        0 => Err(absent()),
        1 => found.pop().ok_or_else(absent),
        many => {
            let message = format!("{reference} stands for {many} tunnels");
            Err(Refusal::new(RefusalCode::Usage, message).hint("tunnelctl tunnels list"))
        }
    }
}

/// Nothing happened yet to this object.
pub(super) fn outcome(kind: &str, name: &str) -> Outcome {
    Outcome {
        object: format!("{kind}/{name}").into(),
        name: name.into(),
        ok: false,
        planned: false,
        error: None,
        cut_tunnels: None,
        last_byte_ms: None,
        dropped_commands: None,
        audit: None,
        cuts: Vec::new(),
    }
}

/// It would be done, and these tunnels would be cut.
pub(super) fn planned(kind: &str, name: &str, cuts: &[Arc<Tunnel>]) -> Outcome {
    let cut_tunnels = (!cuts.is_empty()).then(|| u32::try_from(cuts.len()).unwrap_or(u32::MAX));
    Outcome { planned: true, ok: true, cuts: by_owner(cuts), cut_tunnels, ..outcome(kind, name) }
}

/// It was done.
pub(super) fn done(kind: &str, name: &str, applied: &Applied) -> Outcome {
    Outcome { ok: true, audit: applied.audit, ..outcome(kind, name) }
}

/// It was done and cut these tunnels.
pub(super) fn done_with_cut(
    outcome: Outcome,
    report: &CutReport,
    cuts: Vec<(SafeText, u32)>,
) -> Outcome {
    Outcome { cut_tunnels: Some(report.tunnels), cuts, ..outcome }
}
