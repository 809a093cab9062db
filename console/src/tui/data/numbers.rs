//! Numbers, ages and times as the console writes them: few digits, steady width.

use std::time::Duration;
use wire::UnixMs;

/// A total with three significant digits: `640`, `9.81G`, `302G`.
pub fn total(bytes: u64) -> String {
    scaled(bytes as f64, |value, unit| match value {
        _ if unit.is_empty() => format!("{value:.0}"),
        v if v < 9.995 => format!("{v:.2}{unit}"),
        v if v < 99.95 => format!("{v:.1}{unit}"),
        v => format!("{v:.0}{unit}"),
    })
}

/// A total with its unit: `640 B`, `9.81 GB`.
pub fn bytes(bytes: u64) -> String {
    let text = total(bytes);
    match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => format!("{} {}B", &text[..at], &text[at..]),
        None => format!("{text} B"),
    }
}

/// A rate per second: `0`, `0.2K`, `44K`, `18.4M`.
pub fn rate(bytes: f64) -> String {
    if bytes < 0.5 {
        return "0".to_owned();
    }
    if bytes < 1000.0 {
        return format!("{:.1}K", (bytes / 1000.0).max(0.1));
    }
    scaled(bytes, |value, unit| match value {
        v if v < 9.95 || (v < 99.95 && unit != "K") => format!("{v:.1}{unit}"),
        v => format!("{v:.0}{unit}"),
    })
}

fn scaled(mut value: f64, show: impl Fn(f64, &str) -> String) -> String {
    for unit in ["", "K", "M", "G", "T"] {
        if value < 999.5 {
            return show(value, unit);
        }
        value /= 1000.0;
    }
    show(value, "P")
}

/// How long ago: `0s`, `47m`, `2h14m`, `3d4h`; at most five characters.
pub fn age(since: Duration) -> String {
    let s = since.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m", s / 60),
        3600..86_400 => format!("{}h{:02}m", s / 3600, s / 60 % 60),
        86_400..864_000 => format!("{}d{}h", s / 86_400, s / 3600 % 24),
        _ => format!("{}d", s / 86_400),
    }
}

/// How long ago, short: `47m`, `3d`.
pub fn short_age(since: Duration) -> String {
    let s = since.as_secs();
    match s {
        0..3600 => age(since),
        3600..86_400 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// How long something lasts, to the second: `12s`, `2m14s`, `1h02m`.
pub fn lasting(duration: Duration) -> String {
    let s = duration.as_secs();
    if (60..3600).contains(&s) { format!("{}m{:02}s", s / 60, s % 60) } else { age(duration) }
}

/// `14:02:31Z`.
pub fn clock(at: UnixMs) -> String {
    let text = at.to_string();
    format!("{}Z", text.get(11..19).unwrap_or_default())
}

/// `14:02Z`.
pub fn minutes(at: UnixMs) -> String {
    let text = at.to_string();
    format!("{}Z", text.get(11..16).unwrap_or_default())
}

/// `1 tunnel`, `12,000 tunnels`.
pub fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// `12,000`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_few_digits_and_steady_width() {
        for (bytes, text) in [
            (0, "0"),
            (640, "640"),
            (999, "999"),
            (1000, "1.00K"),
            (9_810_000_000, "9.81G"),
            (302_000_000_000, "302G"),
            (999_999, "1.00M"),
            (88_000_000_000, "88.0G"),
        ] {
            assert_eq!(total(bytes), text);
        }
        assert_eq!([bytes(640), bytes(9_810_000_000)], ["640 B", "9.81 GB"]);
        for (bytes, text) in [
            (0.0, "0"),
            (40.0, "0.1K"),
            (200.0, "0.2K"),
            (1400.0, "1.4K"),
            (44_000.0, "44K"),
            (18_400_000.0, "18.4M"),
            (412e6, "412M"),
            (999_900.0, "1.0M"),
        ] {
            assert_eq!(rate(bytes), text);
        }
        assert_eq!(grouped(50_306), "50,306");
        assert_eq!(grouped(412), "412");
    }

    #[test]
    fn ages_fit_five_characters() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (2820, "47m"),
            (8040, "2h14m"),
            (273_600, "3d4h"),
            (86_400_000, "1000d"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), text);
            assert!(text.len() <= 5);
        }
        assert_eq!(lasting(Duration::from_secs(134)), "2m14s");
        assert_eq!(clock(UnixMs(1_787_320_951_118)), "14:02:31Z");
    }
}
