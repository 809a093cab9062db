//! Who is let in before he has proven who he is: a bounded set of connections with shares per source,
//! what misbehaving sources pay, and how many handshakes a second are begun (I8).
//!
//! When the set or a share is full, the newest is shed, unless an old one dawdles: then that one goes.
//! A source somebody has proven himself from right now, and one that the configuration exempts, pays
//! no penalties: a whole site behind one address must not be shut out by one machine in it.

use super::bucket::Bucket;
use super::penalty::{Fault, Penalties};
use crate::core::lock;
use arc_swap::ArcSwap;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wire::limits::MAX_PRE_AUTH;

/// Half-open connections of one source: enough for a site behind one address that returns at once.
const PER_SOURCE: usize = 256;
/// A handshake takes milliseconds; who takes longer than this makes room for the next.
const DAWDLES: Duration = Duration::from_secs(2);
/// A greeting is one packet; who has not brought it by now makes room much sooner.
const UNHEARD: Duration = Duration::from_millis(250);

/// Why a connection is closed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turned {
    /// There is no room.
    Away,
    /// Its source pays for what it did.
    Barred,
}

impl Turned {
    /// How the metrics call it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Away => "shed",
            Self::Barred => "barred",
        }
    }
}

/// Who is half-open, who pays, who is known.
#[derive(Default)]
pub(crate) struct Gate {
    inner: Mutex<Inner>,
    exempt: ArcSwap<Vec<IpNet>>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    open: BTreeMap<u64, Open>,
    /// Those whose greeting is not complete, the oldest first.
    unheard: BTreeSet<u64>,
    by_source: HashMap<IpAddr, BTreeSet<u64>>,
    /// Connections that proved themselves, by source.
    proven: HashMap<IpAddr, usize>,
    penalties: Penalties,
    handshakes: Bucket,
    /// A crowd of strangers does not take the turns of those who are known.
    handshakes_of_known: Bucket,
}

struct Open {
    source: IpAddr,
    since: Instant,
    evicted: CancellationToken,
}

/// The right to be half-open; dropping it gives the place back.
pub(crate) struct Ticket {
    gate: Arc<Gate>,
    number: u64,
    source: IpAddr,
    evicted: CancellationToken,
}

/// Somebody who proved himself is connected from this source; dropping it ends that.
pub(crate) struct Proven {
    gate: Arc<Gate>,
    source: IpAddr,
}

impl Gate {
    /// Nobody from `exempt` ever pays.
    pub(crate) fn new(exempt: &[IpNet]) -> Self {
        Self { inner: Mutex::default(), exempt: ArcSwap::from_pointee(exempt.to_vec()) }
    }

    /// From here on nobody from `exempt` pays, and nobody else is spared.
    pub(crate) fn exempt(&self, exempt: &[IpNet]) {
        self.exempt.store(Arc::new(exempt.to_vec()));
    }

    fn is_exempt(&self, source: IpAddr) -> bool {
        self.exempt.load().iter().any(|net| net.contains(&source))
    }

    /// Takes a place for a connection from `source`, if there is one.
    pub(crate) fn enter(gate: &Arc<Self>, source: IpAddr, now: Instant) -> Result<Ticket, Turned> {
        let exempt = gate.is_exempt(source);
        let source = share(source);
        let mut inner = lock(&gate.inner);
        if !exempt && !inner.proven.contains_key(&source) && inner.penalties.bars(source, now) {
            return Err(Turned::Barred);
        }
        let number = inner.place(source, now).ok_or(Turned::Away)?;
        let evicted = CancellationToken::new();
        inner.open.insert(number, Open { source, since: now, evicted: evicted.clone() });
        inner.unheard.insert(number);
        inner.by_source.entry(source).or_default().insert(number);
        drop(inner);
        Ok(Ticket { gate: Arc::clone(gate), number, source, evicted })
    }

    /// Puts a fault on the account of `source`; says for how long it is barred from now on, if it is
    /// this fault that bars it.
    pub(crate) fn fault(&self, source: IpAddr, fault: Fault, now: Instant) -> Option<Duration> {
        if self.is_exempt(source) {
            return None;
        }
        lock(&self.inner).penalties.add(share(source), fault, now)
    }

    /// How many are half-open, and how many sources are barred.
    #[cfg(test)]
    fn counts(&self, now: Instant) -> (usize, usize) {
        let mut inner = lock(&self.inner);
        (inner.open.len(), inner.penalties.barred(now))
    }
}

impl Inner {
    /// A number for a newcomer, after somebody made room if need be.
    fn place(&mut self, source: IpAddr, now: Instant) -> Option<u64> {
        let of_source = self.by_source.get(&source);
        if let Some(of_source) = of_source.filter(|numbers| numbers.len() >= PER_SOURCE) {
            let unheard = of_source.iter().find(|number| self.unheard.contains(number)).copied();
            let oldest = of_source.first().copied();
            self.evict(unheard, oldest, now)?;
        }
        if self.open.len() >= MAX_PRE_AUTH {
            let unheard = self.unheard.first().copied();
            let oldest = self.open.first_key_value().map(|(number, _)| *number);
            self.evict(unheard, oldest, now)?;
        }
        self.next += 1;
        Some(self.next)
    }

    fn evict(&mut self, unheard: Option<u64>, oldest: Option<u64>, now: Instant) -> Option<()> {
        let older = |number: &u64, age: Duration| {
            let since = self.open.get(number).map_or(now, |open| open.since);
            now.saturating_duration_since(since) >= age
        };
        let number = unheard
            .filter(|number| older(number, UNHEARD))
            .or_else(|| oldest.filter(|number| older(number, DAWDLES)))?;
        self.remove(number)?.evicted.cancel();
        Some(())
    }

    fn remove(&mut self, number: u64) -> Option<Open> {
        let open = self.open.remove(&number)?;
        self.unheard.remove(&number);
        if let Some(of_source) = self.by_source.get_mut(&open.source) {
            of_source.remove(&number);
            if of_source.is_empty() {
                self.by_source.remove(&open.source);
            }
        }
        Some(open)
    }
}

impl Ticket {
    /// Resolves when the place was given to another.
    pub(crate) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }

    /// The greeting is complete. Waits until the handshake may begin; false if that is too far away.
    ///
    /// # Cancel safety
    /// Yes; the turn is lost.
    pub(crate) async fn turn(&self, now: Instant) -> bool {
        let Some(wait) = self.heard(now) else { return false };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        true
    }

    /// Takes the next turn; after how long it is.
    fn heard(&self, now: Instant) -> Option<Duration> {
        let mut inner = lock(&self.gate.inner);
        inner.unheard.remove(&self.number);
        if inner.proven.contains_key(&self.source) {
            inner.handshakes_of_known.take(now)
        } else {
            inner.handshakes.take(now)
        }
    }

    /// The peer is who he says: the place is given back, and while the guard lives his source pays
    /// nothing.
    pub(crate) fn proven(self) -> Proven {
        *lock(&self.gate.inner).proven.entry(self.source).or_default() += 1;
        Proven { gate: Arc::clone(&self.gate), source: self.source }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock(&self.gate.inner).remove(self.number);
        if std::thread::panicking() {
            self.gate.fault(self.source, Fault::Crash, Instant::now());
        }
    }
}

impl Drop for Proven {
    fn drop(&mut self) {
        let mut inner = lock(&self.gate.inner);
        if let Some(count) = inner.proven.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                inner.proven.remove(&self.source);
            }
        }
    }
}

/// An IPv6 site has a /64: its addresses share one share.
fn share(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V4(_) => source,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests;
