//! The server's own certificate: minted at start, renewed at two thirds, swapped without a break.

use super::names::Names;
use super::public::PublicCerts;
use super::{StartError, admin};
use crate::ca::{Ca, Why};
use crate::core::Core;
use crate::fleet::Holder;
use crate::state::State;
use link::SharedClock;
use link::tls::{Credentials, ServerTls, TlsError};
use pki::{Authority, Issued, KeyPair, Revoked, Role, Subject, profile};
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
    /// The leaf, to be written down once there is a trail.
    pub(super) issued: Issued,
}

/// A leaf and its key, to be renewed.
pub(super) struct Leaf {
    credentials: Credentials,
    key: KeyPair,
}

/// Mints a leaf and reads the revocations, before anything listens.
pub(super) fn tls(
    ca: &Ca,
    names: &Names,
    fleet: &str,
    clock: &SharedClock,
    state: &State,
    public: &PublicCerts,
) -> Result<(Tls, Leaf), StartError> {
    let key = KeyPair::generate()?;
    let authority = ca.signing(&state.fleet().ca(), Holder::Server, clock.wall())?;
    let issued = mint(&authority, names, fleet, &key, clock.wall())?;
    let credentials =
        Credentials::new(authority.server_chain(&issued), &key).map_err(start_error)?;
    let revoked = Revoked::default();
    let fleet = state.fleet();
    let nodes = fleet.nodes().filter(|node| node.revoked.is_some()).map(|node| node.spki);
    let operators = fleet.operators().filter(|who| who.revoked.is_some()).map(|who| who.spki);
    revoked.replace(nodes.chain(operators));
    let server =
        ServerTls::with_public(credentials.clone(), &ca.trust(), revoked.clone(), public.in_use())
            .map_err(start_error)?;
    Ok((Tls { server, revoked, issued }, Leaf { credentials, key }))
}

fn start_error(error: TlsError) -> StartError {
    match error {
        TlsError::Pki(error) => StartError::Pki(error),
        error => StartError::Io(std::io::Error::other(error)),
    }
}

fn mint(
    authority: &Authority,
    names: &Names,
    fleet: &str,
    key: &KeyPair,
    now: UnixMs,
) -> Result<Issued, pki::PkiError> {
    let subject =
        Subject { dns: names.dns(), ips: names.ips(), ..Subject::of(Role::Server, fleet) };
    authority.issue(&subject, &key.csr()?, now.0, profile::SERVER)
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
                () = tokio::time::sleep(wait) => renew(&task, &leaf, &fleet).await,
                () = task.ca.leaf_due.notified() => {
                    renew(&task, &leaf, &fleet).await;
                    admin::follow(&task).await;
                }
            }
        }
    });
}

async fn renew(core: &Core, leaf: &Leaf, fleet: &str) {
    let (record, now) = (core.state.fleet().ca(), core.wall());
    let minted = core.ca.signing(&record, Holder::Server, now).and_then(|authority| {
        let issued = mint(&authority, &core.names, fleet, &leaf.key, now)?;
        Ok((authority.server_chain(&issued), issued))
    });
    let (chain, issued) = match minted {
        Ok(minted) => minted,
        Err(error) => return tracing::error!(%error, "server certificate not renewed"),
    };
    if let Err(refusal) = core.issued(&issued, Role::Server, fleet, Why::Server).await {
        return tracing::error!(%refusal, "server certificate not renewed");
    }
    match leaf.credentials.replace(chain, &leaf.key) {
        Ok(()) => {
            core.leaf_ends.store(issued.not_after_ms, Relaxed);
            tracing::info!("server certificate renewed");
        }
        Err(error) => tracing::error!(%error, "server certificate not renewed"),
    }
}
