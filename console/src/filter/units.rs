//! Numbers with units, versions and times as they are written in a filter.

use super::parse::Op;
use wire::UnixMs;

/// A point in time as a person writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long before now, in milliseconds.
    Ago(u64),
    /// At this time of the current day, in milliseconds from midnight UTC.
    Today(u64),
    /// Then.
    At(UnixMs),
}

impl Moment {
    /// The instant it means at `now`.
    pub fn resolve(self, now: UnixMs) -> UnixMs {
        const DAY: u64 = 86_400_000;
        match self {
            Self::Ago(ms) => UnixMs(now.0.saturating_sub(ms)),
            Self::Today(ms) => UnixMs(now.0 / DAY * DAY + ms),
            Self::At(at) => at,
        }
    }
}

pub(super) fn moment(value: &str) -> Result<Moment, String> {
    let wrong = || "a time is 3h, 14:00, 2026-08-21 or 2026-08-21T14:00:00Z".to_owned();
    if let Some(ms) = duration(value) {
        return Ok(Moment::Ago(ms));
    }
    if let Some((h, m)) = value.split_once(':')
        && let (Ok(h), Ok(m)) = (h.parse::<u64>(), m.parse::<u64>())
    {
        let fits = h < 24 && m < 60;
        return fits.then_some(Moment::Today((h * 60 + m) * 60_000)).ok_or_else(wrong);
    }
    let day = format!("{value}T00:00:00Z");
    value.parse().or_else(|_| day.parse()).map(Moment::At).map_err(|_| wrong())
}

pub(super) fn millis(key: &str, op: Op, value: &str) -> Result<f64, String> {
    if value.parse::<f64>().is_ok() {
        return Err(format!("{key}{op}{value} — ms or s?"));
    }
    duration(value)
        .map(float)
        .ok_or_else(|| format!("{key} wants a time like 150ms, 10s, 5m, 2h or 3d"))
}

/// `150ms`, `1.5h`; never without a unit.
fn duration(value: &str) -> Option<u64> {
    let (number, unit) = split(value)?;
    let scale = match unit {
        "ms" => 1.0,
        "s" => 1e3,
        "m" | "min" => 6e4,
        "h" => 3.6e6,
        "d" => 8.64e7,
        "w" => 6.048e8,
        _ => return None,
    };
    whole(number * scale)
}

pub(super) fn rate(key: &str, op: Op, value: &str) -> Result<f64, String> {
    if value.parse::<f64>().is_ok() {
        return Err(format!("{key}{op}{value} — K/s, M/s or MB/s?"));
    }
    let wrong = || format!("{key} wants a rate like 640K/s, 10MB/s or 80Mbit/s");
    let (number, unit) = split(value).ok_or_else(wrong)?;
    let unit = unit.strip_suffix("/s").ok_or_else(wrong)?;
    let scale = unit
        .strip_suffix("bit")
        .map_or_else(|| byte_unit(unit), |prefix| byte_unit(prefix).map(|scale| scale / 8.0));
    Ok(number * scale.ok_or_else(wrong)?)
}

pub(super) fn bytes(key: &str, op: Op, value: &str) -> Result<f64, String> {
    if value.parse::<f64>().is_ok() {
        return Err(format!("{key}{op}{value} — K, M or G?"));
    }
    split(value)
        .and_then(|(number, unit)| Some(number * byte_unit(unit)?))
        .ok_or_else(|| format!("{key} wants a size like 640K, 10MB or 2GiB"))
}

pub(super) fn percent(key: &str, op: Op, value: &str) -> Result<f64, String> {
    value
        .strip_suffix('%')
        .and_then(|n| n.parse::<f64>().ok())
        .filter(|n| n.is_finite())
        .map(|n| n / 100.0)
        .ok_or_else(|| format!("{key}{op} wants a share like 99%"))
}

/// Whole bytes of `5MB`, `64KiB` or a bare number.
pub fn size(value: &str) -> Option<u64> {
    match split(value) {
        Some((number, unit)) => whole(number * byte_unit(unit)?),
        None => value.parse().ok(),
    }
}

fn byte_unit(unit: &str) -> Option<f64> {
    let unit = unit.strip_suffix('B').unwrap_or(unit);
    Some(match unit {
        "" => 1.0,
        "K" | "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    })
}

fn split(value: &str) -> Option<(f64, &str)> {
    let at = value.find(|c: char| c != '.' && !c.is_ascii_digit())?;
    let number = value[..at].parse::<f64>().ok()?;
    Some((number, &value[at..]))
}

/// `1.10.0-rc1` → 1, 10, 0. What is behind the numbers is not compared.
pub(super) fn version(text: &str) -> Option<Vec<u64>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let numbers = text.split(['-', '+']).next()?;
    numbers.split('.').map(|part| part.parse().ok()).collect()
}

fn whole(value: f64) -> Option<u64> {
    // The bound keeps the cast exact.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded just before"
    )]
    (value.is_finite() && (0.0..9e15).contains(&value)).then_some(value as u64)
}

/// A count as a number to compare with.
pub(super) const fn float(value: u64) -> f64 {
    value as f64
}
