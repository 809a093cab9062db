//! One unit file: whose it is, what would change, and the change itself. Somebody else's is never
//! touched.

use super::unit::{Whose, whose};
use crate::exit::{Exit, Failure, Result};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// No unit of ours is nearly as large.
const LARGEST: u64 = 64 * 1024;
/// Lines shown around a change.
const AROUND: usize = 2;
/// Anybody may read a unit.
const MODE: u32 = 0o644;

/// The text of the unit of ours at `path`; `None` if nothing is there.
///
/// # Errors
/// What is there was not written by us, or cannot be read.
pub(super) fn ours(path: &Path) -> Result<Option<String>> {
    let found = match std::fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    if !found.is_file() || found.len() > LARGEST {
        return Err(foreign(path, "it was not written by tunnelctl"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| failed(path, &error))?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match whose(&text) {
        Whose::Ours => Ok(Some(text)),
        Whose::Changed => Err(foreign(path, "somebody changed it after tunnelctl wrote it")),
        Whose::Foreign => Err(foreign(path, "it was not written by tunnelctl")),
    }
}

/// Writes the unit: the old one or the new one is there at any moment, and nothing else.
///
/// # Errors
/// The directory cannot be written.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    pki::files::write_atomic(path, text.as_bytes(), MODE).map_err(|error| {
        Failure::new(Exit::Failed, error.to_string())
            .hint("sudo tunnelctl …     for all users\n--user               for your own manager")
    })
}

/// Removes the unit.
///
/// # Errors
/// The directory cannot be written.
pub(super) fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{}: {error}", path.display()))
}

fn foreign(path: &Path, why: &str) -> Failure {
    let message = format!("{} is not ours: {why}; it is left as it is", path.display());
    Failure::new(Exit::Conflict, message)
        .hint("move it away; what is your own belongs into a drop-in: systemctl edit UNIT")
}

/// What turns `old` into `new`, line by line, with a little around it.
pub(super) fn diff(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let all = steps(&old, &new);
    let changed: Vec<usize> =
        all.iter().enumerate().filter(|(_, (sign, _))| *sign != ' ').map(|(at, _)| at).collect();
    let near = |at: usize| changed.iter().any(|change| change.abs_diff(at) <= AROUND);
    let shown = all.iter().enumerate().filter(|(at, _)| near(*at));
    shown.map(|(_, (sign, line))| format!("{sign}{line}")).collect()
}

/// Every line with its sign, by the longest common part.
fn steps<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (at, left) in old.iter().enumerate().rev() {
        for (to, right) in new.iter().enumerate().rev() {
            common[at][to] = if left == right {
                common[at + 1][to + 1] + 1
            } else {
                common[at + 1][to].max(common[at][to + 1])
            };
        }
    }
    let (mut at, mut to, mut steps) = (0, 0, Vec::new());
    while at < old.len() || to < new.len() {
        if at < old.len() && to < new.len() && old[at] == new[to] {
            steps.push((' ', old[at]));
            (at, to) = (at + 1, to + 1);
        } else if to == new.len() || at < old.len() && common[at + 1][to] >= common[at][to + 1] {
            steps.push(('-', old[at]));
            at += 1;
        } else {
            steps.push(('+', new[to]));
            to += 1;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_changes_and_a_little_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng";
        let new = "a\nb\nc\nD\ne\nf\ng\nh";
        assert_eq!(diff(old, new), [" b", " c", "-d", "+D", " e", " f", " g", "+h"]);
        assert_eq!(diff("", "a\nb"), ["+a", "+b"]);
        assert!(diff(old, old).is_empty());
    }
}
