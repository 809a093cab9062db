//! A home directory of its own for each test, and the real binary run in it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; a failing unwrap fails the test"
)]

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A fresh home with empty XDG directories.
pub(crate) struct Home {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    pub(crate) fn write(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("tunnelctl"));
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .envs(self.env.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn run_into_closed_pipe(&self, args: &[&str]) -> Ran {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = self.command(args).stdout(writer).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::new(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Every command with its own flags, one line each.
pub(crate) fn tree(command: &clap::Command, depth: usize, out: &mut String) {
    let own: Vec<String> = command
        .get_arguments()
        .filter(|arg| depth == 0 || !arg.is_global_set())
        .filter(|arg| !arg.is_hide_set())
        .map(|arg| match (arg.get_long(), arg.get_short()) {
            (Some(long), Some(short)) => format!("-{short}/--{long}"),
            (Some(long), None) => format!("--{long}"),
            _ => format!("<{}>", arg.get_id()),
        })
        .collect();
    out.push_str(&format!("{}{}  {}\n", "  ".repeat(depth), command.get_name(), own.join(" ")));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        tree(sub, depth + 1, out);
    }
}
