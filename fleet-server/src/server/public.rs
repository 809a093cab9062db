//! Certificates for strangers: read at start, read again when their files change or somebody asks,
//! kept when the new ones are no good. The fleet itself never depends on them.

use super::StartError;
use crate::config::Config;
use crate::core::{Core, lock};
use link::tls::{PublicCertificate, PublicCertificates, TlsError};
use pki::Public;
use pki::public::Pair;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use wire::UnixMs;

/// Between two looks at the files.
const LOOK: Duration = Duration::from_secs(2);
/// Between two warnings that one ends.
const TELL_AGAIN: Duration = Duration::from_secs(24 * 3600);
/// A certificate should have been renewed when this share of its life is left, …
const LATE_SHARE: u64 = 6;
/// … and when as much as this is left at the latest.
const LATE_MOST: Duration = Duration::from_secs(21 * 86_400);

/// The public certificates of a server.
pub(crate) struct PublicCerts {
    in_use: PublicCertificates,
    watched: Mutex<Vec<Watched>>,
    /// Held for as long as somebody reads files to replace what is watched.
    turn: Mutex<()>,
    again: Notify,
}

/// One pair of files and what came of it.
#[derive(Clone)]
struct Watched {
    pair: Pair,
    certificate: PublicCertificate,
    /// When it was too late to be renewed.
    late_from: UnixMs,
    /// The files as they were at the last attempt.
    stamp: Stamp,
    /// The last attempt failed and the files may still be in the middle of a change.
    unsure: bool,
    fault: Option<String>,
    told: Option<Instant>,
}

/// How a certificate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The first of its names.
    pub(crate) name: String,
    pub(crate) ends: UnixMs,
    /// It should have been renewed by now.
    pub(crate) late: bool,
    /// Why the files are not used as they are.
    pub(crate) fault: Option<String>,
}

/// What tells one content of two files from another without reading them.
type Stamp = [Option<[i64; 5]>; 2];

impl PublicCerts {
    /// Reads every pair of the configuration.
    ///
    /// # Errors
    /// The first that cannot be used; names the file.
    pub(super) fn load(config: &Config, now: UnixMs) -> Result<Self, StartError> {
        let watch = |pair: Pair| {
            let stamp = stamp(&pair);
            let (certificate, late_from) = read(&pair, now)?;
            let (unsure, fault, told) = (false, None, None);
            Ok(Watched { pair, certificate, late_from, stamp, unsure, fault, told })
        };
        let watched: Vec<_> = config.tls_pairs().map(watch).collect::<Result<_, StartError>>()?;
        let certs = Self {
            in_use: PublicCertificates::default(),
            watched: Mutex::new(watched),
            turn: Mutex::default(),
            again: Notify::new(),
        };
        certs.use_all();
        Ok(certs)
    }

    /// What HTTPS answers with; follows every reload.
    pub(super) fn in_use(&self) -> PublicCertificates {
        self.in_use.clone()
    }

    /// Has all files read again, soon.
    pub(super) fn ask_again(&self) {
        self.again.notify_one();
    }

    /// How each stands at `now`.
    pub(crate) fn standing(&self, now: UnixMs) -> Vec<Standing> {
        let standing = |one: &Watched| Standing {
            name: one.name().to_owned(),
            ends: UnixMs(one.certificate.not_after_ms()),
            late: now >= one.late_from,
            fault: one.fault.clone(),
        };
        lock(&self.watched).iter().map(standing).collect()
    }

    fn use_all(&self) {
        let all = lock(&self.watched).iter().map(|one| one.certificate.clone()).collect();
        self.in_use.replace(all);
    }

    /// Reads what changed, or everything; says what came of each attempt: whether it is in use.
    /// Blocks on files.
    fn look(&self, everything: bool, now: UnixMs) -> Vec<bool> {
        let _turn = lock(&self.turn);
        // Nobody waits for a disk to see how things stand; who changes them has the turn.
        let mut watched = lock(&self.watched).clone();
        let attempts: Vec<_> =
            watched.iter_mut().filter_map(|one| one.look(everything, now)).collect();
        *lock(&self.watched) = watched;
        if attempts.contains(&true) {
            self.use_all();
        }
        attempts
    }

    /// Takes the pairs of another configuration, which were read; how many. Blocks on who looks.
    pub(super) fn replace(&self, other: Self) -> usize {
        let _turn = lock(&self.turn);
        let pairs = std::mem::take(&mut *lock(&other.watched));
        let count = pairs.len();
        *lock(&self.watched) = pairs;
        self.use_all();
        count
    }

