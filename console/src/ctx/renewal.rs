//! The certificate of a program that stays: renewed past two thirds of its life for as long as the program
//! is used (F3.5). One that nobody uses lets it end, as if nobody was there.

use crate::ctx::access::{Endpoint, Link, renew_by, renewal_is_due};
use crate::ctx::follow;
use link::forward::Forward;
use link::meter::Counts;
use link::{Clock, System};
use std::sync::Arc;
use std::time::Duration;

/// The longest and the shortest time between two looks; in between a share of what is left.
const LOOKS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));
const SHARE: u32 = 8;

/// Whether a forward is used: tunnels that are open, or were since its certificate was renewed last.
#[derive(Debug, Default)]
struct Use {
    /// How many there had been by then.
    settled: u64,
}

impl Use {
    const fn is(&self, counts: Counts) -> bool {
        counts.open > 0 || counts.total > self.settled
    }

    /// From now on only what happens from now on counts.
    const fn settle(&mut self, counts: Counts) {
        self.settled = counts.total;
    }
}

/// Renews the certificate of `link` by whatever connection `forward` has, while that is used.
pub fn while_used(link: &Link, forward: &Forward) {
    let (endpoint, ending) = (link.endpoint.clone(), link.shutdown.clone());
    let (connections, traffic) = (forward.connections.clone(), Arc::clone(&forward.traffic));
    let (mut used, mut known) = (Use::default(), endpoint.credentials.not_after_ms());
    link.shutdown.spawn("renewal", async move {
        // The forward may end before the link does.
        while connections.has_changed().is_ok() {
            let ends = endpoint.credentials.not_after_ms();
            // Renewed, here or by another program of this context.
            if ends != known {
                known = ends;
                used.settle(traffic.counts());
            }
            let left = Duration::from_millis(ends.saturating_sub(System.wall().0));
            tokio::select! {
                biased;
                () = ending.cancelled() => return,
                () = tokio::time::sleep((left / SHARE).clamp(LOOKS.0, LOOKS.1)) => {}
            }
            if !used.is(traffic.counts()) || !is_due(&endpoint) {
                continue;
            }
            let operator = connections.borrow().clone();
            let Some(operator) = operator else { continue };
            if let Err(error) = renew_by(&operator, &endpoint).await {
                tracing::warn!(%error, "the certificate was not renewed");
            }
        }
    });
}

/// Whether nobody else of this context has renewed it already.
fn is_due(endpoint: &Endpoint) -> bool {
    let due = || renewal_is_due(&endpoint.credentials, System.wall().0);
    if !due() {
        return false;
    }
    if let Err(error) = follow::newer(endpoint) {
        tracing::debug!(%error, "the identity file was not read again");
    }
    due()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_tunnels_and_those_since_the_last_renewal_are_use() {
        let counts = |open, total| Counts { open, total, ..Counts::default() };
        let mut used = Use::default();
        assert!(!used.is(counts(0, 0)));
        assert!(used.is(counts(0, 1)), "lately");
        used.settle(counts(0, 1));
        assert!(!used.is(counts(0, 1)));
        assert!(used.is(counts(1, 1)), "still open");
        assert!(used.is(counts(0, 2)));
    }
}
