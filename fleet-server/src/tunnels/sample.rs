//! The one sampler: once a second it reads every live tunnel's counters, sets rates, forgets closed
//! tunnels and asks policy again when a rule's time ran out.

use super::{Tunnels, reevaluate};
use crate::core::{Core, lock};
use crate::events::Second;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::{TunnelId, UnixMs};

const TICK: Duration = Duration::from_secs(1);

/// Samples until shutdown.
pub(crate) async fn run(core: Arc<Core>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = core.wall();
    loop {
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            _ = ticks.tick() => tick(&core, &mut last),
        }
    }
}

fn tick(core: &Arc<Core>, last: &mut UnixMs) {
    core.feed.second(core.tunnels.tick(core));
    core.metrics.process.tick();
    let (from, now) = (std::mem::replace(last, core.wall()), core.wall());
    let expired = |until: UnixMs| from < until && until <= now;
    if core.state.fleet().rules().iter().any(|r| r.enabled && r.until.is_some_and(expired)) {
        let task = Arc::clone(core);
        core.shutdown.spawn("expired-rules", async move {
            if let Err(refusal) = reevaluate(&task, &"server".into()).await {
                tracing::error!(%refusal, "tunnels of an expired rule");
            }
        });
    }
}

impl Tunnels {
    fn tick(&self, core: &Core) -> Second {
        let now = core.clock.now();
        let tunnels: Vec<TunnelId> = self
            .live()
            .iter()
            .filter(|tunnel| tunnel.tick(self.settle(core, tunnel), now))
            .map(|tunnel| tunnel.id)
            .collect();
        let gone = self.expire(now);
        let (nodes, ports) = lock(&self.traffic).tick();
        Second { nodes, tunnels, gone, ports, ..Second::default() }
    }

    fn expire(&self, now: Instant) -> Vec<TunnelId> {
        lock(&self.table).expire(now)
    }
}
