//! `forward list|get|attach|close`: asks every process of this user that forwards something. A socket
//! nobody answers at is of a process that is gone, and is removed.

use crate::cli::Run;
use crate::cli::global::ListArgs;
use crate::cli::out::change::Plan;
use crate::cli::out::list::Listed;
use crate::cli::out::warn;
use crate::cli::runtime::{interruptible, one_shot, stream};
use crate::exit::{Exit, Failure, Result};
use crate::forwards::{Ask, ForwardRow, Told, directory};
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines, Take};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use wire::message::operator::Outcome;
use wire::{ForwardId, Refusal, RefusalCode};

/// How long a process may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How long the end of a forward is waited for: what its process waits, and a bit.
const CLOSE: Duration = Duration::from_secs(12);
/// The longest answer.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;
/// Processes that are asked.
const MAX_OWNERS: usize = 1024;
/// The shortest part of an id that stands for it.
const SHORTEST: usize = 4;

/// Verbs of `forward`.
#[derive(Debug, Subcommand)]
pub enum ForwardCommand {
    /// List the forwards of this user: in the foreground, detached, in a console
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show one forward
    #[command(visible_alias = "show")]
    Get(OneArgs),
    /// Follow what happens to a forward; Ctrl-C leaves it running
    Attach(OneArgs),
    /// End forwards, and wait until they are gone
    Close(CloseArgs),
}

/// Which forward.
#[derive(Debug, Args)]
pub struct OneArgs {
    /// Name, id or unique id prefix
    forward: String,
}

/// Which forwards to end.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// Names, ids or unique id prefixes; - reads them from standard input
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    forwards: Vec<String>,
    /// All forwards of this user
    #[arg(long)]
    all: bool,
}

/// Runs a verb of `forward`.
///
/// # Errors
/// As the contract says.
pub(super) fn run(command: &ForwardCommand, run: &Run) -> Result {
    match command {
        ForwardCommand::List(args) => one_shot(list(run, args)),
        ForwardCommand::Get(args) => one_shot(get(run, &args.forward)),
        ForwardCommand::Attach(args) => stream(attach(run, &args.forward)),
        ForwardCommand::Close(args) => interruptible(close(run, args)),
    }
}

async fn list(run: &Run, args: &ListArgs) -> Result {
    let filter = args.filter(&super::filtered::schema())?;
    let mut rows: Vec<ForwardRow> = all().await?.into_iter().map(|(_, row)| row).collect();
    rows.retain(|row| filter.as_ref().is_none_or(|f| f.matches(row, System.wall())));
    rows.sort_by_key(|row| (row.opened_at, row.id.to_string()));
    let limit = args.limit.and_then(|limit| usize::try_from(limit).ok());
    rows.truncate(limit.unwrap_or(usize::MAX));
    run.listed(&Listed { rows, next: None, as_of: System.wall() })
}

async fn get(run: &Run, wanted: &str) -> Result {
    let (_, row) = find(&all().await?, wanted)?;
    run.out.object(&row)?;
    Ok(Exit::Ok)
}

async fn attach(run: &Run, wanted: &str) -> Result {
    let (path, row) = find(&all().await?, wanted)?;
    run.out.note(&format!(
        "attached to {} ({} through {}); Ctrl-C leaves it running",
        crate::cli::out::Row::name(&row),
        row.addr.as_ref().map(ToString::to_string).unwrap_or_default(),
        row.node
    ));
    let mut desk = Desk::ask(&path, &Ask::Attach { forward: row.id }).await?;
    if run.out.is_structured() {
        run.out.stream_header()?;
    }
    while let Some(told) = desk.next().await? {
        match told {
            Told::News(news) if run.out.is_structured() => {
                if let Some(event) = news.event {
                    run.out.json_line(&event)?;
                }
            }
            Told::News(news) => {
                if let Some(line) = news.line {
                    run.out.line(&line)?;
                }
            }
            Told::Missed(count) => warn(&format!("{count} lines were missed")),
            Told::Forwards(_) | Told::Closed(_) => {}
        }
    }
    run.out.note("the forward has ended");
    Ok(Exit::Ok)
}

async fn close(run: &Run, args: &CloseArgs) -> Result {
    let there = all().await?;
    let meant: Vec<(String, Result<(PathBuf, ForwardRow)>)> = if args.all {
        there
            .iter()
            .map(|(path, row)| (crate::cli::out::Row::name(row), Ok((path.clone(), row.clone()))))
            .collect()
    } else {
        let names = crate::cli::names::expand(&args.forwards)?;
        names.into_iter().map(|name| (name.clone(), find(&there, &name))).collect()
    };
    let plan = run.settings.flags.dry_run;
    let mut outcomes = Vec::new();
    for (name, found) in meant {
        outcomes.push(match found {
            Ok((_, row)) if plan => outcome(&row, plan, None),
            Ok((path, row)) => {
                let ended = end(&path, row.id).await;
                outcome(&row, plan, ended.err())
            }
            Err(failure) => missing(&name, &failure),
        });
    }
    if outcomes.is_empty() {
        run.out.note("no forward is open");
    }
    run.out.changed("closed", &outcomes, if plan { Plan::Shown } else { Plan::Done })
}

fn outcome(row: &ForwardRow, planned: bool, failed: Option<Failure>) -> Outcome {
    let cut = u32::try_from(row.open).ok();
    Outcome {
        object: format!("forward/{}", row.id).into(),
        name: crate::cli::out::Row::name(row).into(),
        ok: !planned && failed.is_none(),
        planned,
        cut_tunnels: cut.filter(|_| failed.is_none()),
        error: failed.map(|failure| Refusal::new(RefusalCode::Failed, failure.message)),
        last_byte_ms: None,
        dropped_commands: None,
        audit: None,
        cuts: Vec::new(),
    }
}

