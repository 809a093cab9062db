//! `man/`, `completions/` and the services of `packaging/systemd`: what the program itself prints,
//! committed for packagers, checked for drift. The first two folders hold generated files only.

use anyhow::{Context, Result};
use clap_complete::Shell;
use console::cli::service::unit;
use console::cli::{completions, docs};
use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const UNITS: &str = "packaging/systemd";
const FOLDERS: [&str; 3] = ["man", "completions", UNITS];

/// Files by their path in the workspace.
type Files = BTreeMap<PathBuf, String>;

/// Makes the folders what they should be.
pub(crate) fn write(root: &Path) -> Result<ExitCode> {
    let files = wanted()?;
    for folder in FOLDERS {
        fs::create_dir_all(root.join(folder)).context(folder)?;
    }
    for (path, text) in &files {
        fs::write(root.join(path), text).with_context(|| path.display().to_string())?;
    }
    for path in present(root)?.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(root.join(path)).with_context(|| path.display().to_string())?;
    }
    writeln!(std::io::stdout(), "{} files", files.len())?;
    Ok(ExitCode::SUCCESS)
}

/// Says which files are not what they should be.
pub(crate) fn check(root: &Path) -> Result<ExitCode> {
    let drift = drift(&wanted()?, &present(root)?);
    let mut out = std::io::stdout().lock();
    for line in &drift {
        writeln!(out, "{line}")?;
    }
    if drift.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "fix it with: cargo run -p xtask -- generate")?;
    Ok(ExitCode::FAILURE)
}

fn drift(wanted: &Files, present: &Files) -> Vec<String> {
    let differs = wanted.iter().filter_map(|(path, text)| match present.get(path) {
        Some(there) if there == text => None,
        Some(_) => Some(format!("{} is out of date", path.display())),
        None => Some(format!("{} is missing", path.display())),
    });
    let stale = present.keys().filter(|path| !wanted.contains_key(*path));
    differs.chain(stale.map(|path| format!("{} belongs to no command", path.display()))).collect()
}

fn wanted() -> Result<Files> {
    let pages = docs::pages().map_err(|error| anyhow::anyhow!("man pages: {error:?}"))?;
    let mut files: Files =
        pages.into_iter().map(|(name, text)| (Path::new("man").join(name), text)).collect();
    for (shell, name) in [
        (Shell::Bash, "tunnelctl.bash"),
        (Shell::Zsh, "_tunnelctl"),
        (Shell::Fish, "tunnelctl.fish"),
    ] {
        files.insert(Path::new("completions").join(name), completions::script(shell, false));
    }
    let units = unit::packaged().map_err(|error| anyhow::anyhow!("units: {error}"))?;
    files.extend(units.into_iter().map(|(name, text)| (Path::new(UNITS).join(name), text)));
    Ok(files)
}

/// Whether a file of this folder is one that is generated: the socket beside the services is not.
fn is_generated(folder: &str, path: &Path) -> bool {
    folder != UNITS || path.extension().is_some_and(|of| of == "service")
}

fn present(root: &Path) -> Result<Files> {
    let mut files = Files::new();
    for folder in FOLDERS {
        let entries = match fs::read_dir(root.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries.context(folder)?,
        };
        for entry in entries {
            let entry = entry?;
            let text =
                fs::read(entry.path()).with_context(|| entry.path().display().to_string())?;
            let path = Path::new(folder).join(entry.file_name());
            if !is_generated(folder, &path) {
                continue;
            }
            files.insert(path, String::from_utf8_lossy(&text).into_owned());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_missing_and_stale_files_are_drift() {
        let files = |all: &[(&str, &str)]| -> Files {
            all.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
        };
        let wanted = files(&[("man/a.1", "a"), ("man/b.1", "b"), ("man/c.1", "c")]);
        assert_eq!(drift(&wanted, &wanted), [""; 0]);
        let present = files(&[("man/a.1", "a"), ("man/b.1", "old"), ("man/d.1", "d")]);
        assert_eq!(
            drift(&wanted, &present),
            ["man/b.1 is out of date", "man/c.1 is missing", "man/d.1 belongs to no command"]
        );
    }
}
