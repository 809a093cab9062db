//! Times of the week at which a rule is in force: `mon-fri 8-18`, `sat,sun 9:30-12,14-17 +02:00`,
//! `* 22-6`. Pure arithmetic on minutes of the week, in UTC after parsing.

use wire::UnixMs;

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const MINUTE_MS: u64 = 60_000;
/// 1 January 1970 was a Thursday; weeks begin on Monday.
const EPOCH: u64 = 3 * DAY as u64;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// The largest offset any place on Earth uses, in minutes.
const MAX_OFFSET: i64 = 14 * 60;

/// Spans of the week. Each begins at a minute of the week and may run past its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Times {
    /// First minute and length.
    spans: Vec<(u32, u32)>,
}

/// What is wrong with the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimesError {
    #[error("it has days and hours, and perhaps an offset")]
    Fields,
    #[error("{0:?} is no day: mon to sun, mon-fri, or * for all")]
    Day(String),
    #[error("{0:?} is no span of hours: 8-18 or 8:30-17:45, or * for all")]
    Hours(String),
    #[error("{0:?} is no offset: Z or +02:00")]
    Offset(String),
}

impl Times {
    /// `DAYS HOURS [OFFSET]`. A span that ends before it begins runs past midnight and belongs to
    /// the day on which it begins.
    pub(crate) fn parse(text: &str) -> Result<Self, TimesError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let (days, hours, offset) = match fields.as_slice() {
            [days, hours] => (days, hours, "Z"),
            [days, hours, offset] => (days, hours, *offset),
            _ => return Err(TimesError::Fields),
        };
        let (days, hours) = (parse_days(days)?, parse_hours(hours)?);
        let shift = parse_offset(offset)?;
        let mut spans = Vec::with_capacity(days.len() * hours.len());
        for day in days {
            for (first, length) in &hours {
                spans.push(((day * DAY + first + shift) % WEEK, *length));
            }
        }
        Ok(Self { spans })
    }

    pub(crate) fn holds(&self, now: UnixMs) -> bool {
        let minute = minute(now);
        self.spans.iter().any(|(first, length)| (minute + WEEK - first) % WEEK < *length)
    }

    /// When a span next begins or ends after `now`.
    pub(crate) fn next(&self, now: UnixMs) -> Option<UnixMs> {
        let minute = minute(now);
        let edges = self.spans.iter().flat_map(|(first, length)| [*first, first + length]);
        let wait = edges.map(|edge| match (edge % WEEK + WEEK - minute) % WEEK {
            0 => WEEK,
            wait => wait,
        });
        let wait = u64::from(wait.min()?);
        Some(UnixMs((now.0 / MINUTE_MS + wait) * MINUTE_MS))
    }
}

fn minute(at: UnixMs) -> u32 {
    let minute = (at.0 / MINUTE_MS + EPOCH) % u64::from(WEEK);
    u32::try_from(minute).unwrap_or_default()
}

fn parse_days(text: &str) -> Result<Vec<u32>, TimesError> {
    if text == "*" {
        return Ok((0..7).collect());
    }
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (parse_day(first)?, parse_day(last)?);
        days.extend((0..=(last + 7 - first) % 7).map(|n| (first + n) % 7));
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn parse_day(text: &str) -> Result<u32, TimesError> {
    (0u32..)
        .zip(DAYS)
        .find(|(_, day)| day.eq_ignore_ascii_case(text))
        .map(|(n, _)| n)
        .ok_or_else(|| TimesError::Day(text.to_owned()))
}

/// First minute of the day and length of each span.
fn parse_hours(text: &str) -> Result<Vec<(u32, u32)>, TimesError> {
    if text == "*" {
        return Ok(vec![(0, DAY)]);
    }
    text.split(',')
        .map(|part| {
            let wrong = || TimesError::Hours(part.to_owned());
            let (first, last) = part.split_once('-').ok_or_else(wrong)?;
            let (first, last) = (clock(first).ok_or_else(wrong)?, clock(last).ok_or_else(wrong)?);
            if first == last || first == DAY {
                return Err(wrong());
            }
            let length = (last + DAY - first) % DAY;
            Ok((first, if length == 0 { DAY } else { length }))
        })
        .collect()
}

/// `8`, `08`, `8:30`; up to `24:00`.
fn clock(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "00"));
    let is_number = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !is_number(hours, 2) || !is_number(minutes, 2) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let clock = hours * 60 + minutes;
    (minutes < 60 && clock <= DAY).then_some(clock)
}

