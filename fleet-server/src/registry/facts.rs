//! What is measured on one node's connection, and the reasons for concern that follow from it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use wire::limits::{MAX_ALLOW_SHOWN, MAX_GATEWAY_LISTEN, MAX_LISTENERS};
use wire::message::view::{Reconnect, StateReason};
use wire::{SafeText, UnixMs};

const RTT_WINDOW: Duration = Duration::from_secs(60);
const RTT_LIMIT_MS: i64 = 150;
const SKEW_LIMIT_MS: i64 = 5_000;
const CERT_LIMIT_MS: i64 = 8 * 3_600_000;
const FLAP_WINDOW_MS: u64 = 600_000;
const FLAP_COUNT: usize = 3;

/// Measured facts of a connected node.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    samples: VecDeque<(Instant, u64)>,
    /// The newest round trip in microseconds, and when.
    pub(crate) rtt: Option<(u64, UnixMs)>,
    /// What the newest tunnel's answer took through a lane, in microseconds, and when it came.
    pub(crate) data_path: Option<(u64, UnixMs)>,
    /// Agent's clock minus ours in milliseconds, and when.
    pub(crate) skew: Option<(i64, UnixMs)>,
    /// Bytes in the agent's spool, and when.
    pub(crate) spool: Option<(u64, UnixMs)>,
    /// The agent's own allowlist, as it reported it.
    pub(crate) allow: Vec<SafeText>,
    /// The listeners that operators may open there, as it reported them; `None` = it opens none.
    pub(crate) reverse: Option<Vec<SafeText>>,
    /// Where it listens for nodes behind it, as it said.
    pub(crate) gateway: Vec<SocketAddr>,
    /// Why the node is degraded.
    pub(crate) reasons: Vec<StateReason>,
    /// The median that was last shown to consoles.
    shown_p50: Option<u64>,
}

/// What of a node's stored record bears on its state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) certificate_expires_at: UnixMs,
    pub(crate) version: Option<&'a SafeText>,
    pub(crate) reconnects: &'a [Reconnect],
}

impl Facts {
    /// Nothing measured yet; allowlist and listeners are as the agent says.
    pub(crate) fn reported(allow: Vec<SafeText>, reverse: Option<Vec<SafeText>>) -> Self {
        let mut facts = Self::default();
        facts.told(allow, reverse);
        facts
    }

    /// Takes in what the agent says of itself, as far as it is shown: everybody's lists have to hold
    /// it. Without a word on listeners they are as they were.
    pub(crate) fn told(&mut self, mut allow: Vec<SafeText>, reverse: Option<Vec<SafeText>>) {
        allow.truncate(MAX_ALLOW_SHOWN);
        self.allow = allow;
        if let Some(mut reverse) = reverse {
            reverse.truncate(MAX_LISTENERS);
            self.reverse = Some(reverse);
        }
    }

    /// Where the node listens for nodes behind it.
    pub(crate) fn listens(&mut self, listen: &[SafeText]) {
        let known = listen.iter().take(MAX_GATEWAY_LISTEN);
        self.gateway = known.filter_map(|at| at.as_str().parse().ok()).collect();
    }

    /// Adds a measured round trip.
    pub(crate) fn measured(&mut self, now: Instant, wall: UnixMs, micros: u64) {
        self.samples.push_back((now, micros));
        while let Some((at, _)) = self.samples.front() {
            if now.saturating_duration_since(*at) <= RTT_WINDOW && self.samples.len() <= 64 {
                break;
            }
            self.samples.pop_front();
        }
        self.rtt = Some((micros, wall));
    }

