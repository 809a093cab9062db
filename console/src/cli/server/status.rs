//! `server status`: what the server says about itself.

use crate::cli::out::Out;
use crate::cli::{Run, human};
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Result};
use std::time::Duration;
use wire::message::operator::{Reply, Request};
use wire::message::view::ServerView;

/// Runs `server status`.
///
/// # Errors
/// The server is not reached.
pub(super) async fn run(run: &Run) -> Result {
    let link = connect(&run.settings).await?;
    let Reply::Server(view) = link.ask(Request::Server).await? else {
        return Err(unexpected("its state"));
    };
    link.close().await;
    run.out.single("ServerStatus", view.name.as_str(), &view, |out| people(out, &view))?;
    Ok(Exit::Ok)
}

fn people(out: &Out, view: &ServerView) -> Result<()> {
    let look = &out.look;
    let health = match (view.draining, view.healthy) {
        (true, _) => look.glyph("◔ draining", "draining"),
        (false, true) => look.glyph("● healthy", "healthy"),
        (false, false) => look.glyph("✕ unhealthy", "unhealthy"),
    };
    let up = human::duration(Duration::from_secs(view.uptime_s));
    out.line(&format!("SERVER   {}  {}   up {up}   {health}", view.name, view.version))?;
    let listen: Vec<&str> = view.listen.iter().map(|l| l.as_str()).collect();
    let metrics = view.metrics.as_ref().map_or("off", |m| m.as_str());
    let (first, last) = view.port_range;
    out.line(&format!(
        "LISTEN   {}   ports {first}-{last} ({} used)   metrics {metrics}",
        listen.join(" "),
        view.ports
    ))?;
    let fleet = view.fleet;
    out.line(&format!(
        "FLEET    {} nodes  {} online  {} degraded  {} stale  {} offline  {} locked",
        fleet.total, fleet.online, fleet.degraded, fleet.stale, fleet.offline, fleet.locked
    ))?;
    out.line(&load(out, view))?;
    let certificates: Vec<String> = view
        .certificates
        .iter()
        .map(|c| format!("{} {}", c.name, look.until(Some(c.expires_at)).text))
        .collect();
    out.line(&format!("CERTS    {}", certificates.join("   ")))?;
    view.checks
        .iter()
        .try_for_each(|c| out.line(&format!("{:<8} {}  {}", c.status, c.id, c.message)))
}

fn load(out: &Out, view: &ServerView) -> String {
    let (load, look) = (view.load, &out.look);
    let (up, down) = (look.glyph("▲", "up"), look.glyph("▼", "down"));
    let mut line = format!(
        "LOAD     {} tunnels  {up} {}/s {down} {}/s",
        load.tunnels,
        human::bytes(load.up_bytes_per_s),
        human::bytes(load.down_bytes_per_s)
    );
    if let Some(cpu) = load.cpu_ratio {
        line.push_str(&format!("  cpu {:.0}%", cpu * 100.0));
    }
    if let Some(rss) = load.rss_bytes {
        line.push_str(&format!("  rss {}", human::bytes(rss)));
    }
    if let (Some(open), Some(most)) = (load.open_fds, load.max_fds) {
        line.push_str(&format!("  fds {}/{}", human::count(open), human::count(most)));
    }
    line
}
