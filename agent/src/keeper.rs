//! Keeps the status file current, takes over changes of `agent.toml` while the agent runs, and sees
//! that somebody asked for a new key.

use crate::agent::Phase;
use crate::config::Config;
use crate::context::Context;
use crate::status;
use link::Shutdown;
use pki::{KeyPair, files};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use wire::UnixMs;

const EVERY: Duration = Duration::from_secs(5);

/// Asks the agent of `dir` for a new key; it is there once the file is gone. Survives a restart.
const ROTATE: &str = "rotate";

/// Asks for a new key.
///
/// # Errors
/// The directory cannot be written.
pub fn ask_for_rotation(dir: &Path) -> Result<(), pki::PkiError> {
    files::write_atomic(&dir.join(ROTATE), b"", files::SECRET)
}

/// Whether a new key was asked for and has not come yet.
pub fn is_rotating(dir: &Path) -> bool {
    dir.join(ROTATE).exists()
}

/// A certificate came; if it is for another key, the request is done.
pub(crate) fn rotated(dir: &Path, old: &KeyPair, new: &KeyPair) {
    if old.spki() != new.spki()
        && let Err(error) = std::fs::remove_file(dir.join(ROTATE))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the request for a new key stays");
    }
}

/// Runs until `shutdown`, and writes the last status at its end.
pub(crate) async fn run(ctx: Arc<Context>, shutdown: Shutdown) {
    let phase = ctx.phase.subscribe();
    let since = ctx.clock.wall();
    let mut keeper = Keeper { ctx, phase, since, last_error: None, written: None };
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            changed = keeper.phase.changed() => {
                if changed.is_err() {
                    break;
                }
                keeper.phase_changed();
            }
            () = keeper.ctx.reload.notified() => keeper.reload(),
            _ = tick.tick() => keeper.reload(),
        }
        keeper.write();
    }
    keeper.phase_changed();
    keeper.write();
}

struct Keeper {
    ctx: Arc<Context>,
    phase: watch::Receiver<Phase>,
    since: UnixMs,
    last_error: Option<String>,
    written: Option<status::Status>,
}

impl Keeper {
    fn phase_changed(&mut self) {
        if let Phase::Connecting { error: Some(error), .. } = &*self.phase.borrow_and_update() {
            self.last_error = Some(error.clone());
        }
        self.since = self.ctx.clock.wall();
    }

    fn write(&mut self) {
        let now = status::current(&self.ctx, self.since, self.last_error.as_deref());
        if self.written.as_ref() == Some(&now) {
            return;
        }
        if let Err(error) = status::write(&self.ctx.dir, &now) {
            tracing::warn!(%error, "the status file is not current");
        }
        self.written = Some(now);
    }

    /// Takes a changed configuration over; tunnels it still allows stay.
    fn reload(&self) {
        let ctx = &self.ctx;
        if is_rotating(&ctx.dir) && matches!(&*ctx.phase.borrow(), Phase::Connected { .. }) {
            ctx.rotate.notify_waiters();
        }
        let new = match Config::load(&ctx.dir) {
            Ok(new) => new,
            Err(error) => return tracing::warn!(%error, "configuration not taken over"),
        };
        let old = ctx.config.load();
        if new == **old {
            return;
        }
        tracing::info!("configuration changed");
        let changed = new.targets != old.targets;
        let regranted = new.listeners != old.listeners;
        let moved = new.gateway != old.gateway;
        let targets = new.targets.clone();
        if new.ways != old.ways {
            match new.ways() {
                Ok(ways) => ctx.ladder.change(ways),
                Err(error) => tracing::warn!(%error, "the ways to the server stay as they were"),
            }
        }
        ctx.gateway.change(new.gateway.clone());
        ctx.config.store(Arc::new(new));
        if changed {
            ctx.gate.replace(targets);
            ctx.enforce_gate();
        }
        if regranted {
            ctx.enforce_listeners();
        }
        if changed || regranted || moved {
            ctx.changes.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}
