//! What several streams have carried and carry now, for whoever looks at them from outside.

use super::Meter;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The sums of many meters.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Live>);

#[derive(Debug, Default)]
struct Live {
    /// By the count of those that were there before.
    open: HashMap<u64, Arc<Meter>>,
    total: u64,
    /// Bytes of those that ended.
    up: u64,
    down: u64,
}

/// What the sums say at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Streams that are open.
    pub open: u64,
    /// Streams that were opened so far.
    pub total: u64,
    /// Bytes towards the target, of open streams too.
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

    /// Counts another stream from now until the value is dropped.
    pub fn enter(self: &Arc<Self>) -> Entered {
        self.begin(&mut self.live())
    }

    /// The same, if fewer than `limit` are open.
    pub fn enter_below(self: &Arc<Self>, limit: usize) -> Option<Entered> {
        let mut live = self.live();
        (live.open.len() < limit).then(|| self.begin(&mut live))
    }

    fn begin(self: &Arc<Self>, live: &mut Live) -> Entered {
        let (id, meter) = (live.total, Arc::default());
        live.total += 1;
        live.open.insert(id, Arc::clone(&meter));
        Entered { traffic: Arc::clone(self), id, meter }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that is open.
#[derive(Debug)]
pub struct Entered {
    traffic: Arc<Traffic>,
    id: u64,
    meter: Arc<Meter>,
}

impl Entered {
    /// Its own counters.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut live = self.traffic.live();
        if let Some(meter) = live.open.remove(&self.id) {
            live.up = live.up.saturating_add(meter.up());
            live.down = live.down.saturating_add(meter.down());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_streams_count_while_they_run_and_afterwards_and_no_more_enter_than_may() {
        let traffic = Arc::new(Traffic::default());
        let one = traffic.enter();
        assert!(traffic.enter_below(1).is_none(), "one too many");
        one.meter().add_up(3);
        assert_eq!(traffic.counts(), Counts { open: 1, total: 1, up: 3, down: 0 });
        one.meter().add_down(4);
        drop(one);
        assert_eq!(traffic.counts(), Counts { open: 0, total: 1, up: 3, down: 4 });
        assert!(traffic.enter_below(1).is_some());
    }
}
