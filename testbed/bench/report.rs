//! The table for people, JSON lines for scripts, and the ratios that verdicts are made of.

use crate::rounds::Row;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// The targets of the first landing: measure, ours, factor, peer, better when higher or lower.
const TARGETS: &[(&str, &str, f64, &str, Better)] = &[
    ("bulk_up_1", "port", 1.8, "rathole-tls", Better::Higher),
    ("bulk_down_1", "port", 1.8, "rathole-tls", Better::Higher),
    ("bulk_up_1", "port", 0.9, "ssh-R", Better::Higher),
    ("bulk_down_1", "port", 0.9, "ssh-R", Better::Higher),
    ("bulk_up_8", "port", 1.4, "rathole-tls", Better::Higher),
    ("bulk_down_8", "port", 1.4, "rathole-tls", Better::Higher),
    ("cpu_up", "port", 0.55, "rathole-tls", Better::Lower),
    ("cpu_down", "port", 0.55, "rathole-tls", Better::Lower),
    ("connects_1", "port", 8.0, "rathole-tls", Better::Higher),
    ("connects_64", "port", 8.0, "rathole-tls", Better::Higher),
    ("rtt_p50", "port", 1.1, "rathole-tls", Better::Lower),
    ("rtt_p99_under_up", "port", 3.0, "rathole-tls", Better::Lower),
    ("rtt_p99_under_down", "port", 3.0, "rathole-tls", Better::Lower),
    ("bulk_up_1", "forward", 0.55, "port", Better::Higher),
    ("bulk_down_1", "forward", 0.55, "port", Better::Higher),
];
/// Absolute targets, in the measure's unit.
const AT_MOST: &[(&str, &str, f64)] = &[
    ("idle_tunnel", "port", 16.0),
    ("idle_agent", "port", 64.0),
    ("first_byte", "connect", 30.0),
    ("back_p50", "storm", 10.0),
    ("back_p99", "storm", 30.0),
    ("agents_back", "storm", 60.0),
    ("tries_most", "storm", 3.0),
    ("crowd_server", "storm", 50.0),
    ("storm_last_byte", "storm", 100.0),
    ("storm_late", "storm", 256.0),
    ("storm_panics", "storm", 0.0),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    Higher,
    Lower,
}

pub(crate) fn write(rows: &[Row], json: Option<&Path>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    table(rows, &mut out)?;
    verdicts(rows, &mut out)?;
    if let Some(path) = json {
        let mut text = String::new();
        for row in rows {
            text.push_str(&serde_json::to_string(row)?);
            text.push('\n');
        }
        text.push_str(&serde_json::to_string(&machine())?);
        text.push('\n');
        std::fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn table(rows: &[Row], out: &mut impl Write) -> Result<()> {
    let measures: BTreeSet<(&str, &str)> = rows.iter().map(|r| (r.name.as_str(), r.unit)).collect();
    let configs: BTreeSet<&str> = rows.iter().map(|r| r.config.as_str()).collect();
    write!(out, "{:<30}", "median (min-max)")?;
    for config in &configs {
        write!(out, "{config:>24}")?;
    }
    writeln!(out)?;
    for (measure, unit) in measures {
        write!(out, "{:<30}", format!("{measure} [{unit}]"))?;
        for config in &configs {
            let cell = find(rows, measure, config)
                .map(|r| format!("{} ({}-{})", short(r.value), short(r.min), short(r.max)));
            write!(out, "{:>24}", cell.unwrap_or_else(|| "-".to_owned()))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn verdicts(rows: &[Row], out: &mut impl Write) -> Result<()> {
    writeln!(out, "\ntargets")?;
    for (measure, ours, factor, peer, better) in TARGETS {
        let pair = (find(rows, measure, ours), find(rows, measure, peer));
        let (Some(mine), Some(theirs)) = pair else { continue };
        let ratio = mine.value / theirs.value;
        let (sign, met) = match better {
            Better::Higher => (">=", ratio >= *factor),
            Better::Lower => ("<=", ratio <= *factor),
        };
        let word = if met { "met   " } else { "MISSED" };
        writeln!(
            out,
            "{word} {measure:<20} {ours} = {ratio:.2} x {peer}  (target {sign} {factor})"
        )?;
    }
    for (measure, ours, limit) in AT_MOST {
        let Some(mine) = find(rows, measure, ours) else { continue };
        let word = if mine.value <= *limit { "met   " } else { "MISSED" };
        let (value, unit) = (mine.value, mine.unit);
        writeln!(out, "{word} {measure:<20} {ours} = {value:.1} {unit}  (target <= {limit})")?;
    }
    Ok(())
}

fn find<'a>(rows: &'a [Row], name: &str, config: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.name == name && row.config == config)
}

fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// What the figures were measured on.
fn machine() -> serde_json::Value {
    let first = |path: &str, key: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?.to_owned();
        Some(line.split_once(':').map_or(line.clone(), |(_, value)| value.trim().to_owned()))
    };
    serde_json::json!({
        "name": "machine",
        "version": env!("CARGO_PKG_VERSION"),
        "cpu": first("/proc/cpuinfo", "model name"),
        "cpus": std::thread::available_parallelism().map(std::num::NonZero::get).ok(),
        "kernel": std::fs::read_to_string("/proc/sys/kernel/osrelease").ok().map(|s| s.trim().to_owned()),
    })
}
