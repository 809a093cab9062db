//! The published revocation lists: one per issuing certificate, made anew when somebody is revoked
//! and before the last one ends. Our own listeners go by the live table, never by these.

use crate::core::Core;
use crate::fleet::Fleet;
use pki::crl::Ended;
use pki::{Crl, profile};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use wire::UnixMs;

/// Revocations that come together make one list.
const GATHER: Duration = Duration::from_millis(100);

/// Who is revoked, and since when; with the slots, all that a list depends on.
type Reasons = (BTreeMap<(&'static str, String), UnixMs>, Vec<u32>);

/// Keeps the lists until shutdown.
pub(crate) async fn run(core: Arc<Core>) {
    let mut revisions = core.state.revisions();
    loop {
        let reasons = reasons(&core.state.fleet());
        build(&core, &reasons).await;
        let fresh = sleep(profile::CRL * 2 / 3);
        tokio::pin!(fresh);
        loop {
            tokio::select! {
                biased;
                () = core.shutdown.cancelled() => return,
                () = &mut fresh => break,
                changed = revisions.changed() => if changed.is_err() { return },
            }
            if reasons != self::reasons(&core.state.fleet()) {
                break;
            }
            sleep(GATHER).await;
        }
    }
}

fn reasons(fleet: &Fleet) -> Reasons {
    let nodes = fleet.nodes().filter_map(|n| Some((("node", n.id.to_string()), n.revoked?)));
    let operators =
        fleet.operators().filter_map(|o| Some((("operator", o.id.to_string()), o.revoked?)));
    let slots = fleet.ca().open().iter().map(|slot| slot.number).collect();
    (nodes.chain(operators).collect(), slots)
}

async fn build(core: &Core, (revoked, slots): &Reasons) {
    let now = core.wall();
    let mut ended: BTreeMap<u32, Vec<Ended>> = BTreeMap::new();
    for ((role, id), at) in revoked {
        match core.state.certificates(role, id).await {
            Ok(certificates) => {
                for cert in certificates.iter().filter(|cert| cert.not_after > now) {
                    let entry = Ended { serial: cert.serial, at_ms: at.0 };
                    ended.entry(cert.issuer).or_default().push(entry);
                }
            }
            // The last list stays; a server whose store failed is about to stop.
            Err(error) => return tracing::error!(%error, "the revocation list was not made"),
        }
    }
    let open = core.ca.slots.load();
    let mut lists = Vec::new();
    for number in slots {
        let Some(authority) = open.get(*number) else { continue };
        let entries = ended.get(number).map_or(&[][..], Vec::as_slice);
        match authority.crl(entries, now.0, now.0) {
            Ok(list) => lists.push((*number, list)),
            Err(error) => tracing::error!(%error, number, "the revocation list was not signed"),
        }
    }
    core.ca.lists.store(Arc::new(lists));
}

/// The list of the issuing certificate that signs now, DER.
pub(crate) fn der(core: &Core) -> Option<Vec<u8>> {
    current(core).map(|list| list.der)
}

/// All lists, PEM.
pub(crate) fn pem(core: &Core) -> String {
    core.ca.lists.load().iter().map(|(_, list)| list.pem()).collect()
}

/// Until when the list in force is promised.
pub(super) fn next_update(core: &Core) -> Option<UnixMs> {
    current(core).map(|list| UnixMs(list.next_ms))
}

fn current(core: &Core) -> Option<Crl> {
    let signer = core.state.fleet().ca().signer(crate::fleet::Holder::Client, core.wall());
    core.ca.lists.load().iter().find(|(number, _)| *number == signer).map(|(_, list)| list.clone())
}
