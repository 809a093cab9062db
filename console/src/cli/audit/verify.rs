//! `audit verify`: checks the chain here, over the connection, on an export, or on the data
//! directory of a stopped server.

mod export;

use super::{Query, page};
use crate::cli::Run;
use crate::cli::human;
use crate::cli::runtime::one_shot;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use fleet_server::audit::{VerifyError, verify_stored};
use serde::Serialize;
use std::path::{Path, PathBuf};
use store::StoreError;
use wire::audit::{AuditEvent, ChainCheck};
use wire::limits::MAX_PAGE;

/// What to check.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Start at this record
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(u64).range(1..))]
    from: Option<u64>,
    /// An export, in either order: audit list -o jsonl; - reads standard input
    #[arg(long, value_name = "F", conflicts_with = "dir")]
    file: Option<PathBuf>,
    /// The data directory of a stopped server
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Verification {
    ok: bool,
    checked: u64,
    first_seq: Option<u64>,
    last_seq: Option<u64>,
    first_bad_seq: Option<u64>,
    head_hash: Option<String>,
}

/// Checks record after record.
#[derive(Default)]
struct Checker {
    check: ChainCheck,
    first: Option<u64>,
    from: Option<u64>,
    bad: Option<u64>,
}

impl Checker {
    fn new(from: Option<u64>) -> Self {
        Self { from, ..Self::default() }
    }

    /// False when the chain is broken and nothing more needs to be read.
    fn handle(&mut self, event: &AuditEvent) -> bool {
        if self.first.is_none() && self.from.is_some_and(|from| event.seq < from) {
            return true;
        }
        self.first.get_or_insert(event.seq);
        self.bad = self.check.handle(event).err();
        self.bad.is_none()
    }

    /// The chain must go on to `head`.
    fn finish(mut self, head: Option<u64>) -> Verification {
        let last = self.check.head();
        if let (None, Some(head)) = (self.bad, head) {
            let reached = last.map_or(0, |(seq, _)| seq);
            if reached < head {
                self.bad = Some(reached + 1);
            }
        }
        Verification {
            ok: self.bad.is_none(),
            checked: self.check.checked(),
            first_seq: self.first,
            last_seq: last.map(|(seq, _)| seq),
            first_bad_seq: self.bad,
            head_hash: last.map(|(_, hash)| hash.to_string()),
        }
    }
}

/// Runs `audit verify`.
///
/// # Errors
/// The records cannot be read. A broken chain is no error but exit 10.
pub(super) fn run(args: &VerifyArgs, run: &Run) -> Result {
    let checked = match (&args.file, &args.dir) {
        (Some(file), _) => export::chain(file, args.from)?,
        (None, Some(dir)) => dir_chain(dir, args.from)?,
        (None, None) => one_shot(server_chain(run, args.from))?,
    };
    run.out.single("AuditVerification", "audit", &checked, |out| {
        let count = human::count(checked.checked);
        match checked.first_bad_seq {
            None => {
                let head = checked.head_hash.as_deref().unwrap_or("none");
                out.told(&format!("{} {count} records, head {head}", out.look.tick()))
            }
            Some(seq) => out.line(&format!(
                "{} broken at record {seq}, {count} good records before it",
                out.look.glyph("✗", "BROKEN")
            )),
        }
    })?;
    Ok(if checked.ok { Exit::Ok } else { Exit::Differs })
}

async fn server_chain(run: &Run, from: Option<u64>) -> Result<Verification> {
    let link = connect(&run.settings).await?;
    let start = from.unwrap_or(1);
    let mut checker = Checker::new(from);
    let mut query = Query {
        after: Some(start - 1),
        backwards: false,
        limit: MAX_PAGE,
        since: None,
        until: None,
    };
    let mut head = None;
    loop {
        let found = page(&link, &query).await?;
        if !found.is_whole {
            let message = "you see a part of the trail, and a part cannot be verified";
            return Err(Failure::new(Exit::Denied, message)
                .hint("role admin sees all of it; or on the server: audit verify --dir D"));
        }
        // The server goes on writing: what it had when we began is what must be there.
        let end = *head.get_or_insert(found.head);
        if checker.first.is_none() && found.events.first().is_some_and(|e| e.seq != start) {
            checker.bad = Some(start);
            break;
        }
        if !found.events.iter().all(|event| checker.handle(event)) {
            break;
        }
        let reached = checker.check.head().map_or(0, |(seq, _)| seq);
        match found.next {
            Some(next) if reached < end => query.after = Some(next),
            _ => break,
        }
    }
    link.close().await;
    Ok(checker.finish(head))
}

fn dir_chain(dir: &Path, from: Option<u64>) -> Result<Verification> {
    let path = dir.join("store");
    // Opening would make a store of whatever empty directory there is.
    if !dir.join("fleet").is_file() || !path.is_dir() {
        return Err(Failure::new(
            Exit::NotFound,
            format!("{}: no server's data directory", dir.display()),
        ));
    }
    let store = store::open(&path).map_err(|error| stored(&path, &error))?;
    let chain = verify_stored(store.as_ref(), from.unwrap_or(1)).map_err(|error| match error {
        VerifyError::Store(error) => stored(&path, &error),
        VerifyError::Beyond(_) | VerifyError::Empty => {
            Failure::new(Exit::NotFound, format!("{}: {error}", path.display()))
        }
        VerifyError::Mark(_) => Failure::new(Exit::Failed, format!("{}: {error}", path.display())),
    })?;
    Ok(Verification {
        ok: chain.first_bad.is_none(),
        checked: chain.checked,
        first_seq: chain.first,
        last_seq: chain.last.map(|(seq, _)| seq),
        first_bad_seq: chain.first_bad,
        head_hash: chain.last.map(|(_, hash)| hash.to_string()),
    })
}

fn stored(path: &Path, error: &StoreError) -> Failure {
    match error {
        StoreError::Locked { .. } => {
            Failure::new(Exit::Conflict, format!("{}: {error}", path.display()))
                .hint("a server runs on it: stop it, or verify over the connection without --dir")
        }
        _ => Failure::new(Exit::Failed, format!("{}: {error}", path.display())),
    }
}
