//! Small charts from cells: bars for a row, dots for a box.

use super::super::theme::Role;
use super::frame::Canvas;
use ratatui::layout::Rect;
use std::collections::VecDeque;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The newest `cells` values as bars between 0 and the highest of them.
pub fn bars(values: &VecDeque<f64>, cells: usize) -> String {
    let groups = grouped(values, cells);
    let max = groups.iter().copied().fold(0.0, f64::max);
    groups.iter().map(|v| bar(if max > 0.0 { v / max } else { 0.0 })).collect()
}

/// A share from 0 to 1 per cell; unknown is `·`. Fewer cells than values average neighbours.
pub fn health(values: &[Option<f64>], cells: usize) -> String {
    if values.is_empty() || cells == 0 {
        return "·".repeat(cells);
    }
    (0..cells)
        .map(|cell| {
            let from = cell * values.len() / cells;
            let to = ((cell + 1) * values.len() / cells).clamp(from + 1, values.len());
            let known: Vec<f64> = values[from..to].iter().flatten().copied().collect();
            if known.is_empty() {
                return '·';
            }
            share(known.iter().sum::<f64>() / count(known.len()))
        })
        .collect()
}

/// Full only when nothing is missing, lowest only when next to nothing was there.
fn share(value: f64) -> char {
    match value {
        v if v >= 0.999 => BARS[7],
        v if v >= 0.5 => BARS[4],
        v if v >= 0.05 => BARS[2],
        _ => BARS[0],
    }
}

fn bar(share: f64) -> char {
    BARS[level(share, BARS.len() - 1)]
}

/// A share as one of `steps` + 1 levels.
fn level(share: f64, steps: usize) -> usize {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and steps"
    )]
    let level = (share * count(steps)).round() as usize;
    level.min(steps)
}

const fn count(n: usize) -> f64 {
    n as f64
}

/// At most `cells` values: the newest, or averages when `cells` does not reach back far enough.
fn grouped(values: &VecDeque<f64>, cells: usize) -> Vec<f64> {
    if cells == 0 || values.is_empty() {
        return Vec::new();
    }
    if values.len() <= cells {
        return values.iter().copied().collect();
    }
    (0..cells)
        .map(|cell| {
            let from = cell * values.len() / cells;
            let to = ((cell + 1) * values.len() / cells).max(from + 1);
            values.range(from..to).sum::<f64>() / count(to - from)
        })
        .collect()
}

/// Draws a line of dots into `area`, newest at the right, from `low` at the bottom.
pub fn dots(canvas: &mut Canvas<'_>, area: Rect, values: &VecDeque<f64>, low: f64, role: Role) {
    let (columns, rows) = (usize::from(area.width) * 2, usize::from(area.height) * 4);
    let points = grouped(values, columns);
    let high = points.iter().copied().fold(low, f64::max);
    let mut cells = vec![0u8; usize::from(area.width) * usize::from(area.height)];
    for (at, value) in points.iter().enumerate() {
        let share = if high > low { (value - low) / (high - low) } else { 0.0 };
        let (x, y) = (columns - points.len() + at, rows - 1 - level(share, rows - 1));
        cells[y / 4 * usize::from(area.width) + x / 2] |= dot(x % 2, y % 4);
    }
    for (at, row) in cells.chunks(usize::from(area.width.max(1))).enumerate() {
        let line: String = row
            .iter()
            .map(|bits| {
                if *bits == 0 {
                    ' '
                } else {
                    char::from_u32(0x2800 + u32::from(*bits)).unwrap_or(' ')
                }
            })
            .collect();
        let y = area.y + u16::try_from(at).unwrap_or_default();
        canvas.text(area.x, y, area.width, &line, role);
    }
}

const fn dot(x: usize, y: usize) -> u8 {
    match (x, y) {
        (0, 3) => 0x40,
        (_, 3) => 0x80,
        (0, y) => 1 << y,
        (_, y) => 8 << y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_the_values() {
        assert_eq!(bars(&VecDeque::from([0.0, 5.0, 10.0]), 6), "▁▅█");
        assert_eq!(bars(&VecDeque::from([0.0, 0.0]), 6), "▁▁");
        assert_eq!(bars(&VecDeque::new(), 6), "");
        assert_eq!(bars(&VecDeque::from([0.0, 0.0, 8.0, 8.0]), 2), "▁█");
    }

    #[test]
    fn health_is_full_only_without_a_gap() {
        let day = [Some(1.0), Some(0.98), Some(0.2), Some(0.0), None, Some(1.0)];
        assert_eq!(health(&day, 6), "█▅▃▁·█");
        assert_eq!(health(&day, 3), "▅▃█");
        assert_eq!(health(&[], 3), "···");
    }
}