    /// Once a day for each that nears its end.
    fn tell(&self, wall: UnixMs, now: Instant) {
        for one in lock(&self.watched).iter_mut() {
            if wall < one.late_from {
                one.told = None;
            } else if one.told.is_none_or(|at| now.saturating_duration_since(at) >= TELL_AGAIN) {
                one.told = Some(now);
                let (name, ends) = (one.name(), UnixMs(one.certificate.not_after_ms()));
                let file = one.pair.certificate.display();
                tracing::warn!(name, %ends, %file, "a public certificate ends; renew it");
            }
        }
    }
}

impl Watched {
    fn name(&self) -> &str {
        self.certificate.names().first().map_or("", String::as_str)
    }

    fn look(&mut self, anyway: bool, now: UnixMs) -> Option<bool> {
        let stamp = stamp(&self.pair);
        let changed = stamp != self.stamp;
        if !changed && !anyway && !self.unsure {
            return None;
        }
        self.stamp = stamp;
        match read(&self.pair, now) {
            Ok((certificate, late_from)) => {
                (self.certificate, self.late_from) = (certificate, late_from);
                (self.unsure, self.fault, self.told) = (false, None, None);
                let ends = UnixMs(self.certificate.not_after_ms());
                tracing::info!(name = self.name(), %ends, "public certificate read");
                Some(true)
            }
            // Two files cannot be changed as one: what fails is looked at once more.
            Err(_) if changed && !anyway => {
                self.unsure = true;
                None
            }
            Err(error) => {
                let fault = error.to_string();
                if self.fault.as_ref() != Some(&fault) || anyway {
                    let name = self.name();
                    tracing::warn!(name, error = %fault, "public certificate kept as it was");
                }
                (self.unsure, self.fault) = (false, Some(fault));
                Some(false)
            }
        }
    }
}

/// Reads a pair, and says from when on it should have been renewed.
fn read(pair: &Pair, now: UnixMs) -> Result<(PublicCertificate, UnixMs), StartError> {
    let public = Public::load(&pair.certificate, &pair.key, now.0)?;
    let certificate = PublicCertificate::new(&public).map_err(|error| match error {
        TlsError::Pki(error) => StartError::Pki(error),
        TlsError::Rustls(what) => {
            StartError::state(&pair.key, format!("{what} (with {})", pair.certificate.display()))
        }
    })?;
    Ok((certificate, late_from(public.not_before_ms, public.not_after_ms)))
}

fn late_from(begins: u64, ends: u64) -> UnixMs {
    let most = u64::try_from(LATE_MOST.as_millis()).unwrap_or(u64::MAX);
    UnixMs(ends.saturating_sub((ends.saturating_sub(begins) / LATE_SHARE).min(most)))
}

/// Links are followed: whoever renews often swaps a link.
fn stamp(pair: &Pair) -> Stamp {
    let of = |path: &Path| {
        let found = std::fs::metadata(path).ok()?;
        let number = |n: u64| i64::from_ne_bytes(n.to_ne_bytes());
        let at = found.ctime().wrapping_mul(1_000_000_000).wrapping_add(found.ctime_nsec());
        let (dev, ino, len) = (number(found.dev()), number(found.ino()), number(found.len()));
        Some([dev, ino, len, at, i64::from(found.mode())])
    };
    [of(&pair.certificate), of(&pair.key)]
}

/// Follows the files for as long as the server runs.
pub(super) async fn keep(core: Arc<Core>) {
    loop {
        core.public.tell(core.wall(), core.clock.now());
        let asked = tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            () = core.public.again.notified() => true,
            () = tokio::time::sleep(LOOK) => false,
        };
        let task = Arc::clone(&core);
        // Files may lie on a disk that is slow to answer.
        let looked =
            tokio::task::spawn_blocking(move || task.public.look(asked, task.wall())).await;
        for in_use in looked.unwrap_or_default() {
            core.metrics.public_certificate_read(in_use);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;

    #[test]
    fn it_is_late_when_a_sixth_is_left_and_three_weeks_before_the_end_of_a_long_one() {
        let late = |days: u64| (days * DAY - late_from(0, days * DAY).0) / DAY;
        assert_eq!([late(6), late(90), late(398)], [1, 15, 21]);
        assert_eq!(late_from(5, 5), UnixMs(5));
    }
}
