//! One entry of the file, kept up: looked up, bound, checked, and all of it again when it fails.

use super::Told;
use crate::cli::forward::file::{Check, Entry, What, Where};
use crate::cli::forward::serve::{Line, listen};
use crate::cli::forward::{ListenerArgs, at_node, at_port};
use crate::cli::socks::credentials;
use crate::ctx::{Link, follow, renewal};
use crate::exit::{Failure, Result};
use crate::forwards::Shown;
use futures::FutureExt;
use futures::future::BoxFuture;
use link::Shutdown;
use link::forward::{Event, Forward, Group, Kind, PickNode, Prober, Spec, Through};
use link::operator::Operator;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{MissedTickBehavior, interval, sleep};
use wire::{ForwardId, Name};

/// Until an entry that failed is tried again; doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Between two checks.
const CHECK: Duration = Duration::from_secs(30);
/// Checks that fail in a row until the entry is opened anew.
const REOPEN: u32 = 3;
/// How long the listener's end is waited for before it is bound anew.
const END: Duration = Duration::from_secs(2);

/// The connection that entries are looked up by; made anew when it was lost.
pub(super) struct Connections {
    link: Link,
    current: Mutex<Operator>,
}

impl Connections {
    pub(super) fn new(link: Link) -> Self {
        let current = Mutex::new(link.operator.clone());
        Self { link, current }
    }

    async fn link(&self) -> Result<Link> {
        let mut current = self.current.lock().await;
        if current.is_closed() {
            *current = Operator::connect(&self.link.endpoint.access, &self.link.shutdown).await?;
        }
        Ok(Link {
            operator: current.clone(),
            endpoint: self.link.endpoint.clone(),
            shutdown: self.link.shutdown.clone(),
        })
    }
}

/// Keeps it up until `stop`; when this returns, nothing of it listens any more.
pub(super) async fn keep_up(
    entry: Entry,
    id: ForwardId,
    connections: &Connections,
    to: &mpsc::Sender<Told>,
    stop: &Shutdown,
) {
    let below = stop.child();
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = run(&entry, id, connections, to, &below) => {}
    }
    below.finish(END).await;
}

