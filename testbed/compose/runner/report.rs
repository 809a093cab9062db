//! The table for people, JSON lines for scripts.

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// One scenario at one site.
#[derive(Debug, Serialize)]
pub(crate) struct Cell {
    name: &'static str,
    site: &'static str,
    ok: bool,
    value: Option<f64>,
    unit: &'static str,
    min: Option<f64>,
    max: Option<f64>,
    rounds: u32,
    error: Option<String>,
}

impl Cell {
    pub(crate) fn new(
        site: &'static str,
        name: &'static str,
        unit: &'static str,
        figure: Result<f64>,
    ) -> Self {
        let (value, error) = match figure {
            Ok(value) => (Some((value * 10.0).round() / 10.0), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        Self {
            name,
            site,
            ok: value.is_some(),
            value,
            unit,
            min: value,
            max: value,
            rounds: 1,
            error,
        }
    }

    pub(crate) fn failed(&self) -> bool {
        !self.ok
    }
}

/// What there is of a kind.
pub(crate) fn list(kind: &str, names: impl Iterator<Item = &'static str>) -> Result<()> {
    let names: Vec<_> = names.collect();
    Ok(writeln!(std::io::stdout(), "{kind:<12}{}", names.join(" "))?)
}

/// What is on now.
pub(crate) fn progress(name: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "… {name}")?)
}

/// Prints all cells, failures last; writes them as JSON lines where asked to.
pub(crate) fn write(cells: &[Cell], json: Option<&Path>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let mut sites: Vec<&str> = Vec::new();
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for cell in cells {
        if !sites.contains(&cell.site) {
            sites.push(cell.site);
        }
        if !rows.contains(&(cell.name, cell.unit)) {
            rows.push((cell.name, cell.unit));
        }
    }
    write!(out, "{:<24}", "")?;
    for site in &sites {
        write!(out, "{site:>12}")?;
    }
    writeln!(out)?;
    for (name, unit) in rows {
        write!(out, "{:<24}", format!("{name} [{unit}]"))?;
        for site in &sites {
            let cell = cells.iter().find(|cell| cell.name == name && cell.site == *site);
            let text = match cell.map(|cell| cell.value) {
                Some(Some(value)) => format!("{value}"),
                Some(None) => "FAILED".to_owned(),
                None => "–".to_owned(),
            };
            write!(out, "{text:>12}")?;
        }
        writeln!(out)?;
    }
    for cell in cells {
        if let Some(error) = &cell.error {
            writeln!(out, "FAILED {} at {}: {error}", cell.name, cell.site)?;
        }
    }
    if let Some(path) = json {
        let lines: Result<Vec<String>, _> = cells.iter().map(serde_json::to_string).collect();
        let text = lines?.join("\n") + "\n";
        std::fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
