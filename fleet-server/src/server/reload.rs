//! Reading the configuration again while the server runs: all of it is checked, then what can change
//! does, or nothing at all. What only a start can change is named.

use super::public::PublicCerts;
use crate::config::Config;
use crate::core::Core;
use crate::ops::Op;
use crate::views::certificates_of;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use wire::audit::{Actor, Entry};
use wire::message::operator::Intent;
use wire::message::view::ReloadView;
use wire::{Refusal, RefusalCode, SafeText};

/// Reads the configuration as the start did: the file, and over it what the command line said.
pub type Source = Box<dyn Fn() -> Result<Config, String> + Send + Sync>;

/// A key of the configuration: its name, whether two have the same there, and taking it over.
type Key = (&'static str, fn(&Config, &Config) -> bool, fn(&mut Config, &Config));

macro_rules! keys {
    ($($key:ident),+) => {
        [$((stringify!($key), |a, b| a.$key == b.$key, |to, from| to.$key.clone_from(&from.$key))),+]
    };
}

/// In use from the reload on: for what is issued, published, accepted and admitted then.
const LIVE: [Key; 9] = keys![
    tls_cert,
    tls_key,
    trusted_proxies,
    port_range,
    warm_lanes,
    node_certificate,
    operator_certificate,
    min_agent_version,
    penalty_exempt
];
/// Bound, signed or agreed on with peers once.
const AT_START: [Key; 6] = keys![listen, public_names, metrics, admin, heartbeat, dead_after];

/// What a reload goes by.
pub(crate) struct Reloads {
    /// As it was given at the start, before passed sockets took the place of addresses.
    started: Config,
    source: OnceLock<Source>,
    /// One at a time.
    turn: tokio::sync::Mutex<()>,
    asked: Notify,
}

impl Reloads {
    pub(super) fn of(started: Config) -> Self {
        let (source, turn) = (OnceLock::new(), tokio::sync::Mutex::default());
        Self { started, source, turn, asked: Notify::new() }
    }

    pub(super) fn follow(&self, source: Source) {
        // The first one stays: there is one start.
        let _ = self.source.set(source);
    }

    pub(super) fn ask(&self) {
        self.asked.notify_one();
    }

    fn read(&self) -> Result<Config, String> {
        let config = self.source.get().map_or_else(|| Ok(self.started.clone()), |read| read())?;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }
}

/// Does what SIGHUP asks for, for as long as the server runs.
pub(super) async fn run(core: Arc<Core>) {
    loop {
        tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            () = core.reloads.asked.notified() => {}
        }
        if let Err(refusal) = reload(&core, Actor::default(), &Intent::default()).await {
            tracing::warn!(error = %refusal, "configuration kept as it was");
            // Which pair is no good, and since when, is told where certificates are.
            core.public.ask_again();
        }
    }
}

/// Reads everything again and takes over what can be. Recorded before it is in use (I5).
///
/// # Errors
/// Something in it is no good: then nothing of it is taken.
pub(crate) async fn reload(
    core: &Arc<Core>,
    by: Actor,
    intent: &Intent,
) -> Result<ReloadView, Refusal> {
    let _turn = core.reloads.turn.lock().await;
    let task = Arc::clone(core);
    // Files may lie on a disk that is slow to answer.
    let read = tokio::task::spawn_blocking(move || read(&task)).await;
    let (new, pairs) = read.map_err(|_| Core::faulty_refusal())??;
    let now = core.config();
    let applied = differing(&LIVE, &now, &new);
    let restart = differing(&AT_START, &core.reloads.started, &new);
    let certificates = certificates_of(&pairs.standing(core.wall()));
    let view = ReloadView { planned: intent.dry_run, applied, restart, certificates };
    if intent.dry_run {
        return Ok(view);
    }
    core.apply(Op::Record(entry(core, by, &view, intent))).await?;
    let mut next = Config::clone(&now);
    LIVE.iter().for_each(|(_, _, take)| take(&mut next, &new));
    publish(core, next, pairs).await?;
    tracing::info!(applied = joined(&view.applied), restart = joined(&view.restart), "reloaded");
    Ok(view)
}

fn read(core: &Core) -> Result<(Config, PublicCerts), Refusal> {
    let kept = "the server goes on as it was; tunnelctl server config check";
    let wrong = |what: String| Refusal::new(RefusalCode::Usage, what).hint(kept);
    let config = core.reloads.read().map_err(wrong)?;
    let pairs =
        PublicCerts::load(&config, core.wall()).map_err(|error| wrong(error.to_string()))?;
    Ok((config, pairs))
}

async fn publish(core: &Arc<Core>, next: Config, pairs: PublicCerts) -> Result<(), Refusal> {
    core.gate.exempt(&[&next.penalty_exempt[..], &next.trusted_proxies].concat());
    core.take_config(next);
    let task = Arc::clone(core);
    // It waits for whoever looks at the files just now.
    let replaced = tokio::task::spawn_blocking(move || task.public.replace(pairs)).await;
    let count = replaced.map_err(|_| Core::faulty_refusal())?;
    (0..count).for_each(|_| core.metrics.public_certificate_read(true));
    Ok(())
}

fn entry(core: &Core, by: Actor, view: &ReloadView, intent: &Intent) -> Entry {
    let entry = Entry::new("server.reload", by, core.object())
        .with("applied", joined(&view.applied))
        .with("restart", joined(&view.restart));
    match &intent.reason {
        Some(reason) => entry.with("reason", reason.as_str()),
        None => entry,
    }
}

fn joined(keys: &[SafeText]) -> String {
    keys.iter().map(SafeText::as_str).collect::<Vec<_>>().join(",")
}

fn differing(keys: &[Key], a: &Config, b: &Config) -> Vec<SafeText> {
    let differ = keys.iter().filter(|(_, same, _)| !same(a, b));
    differ.map(|(name, _, _)| (*name).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KEYS;
    use std::collections::BTreeSet;

    #[test]
    fn every_key_is_either_live_or_waits_for_a_start() {
        let known: BTreeSet<&str> = LIVE.iter().chain(&AT_START).map(|(name, ..)| *name).collect();
        assert_eq!(known, BTreeSet::from(KEYS));
        assert_eq!(known.len(), LIVE.len() + AT_START.len());
    }
}