    /// Median and 95th percentile of the last minute, in milliseconds.
    pub(crate) fn rtt_percentiles(&self) -> Option<(u64, u64)> {
        let mut sorted: Vec<u64> = self.samples.iter().map(|(_, micros)| *micros).collect();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
            sorted.get(place).map(|micros| micros.div_ceil(1000))
        };
        Some((at(50)?, at(95)?))
    }

    /// Works the reasons out anew; says whether something changed that consoles should see.
    pub(crate) fn assess(&mut self, standing: Standing<'_>, ours: &str, wall: UnixMs) -> bool {
        let p50 = self.rtt_percentiles().map(|(p50, _)| p50);
        let found = self.found(p50, standing, ours, wall);
        let since = |code: &SafeText| {
            self.reasons.iter().find(|old| old.code == *code).map_or(wall, |old| old.since)
        };
        let reasons: Vec<StateReason> = found
            .into_iter()
            .map(|(code, value_ms, limit_ms)| {
                let code = SafeText::from(code);
                StateReason { since: since(&code), code, value_ms, limit_ms }
            })
            .collect();
        let same = reasons.iter().map(|r| &r.code).eq(self.reasons.iter().map(|r| &r.code));
        let moved = match (p50, self.shown_p50) {
            (Some(now), Some(shown)) => now.abs_diff(shown) > 2.max(shown / 10),
            (now, shown) => now != shown,
        };
        self.reasons = reasons;
        if moved {
            self.shown_p50 = p50;
        }
        !same || moved
    }

    fn found(
        &self,
        p50: Option<u64>,
        standing: Standing<'_>,
        ours: &str,
        wall: UnixMs,
    ) -> Vec<(&'static str, Option<i64>, Option<i64>)> {
        let mut found = Vec::new();
        let p50 = p50.and_then(|ms| i64::try_from(ms).ok());
        if p50.is_some_and(|ms| ms > RTT_LIMIT_MS) {
            found.push(("rtt_p50", p50, Some(RTT_LIMIT_MS)));
        }
        let recent = |r: &&Reconnect| wall.0.saturating_sub(r.at.0) <= FLAP_WINDOW_MS;
        if standing.reconnects.iter().rev().take_while(recent).count() >= FLAP_COUNT {
            found.push(("flapping", None, None));
        }
        if let Some((skew, _)) = self.skew
            && skew.abs() > SKEW_LIMIT_MS
        {
            found.push(("clock_skew", Some(skew), Some(SKEW_LIMIT_MS)));
        }
        if standing.version.is_some_and(|version| version.as_str() != ours) {
            found.push(("agent_outdated", None, None));
        }
        let left = standing.certificate_expires_at.0.saturating_sub(wall.0);
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        if left < CERT_LIMIT_MS {
            found.push(("cert_expires", Some(left), Some(CERT_LIMIT_MS)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(version: &SafeText) -> Standing<'_> {
        Standing {
            certificate_expires_at: UnixMs(100_000_000),
            version: Some(version),
            reconnects: &[],
        }
    }

    #[test]
    fn a_reason_keeps_its_since_while_it_holds_and_goes_with_its_cause() {
        let (mut facts, version) = (Facts::default(), SafeText::from("1"));
        facts.skew = Some((9_000, UnixMs(1)));
        assert!(facts.assess(standing(&version), "1", UnixMs(1)));
        assert!(!facts.assess(standing(&version), "1", UnixMs(50)));
        assert_eq!(facts.reasons.iter().map(|r| r.since).collect::<Vec<_>>(), [UnixMs(1)]);
        facts.skew = Some((10, UnixMs(60)));
        assert!(facts.assess(standing(&version), "1", UnixMs(60)));
        assert!(facts.reasons.is_empty());
    }

    #[test]
    fn old_samples_leave_the_percentiles() {
        let (mut facts, start) = (Facts::default(), Instant::now());
        facts.measured(start, UnixMs(0), 900_000);
        for second in 0..10 {
            let at = start + Duration::from_secs(61 + second);
            facts.measured(at, UnixMs(0), 1_500);
        }
        assert_eq!(facts.rtt_percentiles(), Some((2, 2)));
    }

    #[test]
    fn three_returns_in_ten_minutes_are_flapping() {
        let (mut facts, version) = (Facts::default(), SafeText::from("1"));
        let back =
            |at| Reconnect { at: UnixMs(at), down_ms: 1, tries: None, reason: None, path: None };
        let reconnects = [back(1), back(700_000), back(800_000), back(900_000)];
        let standing = Standing { reconnects: &reconnects, ..standing(&version) };
        facts.assess(standing, "1", UnixMs(900_000));
        assert_eq!(facts.reasons.len(), 1);
        facts.assess(standing, "1", UnixMs(1_400_000));
        assert!(facts.reasons.is_empty());
    }
}
