//! What a forward has carried and carries now, for whoever looks at it from outside.

use crate::meter::Meter;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wire::TunnelId;

/// The counters of one forward.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Live>);

#[derive(Debug, Default)]
struct Live {
    open: HashMap<TunnelId, Arc<Meter>>,
    total: u64,
    /// Bytes of the tunnels that ended.
    up: u64,
    down: u64,
}

/// What the counters say at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tunnels that are open.
    pub open: u64,
    /// Tunnels that were opened so far.
    pub total: u64,
    /// Bytes towards the target, of open tunnels too.
    pub up: u64,
    /// Bytes from the target.
    pub down: u64,
}

impl Traffic {
    /// How it stands.
    pub fn counts(&self) -> Counts {
        let live = self.live();
        let sum = |done: u64, of: fn(&Meter) -> u64| {
            live.open.values().fold(done, |sum, meter| sum.saturating_add(of(meter)))
        };
        Counts {
            open: live.open.len() as u64,
            total: live.total,
            up: sum(live.up, Meter::up),
            down: sum(live.down, Meter::down),
        }
    }

    /// Counts a tunnel from now until the value is dropped.
    pub(super) fn enter(self: &Arc<Self>, tunnel: TunnelId, meter: &Arc<Meter>) -> Entered {
        let mut live = self.live();
        live.total += 1;
        live.open.insert(tunnel, Arc::clone(meter));
        Entered { traffic: Arc::clone(self), tunnel }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A tunnel that is open.
#[derive(Debug)]
pub(super) struct Entered {
    traffic: Arc<Traffic>,
    tunnel: TunnelId,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut live = self.traffic.live();
        if let Some(meter) = live.open.remove(&self.tunnel) {
            live.up = live.up.saturating_add(meter.up());
            live.down = live.down.saturating_add(meter.down());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_tunnels_count_while_they_run_and_afterwards() {
        let (traffic, meter) = (Arc::new(Traffic::default()), Arc::new(Meter::default()));
        let one = traffic.enter(TunnelId::from_random(1), &meter);
        meter.add_up(3);
        assert_eq!(traffic.counts(), Counts { open: 1, total: 1, up: 3, down: 0 });
        meter.add_down(4);
        drop(one);
        assert_eq!(traffic.counts(), Counts { open: 0, total: 1, up: 3, down: 4 });
    }
}
