//! What time alone ends: rules past their end or outside their hours, roles given for a time. Live
//! tunnels are asked about again at that moment.

use crate::core::Core;
use crate::ops::{Op, PolicyChange, PolicyOp};
use crate::policy;
use crate::tunnels;
use std::sync::Arc;
use std::time::Duration;
use wire::UnixMs;
use wire::audit::Actor;

/// A clock that was set is noticed within this time.
const LOOK: Duration = Duration::from_secs(1);

/// Runs until the server stops.
pub(crate) async fn run(core: Arc<Core>) {
    let mut seen = core.wall();
    loop {
        let wait = next(&core, seen).map_or(LOOK, |at| at.since(core.wall()).min(LOOK));
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let now = core.wall();
        if now < seen || next(&core, seen).is_some_and(|at| at <= now) {
            roles_over(&core, now).await;
            tunnels_again(&core).await;
        }
        seen = now;
    }
}

/// The next moment after `after` at which a decision may change by itself.
fn next(core: &Core, after: UnixMs) -> Option<UnixMs> {
    let fleet = core.state.fleet();
    let roles = fleet.operators().filter_map(|operator| operator.next_role_end(after)).min();
    policy::next_change(&fleet, after).into_iter().chain(roles).min()
}

/// Takes roles away whose time is over, for good.
async fn roles_over(core: &Core, now: UnixMs) {
    let fleet = core.state.fleet();
    if !fleet.operators().any(|who| who.terms.iter().any(|term| term.until <= now)) {
        return;
    }
    let what = PolicyChange::Lapse;
    let op = Op::Policy(PolicyOp { actor: Actor::default(), reason: None, what });
    if let Err(refusal) = core.apply(op).await {
        tracing::warn!(%refusal, "roles whose time is over could not be removed");
    }
}

async fn tunnels_again(core: &Core) {
    if let Err(refusal) = tunnels::reevaluate(core, &"server".into()).await {
        tracing::warn!(%refusal, "tunnels outlived what allowed them");
    }
}
