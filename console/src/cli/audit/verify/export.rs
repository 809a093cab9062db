//! The chain in an exported file, one record per line, oldest or newest first. The first two
//! records say which; either way no more than two records are kept.

use super::{Checker, Verification};
use crate::exit::{Exit, Failure, Result};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use wire::audit::{AuditEvent, Digest};

const LONGEST_LINE: u64 = 1 << 20;

/// Checks the export in `file`; `-` is standard input.
///
/// # Errors
/// The file cannot be read, or does not begin with an audit record.
pub(super) fn chain(file: &Path, from: Option<u64>) -> Result<Verification> {
    let named = |error: std::io::Error| {
        let exit = if error.kind() == std::io::ErrorKind::NotFound {
            Exit::NotFound
        } else {
            Exit::Failed
        };
        Failure::new(exit, format!("{}: {error}", file.display()))
    };
    let reader: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(named)?)
    };
    let mut reader = BufReader::new(reader);
    let mut order = Order::Unknown { first: None, gap: false, from };
    let mut line = String::new();
    for number in 1u64.. {
        line.clear();
        let read = reader.by_ref().take(LONGEST_LINE).read_line(&mut line).map_err(named)?;
        if read == 0 {
            break;
        }
        let goes_on = match record(&line) {
            Line::Empty => true,
            Line::Record(event) => order.handle(*event),
            Line::Broken if order.is_empty() => {
                let what = format!("{}: line {number} is no audit record", file.display());
                return Err(no_export(what));
            }
            Line::Broken => order.broken(),
        };
        if !goes_on {
            break;
        }
    }
    if order.is_empty() {
        return Err(no_export(format!("{}: holds no audit record", file.display())));
    }
    Ok(order.finish())
}

fn no_export(what: String) -> Failure {
    Failure::new(Exit::Failed, what).hint("an export is made with: tunnelctl audit list -o jsonl")
}

enum Line {
    Empty,
    Record(Box<AuditEvent>),
    Broken,
}

fn record(line: &str) -> Line {
    if line.trim().is_empty() {
        return Line::Empty;
    }
    match serde_json::from_str::<serde_json::Value>(line) {
        Ok(value) if value.get("kind").is_some_and(|k| k == "Stream") => Line::Empty,
        Ok(value) => serde_json::from_value(value)
            .map_or(Line::Broken, |event| Line::Record(Box::new(event))),
        Err(_) => Line::Broken,
    }
}

/// Which way the file goes, and the check that goes with it.
enum Order {
    /// At most one record came; behind it perhaps lines that are none.
    Unknown {
        first: Option<Box<AuditEvent>>,
        gap: bool,
        from: Option<u64>,
    },
    OldestFirst(Checker),
    NewestFirst(Backwards),
}

impl Order {
    const fn is_empty(&self) -> bool {
        matches!(self, Self::Unknown { first: None, .. })
    }

    /// False when nothing more needs to be read.
    fn handle(&mut self, event: AuditEvent) -> bool {
        match self {
            Self::Unknown { first: none @ None, .. } => {
                *none = Some(Box::new(event));
                true
            }
            Self::Unknown { first: Some(first), .. } => {
                let newest_first = event.seq < first.seq;
                self.decide(newest_first) && self.handle(event)
            }
            Self::OldestFirst(checker) => checker.handle(&event),
            Self::NewestFirst(backwards) => backwards.handle(&event),
        }
    }

    /// A line that is no record breaks the chain where its record should be.
    fn broken(&mut self) -> bool {
        match self {
            Self::Unknown { gap, .. } => {
                *gap = true;
                true
            }
            Self::OldestFirst(checker) => {
                checker.bad = checker.check.head().map(|(seq, _)| seq.saturating_add(1));
                false
            }
            Self::NewestFirst(backwards) => {
                backwards.gap = true;
                true
            }
        }
    }

