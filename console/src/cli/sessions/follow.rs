//! `sessions watch`: what starts, changes and ends, once a second.

use super::{is_over, start, take};
use crate::cli::Run;
use crate::cli::global::ListArgs;
use crate::cli::pages::collect;
use crate::ctx::connect;
use crate::exit::Result;
use std::collections::BTreeMap;
use std::time::Duration;
use wire::message::operator::Request;
use wire::message::view::SessionView;

const EVERY: Duration = Duration::from_secs(1);

/// Prints changes until it is ended.
///
/// # Errors
/// The server goes away, or the reader does.
pub(super) async fn watch(run: &Run) -> Result {
    let link = connect(&run.settings).await?;
    if run.out.is_structured() {
        run.out.stream_header()?;
    }
    let every = ListArgs { filter: None, limit: Some(u32::MAX) };
    let mut known: BTreeMap<String, SessionView> = BTreeMap::new();
    let mut is_first = true;
    loop {
        let now = collect(run, &link, &every, Request::Sessions, take, |_| true).await?;
        let now: BTreeMap<String, SessionView> =
            now.rows.into_iter().map(|session| (session.id.to_string(), session)).collect();
        for (id, session) in &now {
            let word = match known.get(id) {
                None if is_over(session.state) && is_first => continue,
                None => "start",
                Some(old) if !is_over(old.state) && is_over(session.state) => "end",
                Some(old) if differs(old, session) => "change",
                Some(_) => continue,
            };
            start::event(run, word, session)?;
        }
        // A login that is gone has ended: its last connection closed.
        for (_, session) in
            known.iter().filter(|(id, s)| !now.contains_key(*id) && !is_over(s.state))
        {
            start::event(run, "end", session)?;
        }
        (known, is_first) = (now, false);
        tokio::time::sleep(EVERY).await;
    }
}

/// Whether anything but counters is another.
fn differs(old: &SessionView, new: &SessionView) -> bool {
    let facts = |s: &SessionView| (s.from.clone(), s.expires_at, s.state, s.locked);
    facts(old) != facts(new) || old.ports != new.ports
}
