//! The scenarios of the compose testbed: every site × every scenario, one figure per cell, exit 1 if
//! a cell failed. The containers are started by `testbed/compose/up`; nothing here restarts them.

mod faults;
mod machine;
mod report;
mod sites;
mod uses;

use anyhow::{Result, bail};
use clap::Parser;
use machine::compose_is_up;
use report::Cell;
use sites::{SITES, Site};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Runs scenarios at sites and prints a table with a figure per cell.
#[derive(Debug, Parser)]
#[command(name = "scenarios")]
struct Args {
    /// Sites and scenarios to run; without any of a kind, all of that kind.
    only: Vec<String>,
    /// Write the cells as JSON lines to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Full sizes: 1 GiB each way, ten idle minutes.
    #[arg(long, env = "TUNNELCTL_FULL", value_parser = clap::builder::FalseyValueParser::new())]
    full: bool,
    /// List sites and scenarios.
    #[arg(long)]
    list: bool,
}

/// How large and how long.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// Mebibytes each way.
    bulk: u64,
    /// How long a connection stays silent.
    idle: Duration,
}

impl Sizes {
    fn of(args: &Args) -> Self {
        if args.full {
            Self { bulk: 1024, idle: Duration::from_secs(600) }
        } else {
            Self { bulk: 64, idle: Duration::from_secs(75) }
        }
    }
}

/// One scenario at one site: a figure, or what went wrong.
type Run = fn(&Site, Sizes) -> Result<f64>;

/// A row of the table.
struct Scenario {
    name: &'static str,
    unit: &'static str,
    how: How,
}

/// Where a scenario happens.
enum How {
    /// At each site by itself; sites run side by side.
    AtSite(Run),
    /// At one site after the other: it loads the machine.
    InTurn(Run),
    /// Once, and every site feels it.
    ForAll(fn() -> Result<()>, Run),
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "enrol", unit: "ms", how: How::AtSite(uses::enrol) },
    Scenario { name: "forward", unit: "ms", how: How::AtSite(uses::forward) },
    Scenario { name: "port", unit: "ms", how: How::AtSite(uses::port) },
    Scenario { name: "socks", unit: "ms", how: How::AtSite(uses::socks) },
    Scenario { name: "reverse", unit: "ms", how: How::AtSite(uses::reverse) },
    Scenario { name: "up", unit: "MB/s", how: How::InTurn(uses::up) },
    Scenario { name: "down", unit: "MB/s", how: How::InTurn(uses::down) },
    Scenario { name: "idle", unit: "s", how: How::AtSite(uses::idle) },
    Scenario { name: "way", unit: "ms", how: How::InTurn(uses::way) },
    Scenario { name: "overlap", unit: "packets", how: How::InTurn(uses::overlap) },
    Scenario { name: "nat-reboot", unit: "s", how: How::AtSite(faults::nat_reboot) },
    Scenario { name: "new-address", unit: "s", how: How::AtSite(faults::new_address) },
    Scenario { name: "black-hole-out", unit: "s", how: How::AtSite(faults::black_hole_out) },
    Scenario { name: "black-hole-in", unit: "s", how: How::AtSite(faults::black_hole_in) },
    Scenario {
        name: "server-kill",
        unit: "s",
        how: How::ForAll(faults::kill_server, faults::back_after_kill),
    },
];

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let (sites, scenarios) = choose(&args.only)?;
    if args.list {
        report::list("sites", sites.iter().map(|site| site.name))?;
        report::list("scenarios", scenarios.iter().map(|scenario| scenario.name))?;
        return Ok(ExitCode::SUCCESS);
    }
    compose_is_up()?;
    side_by_side(&sites, uses::join).into_iter().collect::<Result<Vec<_>>>()?;
    let sizes = Sizes::of(&args);
    let mut cells = Vec::new();
    for scenario in &scenarios {
        report::progress(scenario.name)?;
        cells.extend(run(scenario, &sites, sizes));
    }
    report::write(&cells, args.json.as_deref())?;
    let failed = cells.iter().any(Cell::failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What was asked for; an unknown word names those that are known.
fn choose(only: &[String]) -> Result<(Vec<&'static Site>, Vec<&'static Scenario>)> {
    let site = |word: &str| SITES.iter().find(|site| site.name == word);
    let scenario = |word: &str| SCENARIOS.iter().find(|scenario| scenario.name == word);
    if let Some(word) = only.iter().find(|w| site(w).is_none() && scenario(w).is_none()) {
        bail!("{word} is neither a site nor a scenario; --list shows them");
    }
    let mut sites: Vec<_> = only.iter().filter_map(|word| site(word)).collect();
    let mut scenarios: Vec<_> = only.iter().filter_map(|word| scenario(word)).collect();
    if sites.is_empty() {
        sites = SITES.iter().collect();
    }
    if scenarios.is_empty() {
        scenarios = SCENARIOS.iter().collect();
    }
    Ok((sites, scenarios))
}

fn run(scenario: &Scenario, sites: &[&'static Site], sizes: Sizes) -> Vec<Cell> {
    let figures = match scenario.how {
        How::AtSite(run) => side_by_side(sites, |site| run(site, sizes)),
        How::InTurn(run) => sites.iter().map(|site| run(site, sizes)).collect(),
        How::ForAll(begin, run) => match begin() {
            Ok(()) => side_by_side(sites, |site| run(site, sizes)),
            Err(error) => sites.iter().map(|_| Err(anyhow::anyhow!("{error:#}"))).collect(),
        },
    };
    let cells = sites.iter().zip(figures);
    cells.map(|(site, figure)| Cell::new(site.name, scenario.name, scenario.unit, figure)).collect()
}

fn side_by_side<T: Send>(sites: &[&'static Site], run: impl Fn(&Site) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = sites.iter().map(|site| scope.spawn(move || run(site))).collect();
        threads
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
            .collect()
    })
}
