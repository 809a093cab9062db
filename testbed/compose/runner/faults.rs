//! What happens to networks and processes. A fault ends, and everything must be back by itself: seen
//! within 25 s by both ends, back within 30 s after its end, no process started again by hand.

use crate::Sizes;
use crate::machine::{sh, wait};
use crate::sites::Site;
use crate::uses;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Both ends know by then (F1.4).
const SEEN: Duration = Duration::from_secs(25);
/// From the end of the fault until the node is back.
const BACK: Duration = Duration::from_secs(30);

/// The gateway forgets every connection, as after a reboot.
pub(crate) fn nat_reboot(site: &Site, sizes: Sizes) -> Result<f64> {
    let before = Seen::now(site)?;
    sh(&site.gateway(), "conntrack -F 2>/dev/null")?;
    before.replaced(site, SEEN + BACK)?.works(site, sizes)
}

/// The gateway comes back with another outer address, and later with the old one again.
pub(crate) fn new_address(site: &Site, sizes: Sizes) -> Result<f64> {
    if site.wan.contains(':') {
        // Nothing is translated there: a router that forgot everything is the same thing.
        return nat_reboot(site, sizes);
    }
    let before = Seen::now(site)?;
    move_to(site, "s|[.]([0-9]+)/|.1\\1/|")?;
    let away = before.replaced(site, SEEN + BACK);
    let there = Seen::now(site);
    move_to(site, "s|[.]1([0-9]+)/|.\\1/|")?;
    let took = away?;
    there?.replaced(site, SEEN + BACK)?;
    took.works(site, sizes)
}

/// Rewrites the gateway's outer address and keeps its way out.
fn move_to(site: &Site, rewrite: &str) -> Result<()> {
    let script = format!(
        "set -- $(ip -o -4 addr show | awk 'index($4, \"{wan}\") == 1 {{ print $2, $4; exit }}'); \
         route=$(ip route show default | head -1); \
         ip addr del $2 dev $1; ip addr add $(echo $2 | sed -E '{rewrite}') dev $1; \
         [ -z \"$route\" ] || ip route replace $route; conntrack -F 2>/dev/null",
        wan = site.wan
    );
    sh(&site.gateway(), &script).map(drop)
}

/// Nothing comes out of the site any more, and nobody is told.
pub(crate) fn black_hole_out(site: &Site, sizes: Sizes) -> Result<f64> {
    black_hole(site, sizes, "-i")
}

/// Nothing gets into the site any more; what it sends still arrives.
pub(crate) fn black_hole_in(site: &Site, sizes: Sizes) -> Result<f64> {
    black_hole(site, sizes, "-o")
}

fn black_hole(site: &Site, sizes: Sizes, way: &str) -> Result<f64> {
    let before = Seen::now(site)?;
    let lan = "$(ip -o addr show | awk -v p=\"$LAN\" 'index($4, p) == 1 { print $2; exit }')";
    // A site that took another address than the engine's is found by what is not its outer side.
    let lan = format!(
        "lan={lan}; [ -n \"$lan\" ] || lan=$(ip -o -4 addr show | awk '/10[.]0[.]0[.]2/ {{ print $2; exit }}')"
    );
    let rule = |verb: &str| {
        format!(
            "{lan}; for t in iptables ip6tables; do $t {verb} FORWARD {way} $lan -p tcp -j DROP; done"
        )
    };
    sh(&site.gateway(), &rule("-I"))?;
    let noticed = std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            wait("the server notices", SEEN, || Ok((!Seen::now(site)?.connected()).then_some(())))
        });
        let agent = wait("the agent notices", SEEN, || {
            Ok((agent(site)?.get("state").and_then(Value::as_str) != Some("online")).then_some(()))
        });
        let server = server.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        server.and(agent)
    });
    sh(&site.gateway(), &rule("-D"))?;
    noticed?;
    before.replaced(site, BACK)?.works(site, sizes)
}

/// Kills the server; its keeper starts it again.
pub(crate) fn kill_server() -> Result<()> {
    sh("server", "kill -9 $(cat /run/server.pid)").map(drop)
}

/// Every node is back at the new process.
pub(crate) fn back_after_kill(site: &Site, sizes: Sizes) -> Result<f64> {
    let begun = Instant::now();
    let up = || {
        let seen = Seen::now(site)?;
        Ok(seen.connected().then_some(()))
    };
    let (_, _) = wait("back at the new server", BACK, up)?;
    Back(begun.elapsed()).works(site, sizes)
}

/// What the server says about a node.
struct Seen {
    state: String,
    generation: u64,
}

impl Seen {
    fn now(site: &Site) -> Result<Self> {
        let node =
            sh("operator", &format!("tunnelctl nodes get {} -o json --timeout 5s", site.name))?;
        let node: Value = serde_json::from_str(&node)?;
        let state = node.get("state").and_then(Value::as_str).context("no state")?.to_owned();
        let generation = node.get("generation").and_then(Value::as_u64).context("no generation")?;
        Ok(Self { state, generation })
    }

    /// Degraded is connected: after a few faults a node is marked as flapping, and rightly so.
    fn connected(&self) -> bool {
        matches!(self.state.as_str(), "online" | "degraded")
    }

    /// Waits for a newer connection.
    fn replaced(&self, site: &Site, within: Duration) -> Result<Back> {
        let newer = || {
            let now = Self::now(site)?;
            Ok((now.generation > self.generation && now.connected()).then_some(()))
        };
        Ok(Back(wait("a new connection", within, newer)?.1))
    }
}

/// How long it took to be back.
struct Back(Duration);

impl Back {
    /// Being back means that it works.
    fn works(self, site: &Site, sizes: Sizes) -> Result<f64> {
        uses::port(site, sizes).context("back, but the port does not answer")?;
        Ok(self.0.as_secs_f64())
    }
}

fn agent(site: &Site) -> Result<Value> {
    let status = sh(&site.node(), "tunnelctl agent status -o json")?;
    ensure!(!status.is_empty(), "the agent says nothing");
    match serde_json::from_str(&status) {
        Ok(status) => Ok(status),
        Err(error) => bail!("{status}: {error}"),
    }
}
