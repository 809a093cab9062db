//! `agent logs`: the newest lines of the agent's daily files, or of the journal where it has none.

use crate::cli::Run;
use crate::cli::runtime::{Ending, one_shot};
use crate::cli::service::unit::{Service, flag};
use crate::cli::service::{PlaceArgs, find, missing};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use wire::SafeText;

/// Between two looks at whether lines were added.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes of a line. A longer one, or one that never ends, is shown in pieces of so many.
const LONGEST: usize = 16 * 1024;

/// How many, and whether to stay.
#[derive(Debug, Args)]
pub struct LogsArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Directory of daily log files [default: the one of the unit; without one, the journal]
    #[arg(long, value_name = "D", env = "TUNNELCTL_LOG_DIR")]
    log_dir: Option<PathBuf>,
    /// Stay and print lines as they are written
    #[arg(short = 'f', long)]
    follow: bool,
    /// How many to begin with
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100)]
    lines: u32,
    /// Takes the place of the global flag, whose -n means the number of lines here.
    #[arg(long = "dry-run", id = "dry_run", hide = true)]
    _dry_run: bool,
}

/// Runs `agent logs`.
///
/// # Errors
/// There is no such directory, or neither files nor a journal.
pub(super) fn run(args: &LogsArgs, run: &Run) -> Result {
    if run.out.is_structured() {
        return Err(Failure::usage("agent logs prints lines as they were written")
            .hint("journalctl -u tunnelctl-agent -o json"));
    }
    let of_unit = || {
        let text = std::fs::read_to_string(args.place.path(Service::Agent).ok()?).ok()?;
        flag(&text, "--log-dir")
    };
    match args.log_dir.clone().or_else(of_unit) {
        Some(dir) => one_shot(files(&dir, args, run)),
        None => journal(args),
    }
}

/// The journal, by its own program.
fn journal(args: &LogsArgs) -> Result {
    if !find("journalctl") {
        return Err(missing("journalctl").hint(
            "agent run logs to stderr, unless: tunnelctl agent run --log-dir D\n\
             and those are shown by:           tunnelctl agent logs --log-dir D",
        ));
    }
    let mut command = Command::new("journalctl");
    if args.place.user {
        command.arg("--user");
    }
    command.args(["-u", &Service::Agent.file(), "--no-pager", "-n", &args.lines.to_string()]);
    if args.follow {
        command.arg("-f");
    }
    let status = command.stdin(Stdio::null()).status()?;
    if status.success() {
        return Ok(Exit::Ok);
    }
    Err(Failure::new(Exit::Failed, format!("journalctl: {status}")))
}

async fn files(dir: &Path, args: &LogsArgs, run: &Run) -> Result {
    let most = usize::try_from(args.lines).unwrap_or(usize::MAX);
    let mut last = VecDeque::new();
    let mut open = None;
    for path in daily(dir)? {
        let mut tail = Tail::open(path)?;
        while let Some(line) = tail.line()? {
            last.push_back(line);
            if last.len() > most {
                last.pop_front();
            }
        }
        open = Some(tail);
    }
    last.iter().try_for_each(|line| run.out.line(line))?;
    if !args.follow {
        return Ok(Exit::Ok);
    }
    let mut ending = Ending::listen()?;
    loop {
        open = follow(dir, open, run)?;
        tokio::select! {
            biased;
            signal = ending.next() => return Ok(Exit::Signal(signal)),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Prints what was added, to the file that is open and to those of later days.
fn follow(dir: &Path, mut open: Option<Tail>, run: &Run) -> Result<Option<Tail>> {
    // Looked for first: what is written to the old one meanwhile is still printed before.
    let later = daily(dir)?;
    let told = |tail: &mut Tail| -> Result<()> {
        while let Some(line) = tail.line()? {
            run.out.line(&line)?;
        }
        Ok(())
    };
    if let Some(tail) = &mut open {
        told(tail)?;
    }
    let read = open.as_ref().map(|tail| tail.path.clone());
    for path in later.into_iter().filter(|path| read.as_ref().is_none_or(|read| path > read)) {
        let mut tail = Tail::open(path)?;
        told(&mut tail)?;
        open = Some(tail);
    }
    Ok(open)
}

/// The daily files, the oldest first: their names are in the order of their days.
fn daily(dir: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, format!("{}: {error}", dir.display()))
    };
    let entries = std::fs::read_dir(dir).map_err(unreadable)?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("tunnelctl.") && name.ends_with(".log")
    });
    files.sort();
    Ok(files)
}

/// A file that somebody else adds lines to.
struct Tail {
    path: PathBuf,
    file: BufReader<std::fs::File>,
    /// Where the first line begins that was not whole yet.
    at: u64,
}

impl Tail {
    fn open(path: PathBuf) -> Result<Self> {
        let named = |error| Failure::new(Exit::Failed, format!("{}: {error}", path.display()));
        let file = BufReader::new(std::fs::File::open(&path).map_err(named)?);
        Ok(Self { path, file, at: 0 })
    }

    /// The next line that is whole, without what a terminal would take for an order.
    fn line(&mut self) -> Result<Option<String>> {
        let mut bytes = Vec::new();
        let mut bounded = self.file.by_ref().take(LONGEST as u64);
        let read = bounded.read_until(b'\n', &mut bytes)?;
        if bytes.last() != Some(&b'\n') && read < LONGEST {
            self.file.seek(SeekFrom::Start(self.at))?;
            return Ok(None);
        }
        self.at += u64::try_from(read).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(SafeText::bounded(text.trim_end_matches('\n'), LONGEST).to_string()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use std::io::Write;

    #[test]
    fn a_line_that_never_ends_is_read_in_pieces() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![b'x'; 2 * LONGEST + 1]).unwrap();
        let mut tail = Tail::open(file.path().to_owned()).unwrap();
        for _ in 0..2 {
            assert_eq!(tail.line().unwrap().unwrap().len(), LONGEST);
        }
        assert_eq!(tail.line().unwrap(), None, "it may go on");
        file.write_all(b"y\nz\n").unwrap();
        assert_eq!(tail.line().unwrap().as_deref(), Some("xy"));
        assert_eq!(tail.line().unwrap().as_deref(), Some("z"));
    }
}
