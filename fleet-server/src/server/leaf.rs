//! The server's own certificate: minted at start, renewed at two thirds, swapped without a break.

use super::StartError;
use super::names::Names;
use crate::core::Core;
use crate::state::State;
use link::SharedClock;
use link::tls::{Credentials, ServerTls, TlsError};
use pki::{Authority, Identity, KeyPair, Revoked, Role, Subject, Trust, profile};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use wire::UnixMs;

/// A renewal that failed is tried again after this.
const AGAIN: Duration = Duration::from_secs(60);

/// What the listeners answer with.
pub(super) struct Tls {
    pub(super) server: ServerTls,
    pub(super) revoked: Revoked,
    /// When the leaf ends, in Unix milliseconds.
    pub(super) ends: u64,
}

/// A leaf and its key, to be renewed.
pub(super) struct Leaf {
    credentials: Credentials,
    key: KeyPair,
}

/// Mints a leaf and reads the revocations, before anything listens.
pub(super) fn tls(
    authority: &Authority,
    names: &Names,
    fleet: &str,
    clock: &SharedClock,
    state: &State,
) -> Result<(Tls, Leaf), StartError> {
    let key = KeyPair::generate()?;
    let (chain, ends) = mint(authority, names, fleet, &key, clock.wall())?;
    let credentials = Credentials::new(chain, &key).map_err(start_error)?;
    let revoked = Revoked::default();
    let fleet = state.fleet();
    let nodes = fleet.nodes().filter(|node| node.revoked.is_some()).map(|node| node.spki);
    let operators = fleet.operators().filter(|who| who.revoked.is_some()).map(|who| who.spki);
    revoked.replace(nodes.chain(operators));
    let trust = Trust::new(authority.root().clone())?;
    let server =
        ServerTls::new(credentials.clone(), &trust, revoked.clone()).map_err(start_error)?;
    Ok((Tls { server, revoked, ends }, Leaf { credentials, key }))
}

fn start_error(error: TlsError) -> StartError {
    match error {
        TlsError::Pki(error) => StartError::Pki(error),
        error => StartError::Io(std::io::Error::other(error)),
    }
}

type Chain = Vec<pki::CertificateDer<'static>>;

fn mint(
    authority: &Authority,
    names: &Names,
    fleet: &str,
    key: &KeyPair,
    now: UnixMs,
) -> Result<(Chain, u64), pki::PkiError> {
    let subject = Subject {
        identity: Identity { role: Role::Server, id: fleet.to_owned() },
        dns: names.dns(),
        ips: names.ips(),
    };
    let issued = authority.issue(&subject, &key.csr()?, now.0, profile::SERVER)?;
    Ok((authority.server_chain(&issued), issued.not_after_ms))
}

/// Renews the leaf at two thirds of its life, for as long as the server runs.
pub(super) fn keep(core: &Arc<Core>, leaf: Leaf, fleet: String) {
    let task = Arc::clone(core);
    core.spawn_core("server-certificate", async move {
        loop {
            let left = UnixMs(task.leaf_ends.load(Relaxed)).since(task.wall());
            let wait = left.saturating_sub(profile::SERVER / 3).max(AGAIN);
            tokio::select! {
                biased;
                () = task.shutdown.cancelled() => return,
                () = tokio::time::sleep(wait) => renew(&task, &leaf, &fleet),
            }
        }
    });
}

fn renew(core: &Core, leaf: &Leaf, fleet: &str) {
    let renewed = mint(&core.authority, &core.names, fleet, &leaf.key, core.wall())
        .map_err(TlsError::from)
        .and_then(|(chain, ends)| leaf.credentials.replace(chain, &leaf.key).map(|()| ends));
    match renewed {
        Ok(ends) => {
            core.leaf_ends.store(ends, Relaxed);
            tracing::info!("server certificate renewed");
        }
        Err(error) => tracing::error!(%error, "server certificate not renewed"),
    }
}
