//! What strace saw, and how one call of it is addressed again.
//!
//! strace counts `when=k` per thread. A boundary is therefore (system call, path, k): the path filter
//! keeps other files' calls out of the count, and the first thread to make its k-th such call is hit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every call that changes a file or makes it durable, and those that create or find one.
pub(crate) const CALLS: &str = "openat,mkdir,mkdirat,write,pwrite64,pwritev,fsync,fdatasync,sync_file_range,\
     rename,renameat,renameat2,ftruncate,unlink,unlinkat,fallocate,copy_file_range";

/// One place to be killed at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Boundary {
    pub(crate) call: String,
    /// Relative to the store directory; empty for the directory itself.
    pub(crate) path: String,
    pub(crate) nth: usize,
}

impl Boundary {
    /// Boundaries of one class differ in their count and in the sequence number of a snapshot.
    pub(crate) fn class(&self) -> (String, String) {
        (self.call.clone(), path_class(&self.path))
    }
}

fn path_class(path: &str) -> String {
    match path.strip_prefix("snap.") {
        Some(rest) if rest.ends_with(".generating") => "snap.*.generating".to_owned(),
        Some(_) => "snap.*".to_owned(),
        None if path.is_empty() => "(directory)".to_owned(),
        None => path.to_owned(),
    }
}

/// The boundaries in a trace of a run on `dir`, and the kinds of threads behind each class.
#[derive(Debug, Default)]
pub(crate) struct Enumeration {
    pub(crate) boundaries: BTreeSet<Boundary>,
    pub(crate) threads: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Enumeration {
    /// Both passes together, without the files only one of them has: a snapshot's name depends on how
    /// far the log had come, and only one written at the very start of a run is found again.
    pub(crate) fn joined(mut self, other: Enumeration) -> Self {
        let paths = |pass: &Enumeration| -> BTreeSet<String> {
            pass.boundaries.iter().map(|boundary| boundary.path.clone()).collect()
        };
        let (ours, theirs) = (paths(&self), paths(&other));
        self.boundaries.extend(other.boundaries);
        self.boundaries
            .retain(|boundary| ours.contains(&boundary.path) && theirs.contains(&boundary.path));
        for (class, threads) in other.threads {
            self.threads.entry(class).or_default().extend(threads);
        }
        let classes: BTreeSet<_> = self.boundaries.iter().map(Boundary::class).collect();
        self.threads.retain(|class, _| classes.contains(class));
        self
    }
}

pub(crate) fn enumerate(trace: &str, dir: &Path) -> Enumeration {
    let mut seen = Enumeration::default();
    let mut counts: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, call, path)) = parse(line, dir) else { continue };
        let key = (thread.0, call.to_owned(), path.clone());
        let count = counts.entry(key).or_default();
        *count += 1;
        let boundary = Boundary { call: call.to_owned(), path, nth: *count };
        seen.threads.entry(boundary.class()).or_default().insert(thread.1);
        seen.boundaries.insert(boundary);
    }
    seen
}

/// Thread (id and kind), call and path of a line about a call inside `dir`.
fn parse<'a>(line: &'a str, dir: &Path) -> Option<((String, String), &'a str, String)> {
    let (id, rest) = line.split_once('<')?;
    let (name, rest) = rest.split_once("> ")?;
    let (call, arguments) = rest.split_once('(')?;
    if !call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let path = if arguments.starts_with(|c: char| c.is_ascii_digit()) {
        arguments.split_once('<')?.1.split_once('>')?.0
    } else {
        arguments.split('"').nth(1)?
    };
    let path = Path::new(path).strip_prefix(dir).ok()?.to_str()?.to_owned();
    let kind = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
    Some(((id.to_owned(), kind), call, path))
}