    fn decide(&mut self, newest_first: bool) -> bool {
        let Self::Unknown { first, gap, from } = self else { return true };
        let (first, gap, from) = (first.take(), *gap, *from);
        *self = if newest_first {
            Self::NewestFirst(Backwards { from, ..Backwards::default() })
        } else {
            Self::OldestFirst(Checker::new(from))
        };
        first.is_none_or(|first| self.handle(*first)) && (!gap || self.broken())
    }

    fn finish(mut self) -> Verification {
        self.decide(false);
        match self {
            Self::NewestFirst(backwards) => backwards.finish(),
            Self::OldestFirst(checker) => checker.finish(None),
            Self::Unknown { from, .. } => Checker::new(from).finish(None),
        }
    }
}

/// Checks from the newest record back: the last fault found is the first of the chain, and what
/// passed is counted from there.
#[derive(Default)]
struct Backwards {
    from: Option<u64>,
    /// The record before in the file, behind in the chain.
    newer: Option<(u64, Digest)>,
    first: Option<u64>,
    bad: Option<u64>,
    checked: u64,
    head: Option<(u64, Digest)>,
    /// Lines that are no records stand between `newer` and what comes.
    gap: bool,
}

impl Backwards {
    fn handle(&mut self, event: &AuditEvent) -> bool {
        if self.from.is_some_and(|from| event.seq < from) {
            self.gap = false;
            return false;
        }
        let follows = self.newer.is_none_or(|(seq, prev)| {
            seq.checked_sub(1) == Some(event.seq) && prev == event.hash && !self.gap
        });
        if !follows {
            self.fault(event.seq.saturating_add(1));
        }
        if event.computed() == event.hash {
            self.checked += 1;
            self.head.get_or_insert((event.seq, event.hash));
        } else {
            self.fault(event.seq);
        }
        self.first = Some(event.seq);
        self.newer = Some((event.seq, event.prev_hash));
        self.gap = false;
        true
    }

    const fn fault(&mut self, seq: u64) {
        self.bad = Some(seq);
        self.checked = 0;
        self.head = None;
    }

