//! The bounded set of connections that have not proven who they are. When it or one source's share
//! is full, the newest is shed, unless an old one dawdles: then that one goes (I8).

use crate::core::lock;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wire::limits::MAX_PRE_AUTH;

/// Half-open connections of one source: enough for a site behind one address that returns at once.
const PER_SOURCE: usize = 256;
/// A handshake takes milliseconds; who takes longer than this makes room for the next.
const DAWDLES: Duration = Duration::from_secs(2);

/// Who is half-open.
#[derive(Default)]
pub(crate) struct Gate {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    open: BTreeMap<u64, Open>,
    by_source: HashMap<IpAddr, BTreeMap<u64, Instant>>,
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
    evicted: CancellationToken,
}

impl Gate {
    /// Takes a place for a connection from `source`, if there is one.
    pub(crate) fn enter(gate: &Arc<Self>, source: IpAddr, now: Instant) -> Option<Ticket> {
        let source = share(source);
        let mut inner = lock(&gate.inner);
        let of_source = inner.by_source.get(&source);
        if of_source.is_some_and(|open| open.len() >= PER_SOURCE) {
            let oldest = of_source.and_then(|open| open.first_key_value());
            let (number, since) = oldest.map(|(number, since)| (*number, *since))?;
            inner.evict(number, since, now)?;
        }
        if inner.open.len() >= MAX_PRE_AUTH {
            let (number, since) = inner.open.first_key_value().map(|(n, open)| (*n, open.since))?;
            inner.evict(number, since, now)?;
        }
        let (number, evicted) = (inner.next, CancellationToken::new());
        inner.next += 1;
        inner.open.insert(number, Open { source, since: now, evicted: evicted.clone() });
        inner.by_source.entry(source).or_default().insert(number, now);
        Some(Ticket { gate: Arc::clone(gate), number, evicted })
    }

    /// How many are half-open.
    #[cfg(test)]
    fn len(&self) -> usize {
        lock(&self.inner).open.len()
    }
}

impl Inner {
    fn evict(&mut self, number: u64, since: Instant, now: Instant) -> Option<()> {
        if now.saturating_duration_since(since) < DAWDLES {
            return None;
        }
        self.remove(number)?.evicted.cancel();
        Some(())
    }

    fn remove(&mut self, number: u64) -> Option<Open> {
        let open = self.open.remove(&number)?;
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
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock(&self.gate.inner).remove(self.number);
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn source(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn a_fast_crowd_is_shed_and_a_dawdler_makes_room() {
        let (gate, start) = (Arc::new(Gate::default()), Instant::now());
        let crowd: Vec<_> = std::iter::from_fn(|| Gate::enter(&gate, source(1), start)).collect();
        assert_eq!(crowd.len(), PER_SOURCE);
        assert!(Gate::enter(&gate, source(2), start).is_some(), "others have their own share");
        let later = start + DAWDLES;
        let newcomer = Gate::enter(&gate, source(1), later).unwrap();
        assert!(crowd[0].evicted.is_cancelled() && !crowd[1].evicted.is_cancelled());
        drop((crowd, newcomer));
        assert_eq!(gate.len(), 0);
        assert!(lock(&gate.inner).by_source.is_empty());
    }

    #[test]
    fn the_whole_set_is_bounded() {
        let (gate, start) = (Arc::new(Gate::default()), Instant::now());
        let all: Vec<_> = (0..u32::try_from(MAX_PRE_AUTH).unwrap() + 10)
            .filter_map(|n| Gate::enter(&gate, source(n), start))
            .collect();
        assert_eq!((all.len(), gate.len()), (MAX_PRE_AUTH, MAX_PRE_AUTH));
    }

    #[test]
    fn one_ipv6_site_is_one_source() {
        let a = share("2001:db8:1:2:3::4".parse().unwrap());
        assert_eq!(a, share("2001:db8:1:2:ffff::9".parse().unwrap()));
        assert_ne!(a, share("2001:db8:1:3::4".parse().unwrap()));
    }
}
