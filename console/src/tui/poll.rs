//! Asks the server again and again for what a screen shows and nobody pushes, while it is shown.

use super::data::access::{Fetched, Row, Tab};
use super::data::batch::Batch;
use super::msg::Msg;
use super::net::Live;
use link::Shutdown;
use link::operator::{Operator, OperatorError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use wire::limits::MAX_PAGE;
use wire::message::operator::{More, Page, PolicyReply, PolicyRequest, Reply, Request};

/// Between two looks.
pub(super) const EVERY: Duration = Duration::from_secs(2);
/// More rows are not read: nobody reads them either.
const MAX_ROWS: usize = 10_000;

/// What is to be asked for; a value that is sent again asks at once.
pub(super) type Wanted = watch::Receiver<&'static [Tab]>;

/// Runs until shut down or until nobody listens.
pub(super) async fn run(live: Live, mut wanted: Wanted, out: mpsc::Sender<Msg>, stop: Shutdown) {
    let (ended, mut live) = (stop.clone(), live);
    let work = async {
        loop {
            let tabs = *wanted.borrow_and_update();
            let operator = live.borrow_and_update().clone();
            let rest = match operator.filter(|_| !tabs.is_empty()) {
                Some(operator) => {
                    if let Some(batch) = fetch(&operator, tabs).await
                        && out.send(Msg::Data(Box::new(batch))).await.is_err()
                    {
                        return;
                    }
                    Some(EVERY)
                }
                None => None,
            };
            tokio::select! {
                biased;
                changed = wanted.changed() => if changed.is_err() { return },
                changed = live.changed() => if changed.is_err() { return },
                () = nap(rest) => {}
            }
        }
    };
    tokio::select! {
        biased;
        () = ended.cancelled() => {}
        () = work => {}
    }
}

async fn nap(rest: Option<Duration>) {
    match rest {
        Some(rest) => tokio::time::sleep(rest).await,
        None => std::future::pending().await,
    }
}

/// All of the sets, or nothing: the connection went away.
async fn fetch(operator: &Operator, tabs: &[Tab]) -> Option<Batch> {
    let mut batch = Batch::default();
    for tab in tabs {
        match set(operator, *tab).await {
            Ok(fetched) => drop(batch.access.insert(*tab, fetched)),
            Err(OperatorError::Refused(refusal)) => {
                let at = operator.server_clock().unwrap_or(wire::UnixMs(0));
                let rows = Err(refusal.to_string());
                batch.access.insert(*tab, Fetched { at, rows });
            }
            // The link task tells what became of the connection.
            Err(_) => return None,
        }
    }
    Some(batch)
}

async fn set(operator: &Operator, tab: Tab) -> Result<Fetched, OperatorError> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = Page { after: after.take(), limit: MAX_PAGE };
        let (part, more) = part(operator.request(question(tab, page)).await?)
            .ok_or_else(|| OperatorError::Protocol("another list".to_owned()))?;
        rows.extend(part);
        after = more.next.filter(|_| rows.len() < MAX_ROWS);
        if after.is_none() {
            return Ok(Fetched { at: more.as_of, rows: Ok(rows) });
        }
    }
}

fn question(tab: Tab, page: Page) -> Request {
    match tab {
        Tab::Sessions => Request::Sessions(page),
        Tab::Ports => Request::Ports(page),
        Tab::Roles => Request::Policy(Box::new(PolicyRequest::Roles(page))),
        Tab::Rules => Request::Rules(page),
        Tab::Guests => Request::Guests(page),
        Tab::Locks => Request::Locks(page),
        Tab::Pending => Request::Pending(page),
    }
}

fn part(reply: Reply) -> Option<(Vec<Row>, More)> {
    fn all<T>(rows: Vec<T>, more: More, row: fn(T) -> Row) -> Option<(Vec<Row>, More)> {
        Some((rows.into_iter().map(row).collect(), more))
    }
    match reply {
        Reply::Sessions(rows, more) => all(rows, more, |row| Row::Session(Box::new(row))),
        Reply::Ports(rows, more) => all(rows, more, |row| Row::Port(Box::new(row))),
        Reply::Rules(rows, more) => all(rows, more, |row| Row::Rule(Box::new(row))),
        Reply::Guests(rows, more) => all(rows, more, |row| Row::Guest(Box::new(row))),
        Reply::Locks(rows, more) => all(rows, more, |row| Row::Lock(Box::new(row))),
        Reply::Pending(rows, more) => all(rows, more, |row| Row::Pending(Box::new(row))),
        Reply::Policy(reply) => match *reply {
            PolicyReply::Roles(rows, more) => all(rows, more, Row::Role),
            _ => None,
        },
        _ => None,
    }
}