    fn finish(mut self) -> Verification {
        match self.newer {
            Some((seq, _)) if self.gap => self.fault(seq.saturating_sub(1)),
            Some((1, prev)) if prev != Digest::default() => self.fault(1),
            _ => {}
        }
        Verification {
            ok: self.bad.is_none(),
            checked: self.checked,
            first_seq: self.first,
            last_seq: self.head.map(|(seq, _)| seq),
            first_bad_seq: self.bad,
            head_hash: self.head.map(|(_, hash)| hash.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use crate::harness::Parser;
    use std::io::Write;
    use wire::UnixMs;
    use wire::audit::{Actor, Entry, Object};

    fn lines() -> Vec<String> {
        let mut prev = Digest::default();
        let event = |seq| {
            let entry =
                Entry::new("node.enroll", Actor::default(), Object::default()).with("n", seq);
            let event = AuditEvent::chain(seq, UnixMs(seq), entry, prev);
            prev = event.hash;
            serde_json::to_string(&event).unwrap()
        };
        (1..=8u64).map(event).collect()
    }

    fn check(lines: &[String], from: Option<u64>) -> Result<Verification> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        lines.iter().for_each(|line| writeln!(file, "{line}").unwrap());
        chain(file.path(), from)
    }

    fn both(mut lines: Vec<String>, from: Option<u64>) -> Verification {
        let forwards = check(&lines, from).unwrap();
        lines.reverse();
        assert_eq!(check(&lines, from).unwrap(), forwards, "newest first");
        forwards
    }

    #[test]
    fn an_export_passes_in_either_order() {
        let whole = both(lines(), None);
        assert!(whole.ok && whole.checked == 8, "{whole:?}");
        assert_eq!((whole.first_seq, whole.last_seq), (Some(1), Some(8)));
        assert_eq!(both(lines()[..1].to_vec(), None).checked, 1);
        assert_eq!(both(lines()[3..].to_vec(), None).checked, 5);
        let later = both(lines(), Some(4));
        assert_eq!((later.checked, later.first_seq), (5, Some(4)));
    }

    #[test]
    fn a_touched_export_names_the_same_record_in_either_order() {
        for at in 1..8 {
            let bad = u64::try_from(at).unwrap() + 1;
            let with = |change: &dyn Fn(&mut Vec<String>)| {
                let mut lines = lines();
                change(&mut lines);
                both(lines, None)
            };
            let changed = with(&|l| l[at] = l[at].replace("node.enroll", "node.delete"));
            assert_eq!((changed.first_bad_seq, changed.checked), (Some(bad), bad - 1));
            let doubled = with(&|l| l.insert(at, l[at - 1].clone()));
            assert_eq!(doubled.first_bad_seq, Some(bad));
            if at < 6 {
                let swapped = with(&|l| l.swap(at, at + 1));
                assert_eq!(swapped.first_bad_seq, Some(bad));
            }
            if at < 7 {
                let missing = with(&|l| drop(l.remove(at)));
                assert_eq!(missing.first_bad_seq, Some(bad));
                let garbled = with(&|l| l[at].truncate(40));
                assert_eq!(garbled.first_bad_seq, Some(bad));
            }
        }
    }

    #[test]
    fn an_export_that_was_cut_off_is_broken_where_it_ends() {
        let mut oldest = lines();
        oldest[7].truncate(40);
        assert_eq!(check(&oldest, None).unwrap().first_bad_seq, Some(8));
        let mut newest = lines();
        newest.remove(0);
        newest.reverse();
        newest[6].truncate(40);
        assert_eq!(check(&newest, None).unwrap().first_bad_seq, Some(2));
    }

    #[test]
    fn a_first_record_with_something_before_it_is_bad_in_either_order() {
        let forged = AuditEvent::chain(
            1,
            UnixMs(1),
            Entry::new("node.enroll", Actor::default(), Object::default()),
            Digest::default(),
        );
        let forged = AuditEvent::chain(1, UnixMs(1), forged.entry.clone(), forged.hash);
        let follower = AuditEvent::chain(2, UnixMs(2), forged.entry.clone(), forged.hash);
        let lines = [forged, follower].iter().map(|e| serde_json::to_string(e).unwrap()).collect();
        assert_eq!(both(lines, None).first_bad_seq, Some(1));
    }

    #[test]
    fn a_file_without_records_is_an_error() {
        assert_eq!(check(&["hello".to_owned()], None).unwrap_err().exit, Exit::Failed);
        assert_eq!(check(&[], None).unwrap_err().exit, Exit::Failed);
    }

    #[test]
    fn a_record_with_the_largest_number_gets_a_verdict() {
        let mut lines = lines()[..3].to_vec();
        lines.reverse();
        lines[2] = lines[2].replace("\"seq\":1,", "\"seq\":18446744073709551615,");
        lines[2] = lines[2].replacen("\"id\"", "\"was\"", 1);
        assert!(!check(&lines, None).unwrap().ok);
    }

    /// T-38: a verdict on whatever an export became; who finds no fault has seen nothing but what
    /// was written.
    #[test]
    fn an_export_survives_mutation() {
        let lines = lines()[..4].to_vec();
        let written: Vec<AuditEvent> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        let (forwards, backwards) =
            (lines.join("\n"), lines.iter().rev().cloned().collect::<Vec<_>>().join("\n"));
        let seeds = [forwards, backwards].map(String::into_bytes);
        Parser::new("audit-export", 64 * 1024).with(seeds).survives(|input| {
            std::fs::write(file.path(), input).unwrap();
            for from in [None, Some(2)] {
                let Ok(verdict) = chain(file.path(), from) else { continue };
                assert!(verdict.checked <= 4, "{verdict:?}");
                if verdict.ok && from.is_none() {
                    let text = String::from_utf8_lossy(input);
                    let events = text.lines().filter_map(|line| match record(line) {
                        Line::Record(event) => Some(*event),
                        _ => None,
                    });
                    assert!(
                        events.into_iter().all(|event| written.contains(&event)),
                        "{verdict:?}"
                    );
                }
            }
        });
    }
}
