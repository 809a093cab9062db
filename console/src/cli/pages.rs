//! Reads a list page by page until it ends or `--limit` is reached.

use crate::cli::Run;
use crate::cli::completions;
use crate::cli::global::ListArgs;
use crate::cli::out::list::Listed;
use crate::cli::out::{Row, table};
use crate::ctx::Link;
use crate::ctx::access::unexpected;
use crate::exit::Result;
use link::{Clock, System};
use wire::limits::MAX_PAGE;
use wire::message::operator::{More, Page, Reply, Request};

const PEOPLE: u32 = 1000;

/// A part of a list: its rows, and where it goes on.
pub type Part<T> = (Vec<T>, More);

/// Reads all rows that `keep` wants, up to the limit; with `--sort`, the first of all in that order.
///
/// # Errors
/// Whatever a request meets.
pub async fn collect<T: Row>(
    run: &Run,
    link: &Link,
    list: &ListArgs,
    ask: impl Fn(Page) -> Request,
    take: impl Fn(Reply) -> Option<Part<T>>,
    keep: impl Fn(&T) -> bool,
) -> Result<Listed<T>> {
    run.out.check::<T>()?;
    let shown = list.limit.or(run.out.terminal.then_some(PEOPLE));
    let limit = shown.filter(|_| run.out.sort.is_none());
    let mut listed = Listed { rows: Vec::new(), next: None, as_of: System.wall() };
    let mut after = None;
    let mut names = Vec::new();
    loop {
        let left = limit.map(|l| l.saturating_sub(u32::try_from(listed.rows.len()).unwrap_or(l)));
        if left == Some(0) {
            listed.next = after.as_ref().map(|cursor: &wire::SafeText| cursor.to_string());
            return Ok(listed);
        }
        let page = Page { after: after.take(), limit: left.unwrap_or(MAX_PAGE).min(MAX_PAGE) };
        let (rows, more) = take(link.ask(ask(page)).await?).ok_or_else(|| unexpected("a list"))?;
        let offered = |row: &T| Some((row.name(), row.in_short(&run.out.look)?));
        names.extend(rows.iter().filter_map(offered));
        let room = left.and_then(|l| usize::try_from(l).ok()).unwrap_or(usize::MAX);
        listed.rows.extend(rows.into_iter().filter(&keep).take(room));
        listed.as_of = more.as_of;
        after = more.next;
        if after.is_none() {
            completions::remember(&link.endpoint.name, T::KIND, &names);
            table::first(&run.out, &mut listed.rows, shown)?;
            return Ok(listed);
        }
    }
}

impl Run {
    /// Prints a list and, for people, that there is more.
    ///
    /// # Errors
    /// An unknown column, or the reader has gone.
    pub fn listed<R: crate::cli::out::Row>(&self, listed: &Listed<R>) -> Result {
        self.out.list(listed)?;
        if listed.next.is_some() {
            self.out.aside(&format!("{} rows shown, there are more: --limit N", listed.rows.len()));
        }
        Ok(crate::exit::Exit::Ok)
    }
}
