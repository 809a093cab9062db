//! Refused strangers, aggregated: the first of a source and kind is recorded at once, the rest of
//! its minute as one record with a count. Bounded in memory and in records (I8).

use crate::core::{Core, lock};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wire::audit::{AuditResult, Entry};

const WINDOW: Duration = Duration::from_secs(60);
/// Sources told apart within one window; what comes after is counted together.
const SOURCES: usize = 512;

/// What was refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) action: &'static str,
    pub(crate) object: String,
    pub(crate) source: IpAddr,
}

/// The counts of the running window.
#[derive(Default)]
pub(crate) struct Noise {
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    kinds: HashMap<Kind, (u64, Entry)>,
    others: u64,
}

impl Noise {
    /// Counts one refusal; the entry comes back if it is the first of its kind and to be recorded.
    pub(crate) fn count(&self, kind: Kind, entry: impl FnOnce() -> Entry) -> Option<Entry> {
        let mut counts = lock(&self.counts);
        if let Some((count, _)) = counts.kinds.get_mut(&kind) {
            *count += 1;
            return None;
        }
        if counts.kinds.len() >= SOURCES {
            counts.others += 1;
            return None;
        }
        let entry = entry();
        counts.kinds.insert(kind, (0, entry.clone()));
        Some(entry)
    }

    /// Ends the window: one entry per kind that was counted further, one for all others.
    pub(crate) fn drain(&self) -> Vec<Entry> {
        let counts = std::mem::take(&mut *lock(&self.counts));
        let mut entries: Vec<Entry> = counts
            .kinds
            .into_values()
            .filter(|(count, _)| *count > 0)
            .map(|(count, entry)| entry.with("count", count))
            .collect();
        if counts.others > 0 {
            let entry = Entry::new("tunnel.denied", Default::default(), Default::default())
                .result(AuditResult::Denied)
                .with("sources", "many")
                .with("count", counts.others);
            entries.push(entry);
        }
        entries
    }
}

/// Records a refusal of a stranger, aggregated.
pub(crate) fn refused(core: &Core, kind: Kind, entry: impl FnOnce() -> Entry) {
    if let Some(entry) = core.noise.count(kind, entry) {
        core.state.record(entry);
    }
}

/// Records the sums of every window until shutdown.
pub(crate) async fn run(core: Arc<Core>) {
    let mut window = tokio::time::interval(WINDOW);
    loop {
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            _ = window.tick() => core.noise.drain().into_iter().for_each(|e| core.state.record(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::audit::Value;

    fn kind(n: u8) -> Kind {
        let source = IpAddr::from([10, 0, n / 250, n % 250]);
        Kind { action: "tunnel.denied", object: "db".to_owned(), source }
    }

    fn entry() -> Entry {
        Entry::new("tunnel.denied", Default::default(), Default::default())
    }

    #[test]
    fn a_thousand_refusals_of_one_source_are_two_records() {
        let noise = Noise::default();
        let first = (0..1000).filter_map(|_| noise.count(kind(1), entry)).count();
        assert_eq!(first, 1);
        let rest = noise.drain();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].data.get("count"), Some(&Value::Int(999)));
        assert!(noise.drain().is_empty());
    }

    #[test]
    fn many_sources_stay_within_the_bound() {
        let noise = Noise::default();
        for n in 0..2000u32 {
            let source = IpAddr::from(n.to_be_bytes());
            noise.count(Kind { source, ..kind(0) }, entry);
        }
        assert_eq!(lock(&noise.counts).kinds.len(), SOURCES);
        assert_eq!(noise.drain().len(), 1, "only the others were counted twice");
    }
}
