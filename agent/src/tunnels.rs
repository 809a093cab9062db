//! The live tunnels of this agent: the limit, the counters, and the way to cut them. A slot is
//! held from before the dial until the last byte, and given back by its drop.

use crate::targets::At;
use link::meter::Meter;
use link::splice::Cut;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use wire::{CloseReason, Target, TunnelId};

/// The table; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tunnels(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    live: Mutex<Live>,
    /// Counts endings, so that waiters look again.
    ended: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Live {
    tunnels: HashMap<TunnelId, Entry>,
    /// Bytes of the tunnels that ended.
    up: u64,
    down: u64,
}

#[derive(Debug)]
struct Entry {
    cut: Cut,
    meter: Arc<Meter>,
    target: Target,
    /// Where it was connected to, once it was.
    at: Option<At>,
    /// When the grant under it ends.
    ends: watch::Sender<Option<Instant>>,
    /// Where it listens, if it does.
    listens: Option<std::net::SocketAddr>,
    /// The listener that its connection came from.
    listener: Option<TunnelId>,
}

/// Why a tunnel got no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSlot {
    Full,
    Twice,
}

/// What the table holds right now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) open: u32,
    pub(crate) up: u64,
    pub(crate) down: u64,
}

impl Tunnels {
    /// Takes a slot for `id`, if there are fewer than `limit`.
    pub(crate) fn admit(
        &self,
        id: TunnelId,
        target: &Target,
        ends: Option<Instant>,
        limit: u32,
    ) -> Result<Slot, NoSlot> {
        let mut live = self.live();
        if live.tunnels.contains_key(&id) {
            return Err(NoSlot::Twice);
        }
        if live.tunnels.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(NoSlot::Full);
        }
        let (cut, meter) = (Cut::new(), Arc::new(Meter::default()));
        let (ends, told) = watch::channel(ends);
        let (target, at) = (target.clone(), None);
        let (listens, listener) = (None, None);
        let (own, counted) = (cut.clone(), meter.clone());
        let entry = Entry { cut: own, meter: counted, target, at, ends, listens, listener };
        live.tunnels.insert(id, entry);
        Ok(Slot { table: self.clone(), id, cut, meter, ends: told })
    }

    /// The grant under this tunnel ends then, or not by itself any more.
    pub(crate) fn granted_until(&self, id: TunnelId, ends: Option<Instant>) {
        if let Some(entry) = self.live().tunnels.get(&id) {
            entry.ends.send_replace(ends);
        }
    }

    /// Cuts these, or all if none is named; says which ones there were.
    pub(crate) fn cut(&self, ids: &[TunnelId], reason: CloseReason) -> Vec<TunnelId> {
        self.cut_where(reason, |id, _| ids.is_empty() || ids.contains(id))
    }

    /// Cuts those whose target at this address `permitted` no longer holds for.
    pub(crate) fn cut_unless(
        &self,
        reason: CloseReason,
        permitted: impl Fn(&Target, &At) -> bool,
    ) -> Vec<TunnelId> {
        self.cut_where(reason, |_, entry| {
            entry.at.as_ref().is_some_and(|at| !permitted(&entry.target, at))
        })
    }

    /// Cuts the listeners that `granted` no longer holds for, and what came in by them.
    pub(crate) fn cut_listeners_unless(
        &self,
        reason: CloseReason,
        granted: impl Fn(std::net::SocketAddr) -> bool,
    ) -> Vec<TunnelId> {
        let gone = |_: &TunnelId, entry: &Entry| entry.listens.is_some_and(|at| !granted(at));
        let listeners = self.cut_where(reason, gone);
        let came = |entry: &Entry| entry.listener.is_some_and(|of| listeners.contains(&of));
        let mut hit = self.cut_where(reason, |_, entry| came(entry));
        hit.extend(listeners);
        hit
    }

    /// Cuts what came in by this listener.
    pub(crate) fn cut_from(&self, listener: TunnelId, reason: CloseReason) -> Vec<TunnelId> {
        self.cut_where(reason, |_, entry| entry.listener == Some(listener))
    }

    /// Tunnels that are listeners.
    pub(crate) fn listeners(&self) -> u32 {
        let live = self.live();
        let count = live.tunnels.values().filter(|entry| entry.listens.is_some()).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn cut_where(
        &self,
        reason: CloseReason,
        which: impl Fn(&TunnelId, &Entry) -> bool,
    ) -> Vec<TunnelId> {
        let live = self.live();
        let hit = live.tunnels.iter().filter(|(id, entry)| which(id, entry));
        hit.map(|(id, entry)| {
            entry.cut.now(reason);
            *id
        })
        .collect()
    }

    /// Waits until none of these is live; says whether that was so in time.
    pub(crate) async fn gone(&self, ids: &[TunnelId], within: Duration) -> bool {
        let mut ended = self.0.ended.subscribe();
        let gone = ended.wait_for(|_| {
            let live = self.live();
            !ids.iter().any(|id| live.tunnels.contains_key(id))
        });
        timeout(within, gone).await.is_ok()
    }

    /// Open tunnels, and bytes of all that ever were.
    pub(crate) fn totals(&self) -> Totals {
        let live = self.live();
        let open = u32::try_from(live.tunnels.len()).unwrap_or(u32::MAX);
        let sum = |done: u64, of: fn(&Meter) -> u64| {
            live.tunnels.values().fold(done, |sum, entry| sum.saturating_add(of(&entry.meter)))
        };
        Totals { open, up: sum(live.up, Meter::up), down: sum(live.down, Meter::down) }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A tunnel's place in the table.
#[derive(Debug)]
pub(crate) struct Slot {
    table: Tunnels,
    id: TunnelId,
    pub(crate) cut: Cut,
    pub(crate) meter: Arc<Meter>,
    ends: watch::Receiver<Option<Instant>>,
}

impl Slot {
    /// Resolves when the grant under the tunnel has ended, wherever its end was moved meanwhile.
    ///
    /// # Cancel safety
    /// Yes.
    pub(crate) async fn granted(&self) {
        let mut told = self.ends.clone();
        loop {
            let ends = *told.borrow_and_update();
            let over = async {
                match ends {
                    Some(ends) => sleep_until(ends).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Ok(()) = told.changed() => {}
                () = over => return,
            }
        }
    }

    /// Which tunnel it is.
    pub(crate) const fn id(&self) -> TunnelId {
        self.id
    }

    /// The target is connected at `at`.
    pub(crate) fn connected(&self, at: At) {
        self.change(|entry| entry.at = Some(at));
    }

    /// It listens there, or is about to.
    pub(crate) fn listens(&self, at: std::net::SocketAddr) {
        self.change(|entry| entry.listens = Some(at));
    }

    /// Its connection came from this listener, or is about to.
    pub(crate) fn came_from(&self, listener: TunnelId) {
        self.change(|entry| entry.listener = Some(listener));
    }

    fn change(&self, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.table.live().tunnels.get_mut(&self.id) {
            change(entry);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut live = self.table.live();
        live.tunnels.remove(&self.id);
        live.up = live.up.saturating_add(self.meter.up());
        live.down = live.down.saturating_add(self.meter.down());
        drop(live);
        self.table.0.ended.send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn id(bits: u64) -> TunnelId {
        TunnelId::from_random(bits)
    }

    fn target() -> Target {
        Target::new("db", 5432).unwrap()
    }

    #[test]
    fn the_limit_holds_and_a_dropped_slot_is_free_again() {
        let tunnels = Tunnels::default();
        let first = tunnels.admit(id(1), &target(), None, 2).unwrap();
        let _second = tunnels.admit(id(2), &target(), None, 2).unwrap();
        assert_eq!(tunnels.admit(id(3), &target(), None, 2).unwrap_err(), NoSlot::Full);
        assert_eq!(tunnels.admit(id(2), &target(), None, 9).unwrap_err(), NoSlot::Twice);
        first.meter.add_up(7);
        drop(first);
        let _third = tunnels.admit(id(3), &target(), None, 2).unwrap();
        assert_eq!(tunnels.totals(), Totals { open: 2, up: 7, down: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn a_cut_names_what_it_hit_and_is_over_when_the_slots_are_back() {
        let tunnels = Tunnels::default();
        let one = tunnels.admit(id(1), &target(), None, 9).unwrap();
        let two = tunnels.admit(id(2), &target(), None, 9).unwrap();
        let hit = tunnels.cut(&[id(1), id(7)], CloseReason::Revoked);
        assert_eq!(hit, [id(1)]);
        assert_eq!((one.cut.reason(), two.cut.reason()), (Some(CloseReason::Revoked), None));
        assert!(!tunnels.gone(&hit, Duration::from_secs(1)).await);
        drop(one);
        assert!(tunnels.gone(&hit, Duration::from_secs(1)).await);
        assert_eq!(tunnels.cut(&[], CloseReason::Drain), [id(2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_grant_that_is_extended_or_shortened_ends_when_it_was_last_said_to() {
        let tunnels = Tunnels::default();
        let start = Instant::now();
        let at = |s| Some(start + Duration::from_secs(s));
        let slot = tunnels.admit(id(1), &target(), at(10), 9).unwrap();
        tunnels.granted_until(id(1), at(60));
        assert!(timeout(Duration::from_secs(59), slot.granted()).await.is_err());
        tunnels.granted_until(id(1), None);
        assert!(timeout(Duration::from_secs(600), slot.granted()).await.is_err());
        tunnels.granted_until(id(1), at(0));
        assert!(timeout(Duration::from_secs(1), slot.granted()).await.is_ok());
    }

    #[test]
    fn a_grant_that_ends_cuts_its_listener_and_what_came_in_by_it() {
        let tunnels = Tunnels::default();
        let slots: Vec<Slot> =
            (1..6).map(|n| tunnels.admit(id(n), &target(), None, 9).unwrap()).collect();
        slots[0].listens("127.0.0.1:9000".parse().unwrap());
        slots[1].came_from(id(1));
        slots[2].listens("127.0.0.1:9001".parse().unwrap());
        slots[3].came_from(id(3));
        slots[4].connected(At::Address("127.0.0.1:9000".parse().unwrap()));
        let mut hit =
            tunnels.cut_listeners_unless(CloseReason::TargetNotAllowed, |at| at.port() == 9001);
        hit.sort();
        assert_eq!(hit, [id(1), id(2)]);
        assert_eq!(tunnels.cut_from(id(3), CloseReason::Revoked), [id(4)]);
        assert_eq!((slots[2].cut.reason(), slots[4].cut.reason()), (None, None));
    }

    #[test]
    fn only_connected_tunnels_are_cut_for_a_changed_allowlist() {
        let tunnels = Tunnels::default();
        let slots: Vec<Slot> =
            (1..4).map(|n| tunnels.admit(id(n), &target(), None, 9).unwrap()).collect();
        slots[0].connected(At::Address("10.0.0.1:5432".parse().unwrap()));
        slots[1].connected(At::Address("10.0.0.2:5432".parse().unwrap()));
        let hit = tunnels
            .cut_unless(CloseReason::RuleChanged, |_, at| at.to_string().starts_with("10.0.0.1:"));
        assert_eq!(hit, [id(2)]);
    }
}