fn missing(name: &str, failure: &Failure) -> Outcome {
    Outcome {
        object: format!("forward/{name}").into(),
        name: name.into(),
        ok: false,
        planned: false,
        error: Some(
            Refusal::new(RefusalCode::NotFound, failure.message.as_str())
                .hint("tunnelctl forward list"),
        ),
        cut_tunnels: None,
        last_byte_ms: None,
        dropped_commands: None,
        audit: None,
        cuts: Vec::new(),
    }
}

/// Ends one and waits until it is gone.
async fn end(path: &Path, forward: ForwardId) -> Result<()> {
    let late = || Failure::new(Exit::Timeout, "it has not ended in time");
    let mut desk = Desk::ask(path, &Ask::Close { forwards: vec![forward] }).await?;
    match timeout(CLOSE, desk.next()).await {
        Ok(Ok(Some(Told::Closed(_)))) => Ok(()),
        // Its process went with it.
        Ok(Ok(None) | Err(_)) if !is_there(path, forward).await => Ok(()),
        _ => Err(late()),
    }
}

async fn is_there(path: &Path, forward: ForwardId) -> bool {
    matches!(rows(path).await, Ok(rows) if rows.iter().any(|row| row.id == forward))
}

/// Every forward of this user, with where its process is asked.
///
/// # Errors
/// He has no directory for them.
pub(super) async fn all() -> Result<Vec<(PathBuf, ForwardRow)>> {
    let dir = directory()?;
    let entries = match std::fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let sockets = entries.flatten().map(|entry| entry.path());
    let sockets = sockets.filter(|path| path.extension().is_some_and(|e| e == "sock"));
    let mut asking = JoinSet::new();
    for path in sockets.take(MAX_OWNERS) {
        asking.spawn(async move { (rows(&path).await, path) });
    }
    let mut all = Vec::new();
    while let Some(asked) = asking.join_next().await {
        match asked {
            Ok((Ok(rows), path)) => all.extend(rows.into_iter().map(|row| (path.clone(), row))),
            Ok((Err(error), path)) => unheard(&path, &error),
            Err(_) => {}
        }
    }
    Ok(all)
}

/// What one process forwards.
///
/// # Errors
/// Nobody answers there.
pub(super) async fn rows(path: &Path) -> io::Result<Vec<ForwardRow>> {
    let answer = async {
        match Desk::open(path, &Ask::List).await?.read().await? {
            Some(Told::Forwards(rows)) => Ok(rows),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    };
    timeout(ANSWER, answer).await?
}

/// A socket whose process is gone refuses; one whose process is stopped or stuck does not, and what it
/// forwards is not known.
fn unheard(path: &Path, error: &io::Error) {
    match error.kind() {
        // Whoever removes it first has done it.
        io::ErrorKind::ConnectionRefused => drop(std::fs::remove_file(path)),
        io::ErrorKind::TimedOut => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let process = name.split('-').next().unwrap_or_default();
            warn(&format!("process {process} does not answer: its forwards are left out"));
        }
        _ => tracing::debug!(path = %path.display(), %error, "a forward's process did not answer"),
    }
}

fn find(all: &[(PathBuf, ForwardRow)], wanted: &str) -> Result<(PathBuf, ForwardRow)> {
    let exact =
        |row: &ForwardRow| row.name.as_deref() == Some(wanted) || row.id.to_string() == wanted;
    let begins =
        |row: &ForwardRow| wanted.len() >= SHORTEST && row.id.to_string().starts_with(wanted);
    let mut meant: Vec<_> = all.iter().filter(|(_, row)| exact(row)).collect();
    if meant.is_empty() {
        meant = all.iter().filter(|(_, row)| begins(row)).collect();
    }
    match meant.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Failure::new(Exit::NotFound, format!("no forward {wanted}"))
            .hint("tunnelctl forward list")),
        several => {
            let ids: Vec<String> = several.iter().map(|(_, row)| row.id.to_string()).collect();
            Err(Failure::usage(format!("{wanted} is one of {}", ids.join(", "))))
        }
    }
}

/// A process that is asked.
struct Desk(Lines<BufReader<Take<UnixStream>>>);

impl Desk {
    async fn ask(path: &Path, ask: &Ask) -> Result<Self> {
        let opened = timeout(ANSWER, Self::open(path, ask)).await;
        opened.map_err(io::Error::from).flatten().map_err(|error| {
            Failure::new(Exit::Failed, format!("the forward's process does not answer: {error}"))
                .hint("tunnelctl forward list")
        })
    }

    async fn open(path: &Path, ask: &Ask) -> io::Result<Self> {
        let mut stream = UnixStream::connect(path).await?;
        let mut line = serde_json::to_vec(ask)?;
        line.push(b'\n');
        stream.write_all(&line).await?;
        Ok(Self(BufReader::new(stream.take(MAX_ANSWER)).lines()))
    }

    async fn read(&mut self) -> io::Result<Option<Told>> {
        let Some(line) = self.0.next_line().await? else { return Ok(None) };
        self.0.get_mut().get_mut().set_limit(MAX_ANSWER);
        Ok(Some(serde_json::from_str(&line)?))
    }

    async fn next(&mut self) -> Result<Option<Told>> {
        self.read().await.map_err(Failure::from)
    }
}
