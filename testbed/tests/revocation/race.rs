//! Streams that come in while something is revoked: what the audit chain says about their order (I2).

use super::PATIENCE;
use super::mixed::{Victim, arrives};
use super::ways::{Way, Ways};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use testbed::{Fleet, until};
use tokio_util::sync::CancellationToken;
use wire::audit::AuditEvent;

/// Between two tries of one way: a refusal costs nobody anything, and the loop must leave room.
const PACE: Duration = Duration::from_millis(2);

/// Rounds of one revocation of each kind: more with TUNNELCTL_FULL.
fn rounds() -> usize {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 25 } else { 1 }
}

/// Tries of one way, counted by the number of revocations acknowledged before they began.
#[derive(Default)]
struct Tries {
    admitted: [AtomicU64; 5],
    refused: [AtomicU64; 5],
}

/// T-08, I2: the chain has no opening behind the record of the cut, and no try that began after the
/// acknowledgement came through, however many race with it.
#[tokio::test(flavor = "multi_thread")]
async fn no_stream_is_admitted_behind_the_record_of_the_cut() {
    for round in 0..rounds() {
        let mut fleet = Fleet::start().await.unwrap();
        let ways = Ways::lay(&mut fleet, &format!("r{round}")).await.unwrap();
        let (stop, phase) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let mut racers = Vec::new();
        for (way, at) in Way::ALL.into_iter().map(|way| (way, 0)).chain([(Way::Guest, 1)]) {
            let (tries, ways) = (Arc::new(Tries::default()), ways.clone());
            let (count, phase, stop) = (Arc::clone(&tries), Arc::clone(&phase), stop.clone());
            let race = async move {
                while !stop.is_cancelled() {
                    let began = phase.load(SeqCst) as usize;
                    let came = arrives(&ways, way, at).await;
                    let kind = if came { &count.admitted } else { &count.refused };
                    kind[began].fetch_add(1, SeqCst);
                    tokio::time::sleep(PACE).await;
                }
            };
            fleet.shutdown().spawn("racer", race);
            racers.push((way, at, tries));
        }
        // From the narrowest to the widest, so that each still finds streams to cut.
        let order = [Victim::Address, Victim::Session, Victim::Operator, Victim::Node];
        let mut gone: Vec<Victim> = Vec::new();
        for (done, victim) in order.into_iter().enumerate() {
            let lost = |gone: &[Victim], way, at| gone.iter().any(|v| v.carries(way, at));
            for (way, at, tries) in &racers {
                if !lost(&gone, *way, *at) {
                    some(&tries.admitted[done], "a stream that races").await;
                }
            }
            victim.revoke(&mut fleet, &ways).await;
            phase.fetch_add(1, SeqCst);
            gone.push(victim);
            for (way, at, tries) in &racers {
                if lost(&gone, *way, *at) {
                    some(&tries.refused[done + 1], "a refusal after the acknowledgement").await;
                    let after = tries.admitted[done + 1].load(SeqCst);
                    assert_eq!(after, 0, "{way:?} to node {at} after {victim:?}");
                }
            }
        }
        stop.cancel();
        let last = order.len();
        for (way, at, tries) in &racers {
            if gone.iter().any(|v| v.carries(*way, *at)) {
                assert_eq!(tries.admitted[last].load(SeqCst), 0, "{way:?} to node {at}");
            }
        }
        // What was queued before this change is recorded before it.
        fleet.token("after").await.unwrap();
        let trail = fleet.audit().await.unwrap();
        order.into_iter().for_each(|victim| check(&trail, victim, &ways));
        fleet.finish().await.unwrap();
    }
}

async fn some(count: &AtomicU64, what: &str) {
    until(what, PATIENCE, || async { (count.load(SeqCst) > 0).then_some(()) }).await.unwrap();
}

/// All openings that stood on the victim are in front of the record of its cut, and there were some.
fn check(trail: &[AuditEvent], victim: Victim, ways: &Ways) {
    let action = match victim {
        Victim::Node => "node.revoke.cut",
        Victim::Operator => "operator.revoke.cut",
        Victim::Session => "session.revoke.cut",
        Victim::Address => "guest.revoke.cut",
    };
    let cut = trail.iter().find(|e| e.entry.action.as_str() == action).unwrap().seq;
    let opened: Vec<u64> = trail
        .iter()
        .filter(|e| e.entry.action.as_str() == "tunnel.open" && stands_on(e, victim, ways))
        .map(|e| e.seq)
        .collect();
    let last = opened.iter().max().copied();
    assert!(last.is_some_and(|last| last < cut), "{victim:?}: {last:?}, cut at {cut}");
    println!("{victim:?}: {} streams, the last at {last:?}, the cut at {cut}", opened.len());
}

fn stands_on(event: &AuditEvent, victim: Victim, ways: &Ways) -> bool {
    let (actor, object) = (&event.entry.actor, &event.entry.object);
    let at_it = object.name.as_ref().is_some_and(|name| name.as_str() == ways.node(victim.at()));
    let is = |text: &Option<wire::SafeText>, wanted: &str| {
        text.as_ref().is_some_and(|text| text.as_str() == wanted)
    };
    match victim {
        Victim::Node => at_it,
        Victim::Operator => is(&actor.operator, "mira"),
        Victim::Session => is(&actor.session, &ways.session),
        Victim::Address => at_it && is(&actor.source_ip, "127.0.0.21"),
    }
}
