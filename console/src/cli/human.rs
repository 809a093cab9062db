//! Durations, sizes and times as people write and read them.

use std::time::Duration;

/// Reads `30s`, `5m`, `1h30m`, `2d`; a bare number means seconds.
///
/// # Errors
/// Anything else.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map(Duration::from_secs).map_err(|_| "too long".to_owned());
    }
    humantime::parse_duration(text)
        .map_err(|_| "a duration is a number with a unit: 500ms, 30s, 5m, 12h, 7d".to_owned())
}

/// Reads a duration that is not zero.
///
/// # Errors
/// As [`parse_duration`], and zero.
pub fn parse_limit(text: &str) -> Result<Duration, String> {
    parse_duration(text).and_then(|limit| {
        if limit.is_zero() { Err("has to be longer than nothing".to_owned()) } else { Ok(limit) }
    })
}

/// Reads `64KiB`, `5MB`, `2G`; a bare number means bytes.
///
/// # Errors
/// Anything else, and nothing.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    crate::filter::size(text)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "a size is a number with a unit: 640K, 5MB, 2GiB".to_owned())
}

/// Reads `5MB/s`.
///
/// # Errors
/// Anything else, and nothing.
pub fn parse_rate(text: &str) -> Result<u64, String> {
    text.strip_suffix("/s")
        .and_then(|size| parse_bytes(size).ok())
        .ok_or_else(|| "a rate is a size per second: 640K/s, 5MB/s, 2MiB/s".to_owned())
}

/// At most two units: `4s`, `3m12s`, `2h14m`, `31d4h`.
pub fn duration(of: Duration) -> String {
    let s = of.as_secs();
    let two = |a: u64, a_unit: &str, b: u64, b_unit: &str| {
        if b == 0 { format!("{a}{a_unit}") } else { format!("{a}{a_unit}{b}{b_unit}") }
    };
    match s {
        0 if of.is_zero() => "0s".to_owned(),
        0 => format!("{}ms", of.as_millis()),
        1..60 => format!("{s}s"),
        60..3600 => two(s / 60, "m", s % 60, "s"),
        3600..86_400 => two(s / 3600, "h", s % 3600 / 60, "m"),
        _ => two(s / 86_400, "d", s % 86_400 / 3600, "h"),
    }
}

/// Coarse, for columns: `4s`, `47m`, `5h`, `31d`.
pub fn age(of: Duration) -> String {
    let s = of.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m", s / 60),
        3600..86_400 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// Three digits and a decimal unit: `812`, `44.1K`, `1.20M`, `88.0G`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["K", "M", "G", "T", "P", "E"];
    if count < 1000 {
        return count.to_string();
    }
    let (mut scale, mut unit) = (1000u64, 0usize);
    while count / scale >= 1000 && unit + 1 < UNITS.len() {
        scale = scale.saturating_mul(1000);
        unit += 1;
    }
    let hundredths = u128::from(count) * 100 / u128::from(scale);
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match whole {
        0..10 => format!("{whole}.{rest:02}{}", UNITS[unit]),
        10..100 => format!("{whole}.{}{}", rest / 10, UNITS[unit]),
        _ => format!("{whole}{}", UNITS[unit]),
    }
}

/// Thousands apart: `1,204,331`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_units_or_as_seconds() {
        assert_eq!(parse_duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        for bad in ["", "10 parsecs", "-1s", "s"] {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sizes_and_rates_are_read_with_units() {
        assert_eq!(parse_bytes("5MB"), Ok(5_000_000));
        assert_eq!(parse_bytes("1.5Ki"), Ok(1536));
        assert_eq!(parse_bytes("700"), Ok(700));
        assert_eq!(parse_rate("5MB/s"), Ok(5_000_000));
        for bad in ["", "0", "MB", "5 parsecs", "-1K", "5MB/s"] {
            assert!(parse_bytes(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "5MB", "/s", "0/s", "5/m"] {
            assert!(parse_rate(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn durations_show_two_units_at_most() {
        for (s, text) in
            [(0, "0s"), (59, "59s"), (192, "3m12s"), (8040, "2h14m"), (2_692_800, "31d4h")]
        {
            assert_eq!(duration(Duration::from_secs(s)), text);
        }
        assert_eq!(duration(Duration::from_millis(12)), "12ms");
    }

    #[test]
    fn sizes_keep_three_digits() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (44_120, "44.1K"),
            (1_200_000, "1.20M"),
            (412_000_000, "412M"),
            (88_000_000_000, "88.0G"),
            (u64::MAX, "18.4E"),
        ] {
            assert_eq!(bytes(n), text);
        }
        assert_eq!(count(1_204_331), "1,204,331");
        assert_eq!(count(12), "12");
    }
}