/// Minutes to add to a local time to get UTC, brought into one week.
fn parse_offset(text: &str) -> Result<u32, TimesError> {
    let wrong = || TimesError::Offset(text.to_owned());
    if matches!(text, "Z" | "z" | "UTC" | "utc") {
        return Ok(0);
    }
    let (ahead, clock_text) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let offset = i64::from(clock(clock_text).ok_or_else(wrong)?);
    if offset > MAX_OFFSET {
        return Err(wrong());
    }
    u32::try_from((i64::from(WEEK) - ahead * offset) % i64::from(WEEK)).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> UnixMs {
        text.parse().unwrap()
    }

    #[test]
    fn a_rule_is_in_force_at_the_times_it_names() {
        // 17 August 2026 is a Monday.
        for (times, when, holds) in [
            ("mon-fri 8-18", "2026-08-17T08:00:00Z", true),
            ("mon-fri 8-18", "2026-08-17T07:59:59Z", false),
            ("mon-fri 8-18", "2026-08-17T18:00:00Z", false),
            ("mon-fri 8-18", "2026-08-22T12:00:00Z", false),
            ("mon-fri 8-18 +02:00", "2026-08-17T06:00:00Z", true),
            ("mon-fri 8-18 +02:00", "2026-08-17T16:00:00Z", false),
            ("mon 0-1 +02:00", "2026-08-16T22:30:00Z", true),
            ("sun 23-24 -02:00", "2026-08-17T01:30:00Z", true),
            ("* 22-6", "2026-08-19T03:00:00Z", true),
            ("sun 22-6", "2026-08-17T05:59:00Z", true),
            ("sun 22-6", "2026-08-18T05:59:00Z", false),
            ("sat,sun 9:30-12,14-17", "2026-08-22T09:30:00Z", true),
            ("sat,sun 9:30-12,14-17", "2026-08-22T13:00:00Z", false),
            ("fri-mon *", "2026-08-17T13:00:00Z", true),
            ("fri-mon *", "2026-08-19T13:00:00Z", false),
            ("* 0-24", "2026-08-19T13:00:00Z", true),
        ] {
            assert_eq!(Times::parse(times).unwrap().holds(at(when)), holds, "{times} at {when}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("", "it has days and hours, and perhaps an offset"),
            ("mon", "it has days and hours, and perhaps an offset"),
            ("mon 8-18 Z Z", "it has days and hours, and perhaps an offset"),
            ("someday 8-18", "\"someday\" is no day: mon to sun, mon-fri, or * for all"),
            ("mon- 8-18", "\"\" is no day: mon to sun, mon-fri, or * for all"),
            ("mon 8", "\"8\" is no span of hours: 8-18 or 8:30-17:45, or * for all"),
            ("mon 8-8", "\"8-8\" is no span of hours: 8-18 or 8:30-17:45, or * for all"),
            ("mon 8-25", "\"8-25\" is no span of hours: 8-18 or 8:30-17:45, or * for all"),
            ("mon 8:5-9", "\"8:5-9\" is no span of hours: 8-18 or 8:30-17:45, or * for all"),
            ("mon 8-9:60", "\"8-9:60\" is no span of hours: 8-18 or 8:30-17:45, or * for all"),
            ("mon 24-3", "\"24-3\" is no span of hours: 8-18 or 8:30-17:45, or * for all"),
            ("mon 8-18 CET", "\"CET\" is no offset: Z or +02:00"),
            ("mon 8-18 +15:00", "\"+15:00\" is no offset: Z or +02:00"),
        ] {
            assert_eq!(Times::parse(text).unwrap_err().to_string(), error, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn between_two_edges_nothing_changes(
            days in prop::sample::subsequence(DAYS.to_vec(), 1..7),
            first in 0u32..24,
            last in 0u32..=24,
            offset in -14i32..=14,
            now in 0u64..4 * 7 * 24 * 60,
        ) {
            prop_assume!(first != last);
            let sign = if offset < 0 { '-' } else { '+' };
            let text = format!("{} {first}-{last} {sign}{:02}:00", days.join(","), offset.abs());
            let times = Times::parse(&text).unwrap();
            let now = UnixMs(now * MINUTE_MS);
            let next = times.next(now).unwrap();
            prop_assert!(next > now && next.0 - now.0 <= u64::from(WEEK) * MINUTE_MS);
            let mut minute = now;
            while minute < next {
                prop_assert_eq!(times.holds(minute), times.holds(now), "{} {}", text, minute);
                minute = UnixMs(minute.0 + 15 * MINUTE_MS);
            }
        }
    }
}
