//! Following the server's roots: what it offers is checked against those that are trusted, kept in
//! the identity file, used from the next handshake on, and only then confirmed.

use crate::ctx::access::{Endpoint, Link};
use crate::ctx::identity::{Identity, show_pin};
use crate::ctx::{Context, contexts};
use crate::exit::{Exit, Failure, Result};
use link::operator::{Operator, TrustFeed};
use link::{Clock, Shutdown, System};
use pki::CertificateDer;
use std::time::Duration;
use tokio::sync::watch;
use wire::message::TrustOffer;

/// How often the identity file is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Takes what the server offered with its welcome.
pub(super) async fn now(link: &Link) {
    let feed = link.operator.trust_feed();
    if let Some(offer) = feed.offered() {
        take(&feed, &link.endpoint, offer).await;
    }
}

/// Takes what it offers while the connection lasts.
pub(super) fn from_now_on(link: &Link) {
    let (mut feed, endpoint) = (link.operator.trust_feed(), link.endpoint.clone());
    let ending = link.shutdown.clone();
    link.shutdown.spawn("trust", async move {
        loop {
            let offer = tokio::select! {
                biased;
                () = ending.cancelled() => return,
                offer = feed.next() => offer,
            };
            let Some(offer) = offer else { return };
            take(&feed, &endpoint, offer).await;
        }
    });
}

/// Takes a newer certificate into use that another command has kept in the identity file.
pub(super) fn renewals_from_now_on(endpoint: &Endpoint, shutdown: &Shutdown) {
    let (endpoint, ending) = (endpoint.clone(), shutdown.clone());
    let changed = |endpoint: &Endpoint| endpoint.identity.metadata().ok()?.modified().ok();
    let mut seen = changed(&endpoint);
    shutdown.spawn("renewals", async move {
        loop {
            tokio::select! {
                biased;
                () = ending.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = changed(&endpoint);
            if now == seen {
                continue;
            }
            match newer(&endpoint) {
                Ok(()) => seen = now,
                Err(error) => tracing::debug!(%error, "the identity file was not read again"),
            }
        }
    });
}

/// Takes what each later connection of a forward is offered: the first is followed by whoever made it.
pub fn reconnects(link: &Link, mut connections: watch::Receiver<Option<Operator>>) {
    connections.mark_unchanged();
    each(&link.endpoint, &link.shutdown, connections);
}

/// What a console needs that stays for days: roots that any of its connections is offered, and the
/// certificate that other commands of its context keep fresh.
pub fn console(
    endpoint: &Endpoint,
    shutdown: &Shutdown,
    connections: watch::Receiver<Option<Operator>>,
) {
    renewals_from_now_on(endpoint, shutdown);
    each(endpoint, shutdown, connections);
}

fn each(
    endpoint: &Endpoint,
    shutdown: &Shutdown,
    mut connections: watch::Receiver<Option<Operator>>,
) {
    let (endpoint, ending) = (endpoint.clone(), shutdown.clone());
    shutdown.spawn("trust of reconnects", async move {
        loop {
            tokio::select! {
                biased;
                () = ending.cancelled() => return,
                changed = connections.changed() => if changed.is_err() { return },
            }
            let feed = connections.borrow_and_update().as_ref().map(Operator::trust_feed);
            match feed {
                Some(feed) => follow(feed, &endpoint).await,
                // Before the next try: another command may have kept what it needs.
                None => {
                    if let Err(error) = newer(&endpoint) {
                        tracing::debug!(%error, "the identity file was not read again");
                    }
                }
            }
        }
    });
}

/// Takes what one connection is offered, until it ends.
async fn follow(mut feed: TrustFeed, endpoint: &Endpoint) {
    let mut offer = feed.offered();
    loop {
        if let Some(offer) = offer {
            take(&feed, endpoint, offer).await;
        }
        offer = feed.next().await;
        if offer.is_none() {
            return;
        }
    }
}

/// Takes what the identity file has by now: roots, and a certificate that ends later.
pub(super) fn newer(endpoint: &Endpoint) -> Result<()> {
    let identity = Identity::load(&endpoint.identity)?;
    endpoint.trust.replace(identity.roots().to_vec())?;
    let credentials = &endpoint.credentials;
    let ends = identity.chain().first().and_then(|leaf| pki::verify::end_of(leaf).ok());
    if ends.is_some_and(|ends| ends >= credentials.not_after_ms()) {
        credentials.replace(identity.chain().to_vec(), identity.key())?;
    }
    Ok(())
}

/// A command goes on with what it had if this fails: the server offers it again.
async fn take(feed: &TrustFeed, endpoint: &Endpoint, offer: TrustOffer) {
    let (number, renew) = (offer.bundle.number, offer.renew_within_ms.is_some());
    match keep(endpoint, offer) {
        Ok(()) => feed.taken(number),
        Err(error) => return tracing::warn!(%error, "the server's roots were not taken"),
    }
    if renew && let Err(error) = renewed(feed, endpoint).await {
        tracing::warn!(%error, "the certificate was not replaced");
    }
}

fn keep(endpoint: &Endpoint, offer: TrustOffer) -> Result<()> {
    let identity = Identity::load(&endpoint.identity)?;
    let bundle = link::bundle::from_wire(offer.bundle);
    let identity = identity.trusting(&bundle, System.wall().0)?;
    identity.save(&endpoint.identity)?;
    endpoint.trust.replace(identity.roots().to_vec())?;
    pin(endpoint, &identity)
}

/// A context names the root it expects: the one that is preferred now.
fn pin(endpoint: &Endpoint, identity: &Identity) -> Result<()> {
    if !contexts::names()?.contains(&endpoint.name) {
        return Ok(());
    }
    let mut context = Context::load(&endpoint.name)?;
    if context.identity_file()? != endpoint.identity {
        return Ok(());
    }
    context.ca_pin = show_pin(&identity.pin());
    context.save(None)
}

async fn renewed(feed: &TrustFeed, endpoint: &Endpoint) -> Result<()> {
    let identity = Identity::load(&endpoint.identity)?;
    let csr = identity.key().csr()?;
    let chain = feed.renew(csr).await.map_err(Failure::from)?;
    let chain: Vec<_> = chain.into_iter().map(|der| CertificateDer::from(Vec::from(der))).collect();
    if chain.is_empty() {
        return Err(Failure::new(Exit::Server, "the server renewed with an empty chain"));
    }
    let identity = identity.renewed(chain)?;
    identity.save(&endpoint.identity)?;
    Ok(endpoint.credentials.replace(identity.chain().to_vec(), identity.key())?)
}
