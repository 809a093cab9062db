//! The last 24 hours of a node in twelve cells, from its disconnect history. Pure.

use crate::fleet::NodeRecord;
use wire::UnixMs;

const CELLS: usize = 12;
const CELL_MS: u64 = 2 * 3_600_000;
const DAY_MS: u64 = CELL_MS * CELLS as u64;

/// A node's last day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Day {
    /// Share online per 2 h, oldest first; `None` before it enrolled.
    pub(super) cells: Vec<Option<f64>>,
    /// Share online since it enrolled or over the day, whichever is shorter.
    pub(super) ratio: Option<f64>,
    /// Returns.
    pub(super) reconnects: u32,
}

/// Works the day out. `connected` is whether the node is connected now.
pub(super) fn day(record: &NodeRecord, connected: bool, now: UnixMs) -> Day {
    let from = now.0.saturating_sub(DAY_MS);
    let born = record.enrolled_at.0.max(from);
    let away = outages(record, connected, from, now.0);
    let cells = (0..CELLS as u64)
        .map(|cell| {
            let (start, end) = (from + cell * CELL_MS, from + (cell + 1) * CELL_MS);
            share(start.max(born), end, &away)
        })
        .collect();
    let reconnects = record.reconnects.iter().filter(|back| back.at.0 >= from).count();
    Day {
        cells,
        ratio: share(born, now.0, &away),
        reconnects: u32::try_from(reconnects).unwrap_or(u32::MAX),
    }
}

fn outages(record: &NodeRecord, connected: bool, from: u64, now: u64) -> Vec<(u64, u64)> {
    let mut away: Vec<(u64, u64)> = record
        .reconnects
        .iter()
        .filter(|back| back.at.0 >= from)
        .map(|back| (back.at.0.saturating_sub(back.down_ms), back.at.0))
        .collect();
    if !connected {
        let since = record.disconnected.map(|(at, _)| at).or(record.last_seen);
        away.push((since.unwrap_or(record.enrolled_at).0, now));
    }
    away
}

/// Share of a span outside the outages; `None` for an empty span.
#[allow(clippy::cast_precision_loss, reason = "a day in milliseconds is exact in an f64")]
fn share(start: u64, end: u64, away: &[(u64, u64)]) -> Option<f64> {
    let span = end.checked_sub(start).filter(|span| *span > 0)?;
    let lost: u64 =
        away.iter().map(|(down, up)| (*up).min(end).saturating_sub((*down).max(start))).sum();
    Some(1.0 - lost.min(span) as f64 / span as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_darkens_its_cells_only() {
        let away = [(CELL_MS / 2, CELL_MS + CELL_MS / 4)];
        assert_eq!(share(0, CELL_MS, &away), Some(0.5));
        assert_eq!(share(CELL_MS, 2 * CELL_MS, &away), Some(0.75));
        assert_eq!(share(2 * CELL_MS, 3 * CELL_MS, &away), Some(1.0));
        assert_eq!(share(5, 5, &away), None);
    }

    #[test]
    fn overlapping_outages_never_fall_below_zero() {
        assert_eq!(share(0, 10, &[(0, 10), (2, 8)]), Some(0.0));
    }
}