async fn run(
    entry: &Entry,
    id: ForwardId,
    connections: &Connections,
    to: &mpsc::Sender<Told>,
    stop: &Shutdown,
) {
    let mut wait = FIRST_WAIT;
    loop {
        let part = stop.child();
        let why = match open(entry, connections, &part).await {
            Ok((mut shown, forward)) => {
                wait = FIRST_WAIT;
                shown.rule = forward.rule.or(shown.rule);
                let (address, traffic) = (forward.address.clone(), forward.traffic.clone());
                let bound = Told::Bound { id, shown, address, traffic };
                if to.send(bound).await.is_err() {
                    return;
                }
                watch(entry, id, forward, to).await
            }
            Err(failure) => failure.message,
        };
        part.finish(END).await;
        let failed = Told::Failed { id, shown: unopened(entry), why, again: wait };
        if to.send(failed).await.is_err() {
            return;
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// What is known of an entry before it was looked up.
pub(super) fn unopened(entry: &Entry) -> Shown {
    let (kind, target) = match &entry.what {
        What::Reverse(target) => ("reverse", target.to_string()),
        What::Socks { .. } => ("socks", String::new()),
        What::Local(target) => {
            ("fwd", target.as_ref().map(ToString::to_string).unwrap_or_default())
        }
    };
    let via = match &entry.at {
        Where::Node(node) => node.clone(),
        Where::Label(key, value) => group(key, value).to_string(),
        Where::Port(name) => format!("port/{name}"),
    };
    let name = Some(entry.name.to_string());
    let description = entry.description.clone();
    Shown { kind, via, target, name, description, ..Shown::default() }
}

fn listener(entry: &Entry) -> ListenerArgs {
    ListenerArgs {
        on_drop: entry.on_drop,
        idle: entry.idle,
        max: entry.max,
        compress: entry.compress,
        note: entry.note.clone(),
        allow_from: entry.allow_from.clone(),
        same_user: entry.same_user,
        port_fallback: 0,
        ready_file: None,
    }
}

async fn open(
    entry: &Entry,
    connections: &Connections,
    part: &Shutdown,
) -> Result<(Shown, Forward)> {
    let link = connections.link().await?;
    let mut line = looked_up(entry, &link).await?;
    line.shown.name = Some(entry.name.to_string());
    line.shown.description = entry.description.clone();
    let forward = listen(&link, &line, 0, part).await?;
    follow::reconnects(&link, forward.connections.clone());
    renewal::while_used(&link, &forward);
    Ok((line.shown, forward))
}

async fn looked_up(entry: &Entry, link: &Link) -> Result<Line> {
    let args = listener(entry);
    match (&entry.what, &entry.at) {
        (What::Local(Some(target)), Where::Node(node)) => {
            let node = crate::cli::nodes::find(link, node).await?;
            at_node(link, &args, &node, (entry.listen.clone(), target)).await
        }
        (What::Local(Some(target)), Where::Label(key, value)) => {
            let kind = Kind::Group(group(key, value), target.clone());
            Ok(shown_by_itself(args.spec(entry.listen.clone(), kind)))
        }
        (What::Local(_), Where::Port(name)) => {
            at_port(link, &args, name, |_| entry.listen.clone()).await
        }
        (What::Socks { dns, http, auth_file }, at) => {
            let auth = auth_file.as_deref().map(credentials).transpose()?;
            let proxy = |through| Kind::Proxy { through, dns: *dns, http: *http, auth };
            match at {
                Where::Node(node) => {
                    let node = crate::cli::nodes::find(link, node).await?;
                    let through = Through::Node(node.id.to_string().into());
                    let spec = args.spec(entry.listen.clone(), proxy(through));
                    let (via, away) = (node.name.to_string(), crate::cli::forward::away(&node));
                    Ok(Line { shown: Shown { via, away, ..Shown::of(&spec) }, spec })
                }
                Where::Label(key, value) => {
                    let through = Through::Group(group(key, value));
                    Ok(shown_by_itself(args.spec(entry.listen.clone(), proxy(through))))
                }
                Where::Port(name) => Err(no_way(name)),
            }
        }
        (What::Reverse(target), Where::Node(node)) => {
            let node = crate::cli::nodes::find(link, node).await?;
            let kind = Kind::Reverse { node: node.id.to_string().into(), to: target.clone() };
            let spec = args.spec(entry.listen.clone(), kind);
            Ok(Line { shown: Shown { via: node.name.to_string(), ..Shown::of(&spec) }, spec })
        }
        // Refused where the file is read.
        (What::Local(None) | What::Reverse(_), _) => Err(no_way(&entry.name)),
    }
}

fn shown_by_itself(spec: Spec) -> Line {
    Line { shown: Shown::of(&spec), spec }
}

fn no_way(name: &Name) -> Failure {
    Failure::usage(format!("{name}: there is no target"))
}

fn group(key: &str, value: &str) -> Group {
    let value = (!value.is_empty()).then(|| value.to_owned());
    Group { labels: vec![(key.to_owned(), value)], pick: PickNode::Sticky }
}

/// Passes on what happens to it; returns why it has to be opened anew.
async fn watch(
    entry: &Entry,
    id: ForwardId,
    mut forward: Forward,
    to: &mpsc::Sender<Told>,
) -> String {
    let mut look = interval(CHECK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut checking: Option<BoxFuture<'static, std::result::Result<(), String>>> = None;
    let mut failures = 0;
    loop {
        let is_checking = checking.is_some();
        let checked = async {
            match checking.as_mut() {
                Some(check) => check.await,
                None => std::future::pending().await,
            }
        };
        let told = tokio::select! {
            biased;
            event = forward.events.recv() => match event {
                Some(Event::Over { refusal, .. }) => return refusal.message.to_string(),
                Some(event) => Told::Event(id, event),
                None => return "it ended by itself".to_owned(),
            },
            result = checked => {
                checking = None;
                let failed = result.err();
                let was_failing = failures > 0;
                failures = if failed.is_some() { failures + 1 } else { 0 };
                if failures >= REOPEN && forward.traffic.counts().open == 0 {
                    return format!("check failed: {}", failed.unwrap_or_default());
                }
                if !was_failing && failed.is_none() {
                    continue;
                }
                Told::Checked(id, failed)
            }
            _ = look.tick(), if !is_checking => {
                checking = check(&entry.check, forward.prober.clone());
                continue;
            }
        };
        if to.send(told).await.is_err() {
            return String::new();
        }
    }
}

fn check(
    what: &Check,
    prober: Prober,
) -> Option<BoxFuture<'static, std::result::Result<(), String>>> {
    match what {
        Check::None => None,
        Check::Tcp => Some(async move { prober.tcp().await }.boxed()),
        Check::Http(path) => {
            let path = path.clone();
            Some(async move { prober.http(&path).await }.boxed())
        }
    }
}
