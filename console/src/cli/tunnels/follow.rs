//! What follows tunnels over time: `watch` and `list --watch`.

use crate::cli::Run;
use crate::cli::human;
use crate::cli::nodes::lost;
use crate::cli::out::list::Listed;
use crate::ctx::{Link, connect};
use crate::exit::Result;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use wire::message::operator::{Push, Subscription};
use wire::message::view::{TunnelState, TunnelView};
use wire::{TunnelId, UnixMs};

/// Which tunnels.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Only through this node
    #[arg(long, value_name = "N")]
    node: Option<String>,
    /// Only of this operator
    #[arg(long, value_name = "U")]
    who: Option<String>,
}

/// One thing that happened to a tunnel.
#[derive(Serialize)]
struct TunnelEvent<'a> {
    kind: &'static str,
    event: &'static str,
    at: UnixMs,
    #[serde(flatten)]
    tunnel: &'a TunnelView,
}

async fn subscribe(link: &Link) -> Result<mpsc::Receiver<Push>> {
    let subscription = Subscription { tunnels: true, ..Subscription::default() };
    Ok(link.operator.subscribe(subscription).await?)
}

/// `tunnels watch`: `open`, `rate` (1 Hz, changed ones only) and `close`.
///
/// # Errors
/// The server goes away, or the reader does.
pub(super) async fn watch(run: &Run, args: &WatchArgs) -> Result {
    let link = connect(&run.settings).await?;
    let node = match &args.node {
        Some(name) => Some(crate::cli::nodes::find(&link, name).await?.id),
        None => None,
    };
    let wanted = |t: &TunnelView| {
        node.is_none_or(|id| t.node.as_ref().is_some_and(|node| node.id == id))
            && args.who.as_deref().is_none_or(|w| t.who.name().is_some_and(|name| name == w))
    };
    let mut pushes = subscribe(&link).await?;
    if run.out.is_structured() {
        run.out.stream_header()?;
    }
    let mut known: BTreeMap<TunnelId, TunnelView> = BTreeMap::new();
    while let Some(push) = pushes.recv().await {
        let Push::Tunnels { at, changed, gone, .. } = push else { continue };
        for tunnel in changed.iter().filter(|t| wanted(t)) {
            let before = known.insert(tunnel.id, tunnel.clone());
            if let Some(event) = event(before.as_ref(), tunnel) {
                tell(run, &TunnelEvent { kind: "TunnelEvent", event, at, tunnel })?;
            }
        }
        known.retain(|id, _| !gone.contains(id));
    }
    Err(lost())
}

fn event(before: Option<&TunnelView>, now: &TunnelView) -> Option<&'static str> {
    let Some(before) = before else {
        return Some(if now.state == TunnelState::Closed { "close" } else { "open" });
    };
    if now.state == TunnelState::Closed {
        return (before.state != TunnelState::Closed).then_some("close");
    }
    let moved = (before.up_bytes, before.down_bytes) != (now.up_bytes, now.down_bytes);
    (moved || before.state != now.state).then_some("rate")
}

fn tell(run: &Run, event: &TunnelEvent<'_>) -> Result<()> {
    if run.out.is_structured() {
        return run.out.json_line(event);
    }
    let (tunnel, look) = (event.tunnel, &run.out.look);
    let (up, down) = (look.glyph("▲", "up"), look.glyph("▼", "down"));
    let clock = look.clock(event.at);
    let what = match event.event {
        "open" => {
            let who = tunnel.who.name().unwrap_or_else(|| "visitor".to_owned());
            format!("{} {} {} by {who}", tunnel.through(), look.glyph("→", "->"), tunnel.target)
        }
        "close" => {
            let reason = tunnel.closed.as_ref().map_or("closed", |c| c.reason.as_str());
            let (sent, got) = (human::bytes(tunnel.up_bytes), human::bytes(tunnel.down_bytes));
            format!("{reason}  {up} {sent} {down} {got}")
        }
        _ => format!(
            "{up} {}/s {down} {}/s",
            human::bytes(tunnel.up_bytes_per_s),
            human::bytes(tunnel.down_bytes_per_s)
        ),
    };
    run.out.line(&format!("{clock}  {:<5}  {}  {what}", event.event, tunnel.id))
}

/// `tunnels list --watch`.
///
/// # Errors
/// The server goes away, or the reader does.
pub(super) async fn list(run: &Run, link: &Link, has: impl Fn(&TunnelView) -> bool) -> Result {
    let mut pushes = subscribe(link).await?;
    let redraws = run.redraws();
    if !redraws {
        run.out.stream_header()?;
    }
    let mut known: BTreeMap<TunnelId, TunnelView> = BTreeMap::new();
    while let Some(push) = pushes.recv().await {
        let Push::Tunnels { at, changed, gone, .. } = push else { continue };
        known.retain(|id, _| !gone.contains(id));
        for tunnel in changed {
            if !redraws && has(&tunnel) {
                run.out.item(&tunnel)?;
            }
            known.insert(tunnel.id, tunnel);
        }
        if redraws {
            let rows: Vec<TunnelView> = known.values().filter(|t| has(t)).cloned().collect();
            run.redraw(&Listed { rows, next: None, as_of: at })?;
        }
    }
    Err(lost())
}
