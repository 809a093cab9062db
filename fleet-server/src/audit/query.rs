//! Paged look-ups in the stored chain, forwards and backwards, each with a bound on what it reads.

use crate::audit::{Found, Query, decode, key};
use std::time::Duration;
use store::thread::StoreThread;
use store::{Pair, StoreError, Tree};
use tokio::sync::oneshot;
use wire::audit::AuditEvent;
use wire::limits::{MAX_FRAME, MAX_PAGE};
use wire::{Refusal, RefusalCode, UnixMs};

/// Records one call looks at before it hands back where to go on.
const MAX_SCAN: u64 = 5000;
/// Records read from the store at once.
const CHUNK: u64 = 500;
/// Stored size at which a page ends: half a frame.
const MAX_BYTES: usize = MAX_FRAME / 2;
/// How far records may be out of order in time, after somebody set the clock.
const CLOCK_SLACK: Duration = Duration::from_secs(3600);

/// Reads the store from async code.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    store: StoreThread,
}

impl Reader {
    pub(crate) fn new(store: StoreThread) -> Self {
        Self { store }
    }

    /// Up to `limit` pairs of a tree from `from` on.
    pub(crate) async fn range(
        &self,
        tree: Tree,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let done = Box::new(move |result| drop(reply.send(result)));
        self.store.range(tree, prefix.to_vec(), from.to_vec(), limit, done);
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    pub(crate) async fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.store.get(tree, key.to_vec(), Box::new(move |result| drop(reply.send(result))));
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// The audit records from `first` to `last`, both included, ascending.
    async fn events(&self, first: u64, last: u64) -> Result<Vec<Sized>, Refusal> {
        let limit = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        let pairs = self.range(Tree::Audit, &[], &key(first), limit).await.map_err(failed)?;
        let mut events = Vec::with_capacity(pairs.len());
        for (_, value) in pairs {
            let event = decode(&value).map_err(|e| {
                Refusal::new(RefusalCode::Server, format!("an audit record {e}"))
                    .hint("tunnelctl audit verify")
            })?;
            if event.seq <= last {
                events.push(Sized { event, bytes: value.len() });
            }
        }
        Ok(events)
    }

    /// One audit record.
    pub(crate) async fn event(&self, seq: u64) -> Result<Option<AuditEvent>, Refusal> {
        Ok(self.events(seq, seq).await?.pop().map(|found| found.event))
    }
}

/// A record and what it takes in a reply.
struct Sized {
    event: AuditEvent,
    bytes: usize,
}

fn gone() -> StoreError {
    StoreError::Broken("the store thread has ended".to_owned())
}

fn failed(error: StoreError) -> Refusal {
    Refusal::new(RefusalCode::Server, format!("the audit trail could not be read: {error}"))
}

/// One page of what `query` asks for among the records up to `head`.
pub(crate) async fn find(reader: &Reader, query: &Query, head: u64) -> Result<Found, Refusal> {
    let limit = usize::try_from(query.limit.clamp(1, MAX_PAGE)).unwrap_or(1);
    let mut page = Found { head, ..Found::default() };
    let mut window = Window::of(query, head);
    let mut bytes = 0;
    while let Some((first, last)) = window.take(MAX_SCAN - page.scanned) {
        let mut events = reader.events(first, last).await?;
        if query.backwards {
            events.reverse();
        }
        for Sized { event, bytes: size } in events {
            page.scanned += 1;
            if query.is_over(&event) {
                return Ok(page);
            }
            let seq = event.seq;
            if query.matches(&event) {
                bytes += size;
                page.events.push(event);
            }
            if page.events.len() == limit || bytes > MAX_BYTES {
                page.next = window.has_beyond(seq).then_some(seq);
                return Ok(page);
            }
        }
    }
    page.next = window.rest();
    Ok(page)
}

/// The sequence numbers still to be looked at.
enum Window {
    Up { next: u64, head: u64 },
    Down { next: u64 },
}

impl Window {
    fn of(query: &Query, head: u64) -> Self {
        if query.backwards {
            let next = query.after.map_or(head, |after| after.saturating_sub(1).min(head));
            return Self::Down { next };
        }
        Self::Up { next: query.after.unwrap_or(0).saturating_add(1), head }
    }

    /// The next chunk, first and last, of at most `budget` numbers.
    fn take(&mut self, budget: u64) -> Option<(u64, u64)> {
        let size = budget.min(CHUNK);
        match self {
            _ if size == 0 => None,
            Self::Up { next, head } if *next <= *head => {
                let (first, last) = (*next, (*next + size - 1).min(*head));
                *next = last + 1;
                Some((first, last))
            }
            Self::Down { next } if *next > 0 => {
                let (first, last) = ((*next + 1).saturating_sub(size).max(1), *next);
                *next = first - 1;
                Some((first, last))
            }
            Self::Up { .. } | Self::Down { .. } => None,
        }
    }

    fn has_beyond(&self, seq: u64) -> bool {
        match self {
            Self::Up { head, .. } => seq < *head,
            Self::Down { .. } => seq > 1,
        }
    }

    /// Where the next call goes on, if anything is left.
    fn rest(&self) -> Option<u64> {
        match self {
            Self::Up { next, head } => (*next <= *head).then(|| *next - 1),
            Self::Down { next } => (*next > 0).then(|| *next + 1),
        }
    }
}

impl Query {
    fn matches(&self, event: &AuditEvent) -> bool {
        let action = event.entry.action.as_str();
        self.since.is_none_or(|since| event.at >= since)
            && self.until.is_none_or(|until| event.at <= until)
            && self.action.as_ref().is_none_or(|wanted| is_like(wanted.as_str(), action))
    }

    /// Nothing behind this record can match any more.
    fn is_over(&self, event: &AuditEvent) -> bool {
        let before = |a: UnixMs, b: UnixMs| a.after(CLOCK_SLACK) < b;
        if self.backwards {
            self.since.is_some_and(|since| before(event.at, since))
        } else {
            self.until.is_some_and(|until| before(until, event.at))
        }
    }
}

/// `node.` = starts so; `*` stands for anything; otherwise equal.
fn is_like(wanted: &str, action: &str) -> bool {
    if wanted.ends_with('.') {
        return action.starts_with(wanted);
    }
    let mut parts = wanted.split('*');
    let Some(mut rest) = parts.next().and_then(|head| action.strip_prefix(head)) else {
        return false;
    };
    let Some(tail) = wanted.contains('*').then(|| parts.next_back()).flatten() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_matched_by_prefix_glob_or_whole() {
        for (wanted, action, like) in [
            ("node.", "node.enroll", true),
            ("node.", "nodes.enroll", false),
            ("node", "node.enroll", false),
            ("node.enroll", "node.enroll", true),
            ("*.denied", "tunnel.denied", true),
            ("*.denied", "tunnel.denied.x", false),
            ("node.*", "node.revoke.cut", true),
            ("node.*.cut", "node.revoke.cut", true),
            ("node.*cut*cut", "node.cut", false),
            ("*", "anything", true),
            ("", "node.enroll", false),
        ] {
            assert_eq!(is_like(wanted, action), like, "{wanted} {action}");
        }
    }
}
