//! The project's own tools: `cargo run -p xtask -- check`, and `generate` for the files that are made
//! from the command definition.

mod direction;
mod generate;
mod named;
mod sizes;
mod tree;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks the workspace and makes its generated files.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Who depends on whom, how large files and functions are, tests that documents name
    Check,
    /// Man pages and completions, from the command definition
    Generate {
        /// Write nothing; fail if a file is not what it would be
        #[arg(long)]
        check: bool,
    },
}

fn main() -> Result<ExitCode> {
    let root = root()?;
    match Cli::parse().task {
        Task::Check => check(&root),
        Task::Generate { check: false } => generate::write(&root),
        Task::Generate { check: true } => generate::check(&root),
    }
}

fn check(root: &Path) -> Result<ExitCode> {
    let mut faults = direction::faults(&tree::read(root)?);
    let sizes = sizes::measure(root)?;
    faults.extend(sizes.faults);
    faults.extend(named::faults(root)?);
    let mut out = std::io::stdout().lock();
    for note in &sizes.notes {
        writeln!(out, "note: {note}")?;
    }
    for fault in &faults {
        writeln!(out, "fault: {fault}")?;
    }
    writeln!(out, "{} notes, {} faults", sizes.notes.len(), faults.len())?;
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The workspace's directory.
fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask/ lies in the workspace")?.to_owned())
}
