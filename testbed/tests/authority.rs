//! The certificate authority's life: what it signs, and who is told.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use testbed::Fleet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::audit::{AuditEvent, Value};
use wire::message::operator::{Reply, Request};
use wire::message::view::{CaKind, CaPhase};

async fn trail(fleet: &mut Fleet, action: &str) -> Vec<AuditEvent> {
    let request = Request::Audit {
        after: None,
        backwards: false,
        limit: 200,
        action: Some(action.into()),
        since: None,
        until: None,
    };
    let Reply::Audit { events, .. } = fleet.ask(request).await.unwrap() else { panic!() };
    events
}

fn text<'a>(event: &'a AuditEvent, key: &str) -> &'a str {
    let Some(Value::Text(text)) = event.entry.data.get(key) else { panic!("{key}: {event:?}") };
    text.as_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_certificate_is_in_the_trail_with_its_number_holder_end_and_cause() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let id = fleet.node("web1").unwrap().id.to_string();
    let key = pki::KeyPair::load(&fleet.server().unwrap().admin().key).unwrap();
    let csr = key.csr().unwrap().into();
    let Reply::Renewed(chain) = fleet.ask(Request::Renew { csr }).await.unwrap() else { panic!() };
    let mut seen: Vec<_> = trail(&mut fleet, "ca.issue")
        .await
        .iter()
        .map(|event| {
            let number = text(event, "serial");
            assert!(
                number.len() == 32 && number.bytes().all(|b| b.is_ascii_hexdigit()),
                "{number}"
            );
            assert!(text(event, "not_after").ends_with('Z'));
            let object = &event.entry.object;
            (object.kind.to_string(), text(event, "by").to_owned(), object.id.clone().unwrap())
        })
        .collect();
    seen.sort();
    let words: Vec<_> = seen.iter().map(|(kind, by, _)| format!("{kind} by {by}")).collect();
    assert_eq!(
        words,
        ["node by enrol", "operator by admin", "operator by renew", "server by server"]
    );
    assert_eq!(seen[0].2.as_str(), id);
    assert_eq!(chain.len(), 2);
    fleet.finish().await.unwrap();
}

/// An admin's identity as it was before a rotation.
fn old_admin(fleet: &Fleet) -> link::operator::Access {
    fleet.access().unwrap()
}

async fn online(fleet: &mut Fleet, names: &[String]) {
    for name in names {
        fleet.wait_online(name).await.unwrap();
    }
}

fn names(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("n{n}")).collect()
}

async fn leave(fleet: &mut Fleet, names: &[String]) {
    for name in names {
        fleet.kill(name).await;
    }
}

async fn come(fleet: &mut Fleet, names: &[String]) {
    for name in names {
        fleet.run(name).await.unwrap();
    }
    online(fleet, names).await;
}

/// T-42: ten of thirty are away in each phase of a rotation of the root, and three in all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_the_root_loses_nobody_who_was_away_in_any_phase() {
    let start = std::time::Instant::now();
    let mut fleet = Fleet::start().await.unwrap();
    for name in names(0..30) {
        fleet.enrol(&name).await.unwrap();
    }
    come(&mut fleet, &names(0..30)).await;
    let old = old_admin(&fleet);
    let before = fleet.authority().await.unwrap();

    leave(&mut fleet, &names(0..10)).await;
    assert_eq!(fleet.rotate(Some(CaKind::Root)).await.unwrap(), CaPhase::Init);
    let init = fleet.followed().await.unwrap();
    assert_eq!((init.waiting_total, init.roots.len()), (10, 2), "the absent are named");
    assert!(init.waiting.iter().all(|one| one.needs.as_str() == "trust" && !one.connected));

    leave(&mut fleet, &names(10..20)).await;
    come(&mut fleet, &names(3..10)).await;
    assert_eq!(fleet.rotate(None).await.unwrap(), CaPhase::Clients);
    fleet.followed().await.unwrap();

    leave(&mut fleet, &names(20..30)).await;
    come(&mut fleet, &names(10..20)).await;
    assert_eq!(fleet.rotate(None).await.unwrap(), CaPhase::Servers);
    assert_eq!(fleet.rotate(None).await.unwrap(), CaPhase::Standby);

    come(&mut fleet, &names(20..30)).await;
    come(&mut fleet, &names(0..3)).await;
    let after = fleet.followed().await.unwrap();
    assert_eq!((after.waiting_total, after.roots.len(), after.slots.len()), (0, 1, 1));
    assert_ne!(after.roots[0].pin, before.roots[0].pin);
    online(&mut fleet, &names(0..30)).await;

    let refused = link::operator::Operator::connect(&old, fleet.shutdown()).await.unwrap_err();
    assert!(refused.to_string().contains("another fleet"), "{refused}");
    println!("rotation: 30 agents, 10 away per phase, 3 in all: 0 lost, {:?}", start.elapsed());

    // All of it outlives the server.
    fleet.kill_server().await;
    fleet.start_server().await.unwrap();
    online(&mut fleet, &names(0..30)).await;
    assert_eq!(fleet.authority().await.unwrap().roots[0].pin, after.roots[0].pin);
    fleet.finish().await.unwrap();
}

/// T-42: the way back from each phase.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_rolls_back_from_each_phase_and_keeps_everybody() {
    let each = if std::env::var_os("TUNNELCTL_FULL").is_some() { 30 } else { 9 };
    let third = each / 3;
    println!("rollback: {each} agents, {third} away per phase");
    for steps in 1..=3 {
        let mut fleet = Fleet::start().await.unwrap();
        for name in names(0..each) {
            fleet.enrol(&name).await.unwrap();
        }
        come(&mut fleet, &names(0..each)).await;
        let before = fleet.authority().await.unwrap();
        leave(&mut fleet, &names(0..third)).await;
        fleet.rotate(Some(CaKind::Root)).await.unwrap();
        for step in 1..steps {
            let away = names(third * step..third * (step + 1));
            fleet.followed().await.unwrap();
            leave(&mut fleet, &away).await;
            fleet.rotate(None).await.unwrap();
        }
        let mut phase = fleet.roll_back().await.unwrap();
        if steps > 1 {
            assert_eq!(phase, CaPhase::Rollback);
            phase = fleet.roll_back().await.unwrap();
        }
        assert_eq!(phase, CaPhase::Standby);
        for name in names(0..third * steps) {
            fleet.run(&name).await.unwrap();
        }
        online(&mut fleet, &names(0..each)).await;
        let after = fleet.followed().await.unwrap();
        assert_eq!((after.waiting_total, after.roots.len()), (0, 1), "{:?}", after.waiting);
        assert_eq!(after.roots[0].pin, before.roots[0].pin);
        fleet.finish().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_those_who_are_connected_unless_forced() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.rotate(Some(CaKind::Root)).await.unwrap();
    fleet.followed().await.unwrap();
    // It hears nothing any more, but its link is not known to be dead yet.
    fleet.node("web1").unwrap().weather.change(testbed::Sky::BlackHole);
    let intent = wire::message::operator::Intent::default;
    let step = |force| Request::CaRotate { kind: None, signed: None, force, intent: intent() };
    fleet.ask(step(false)).await.unwrap();
    let refused = fleet.ask(step(false)).await.unwrap_err().to_string();
    assert!(refused.contains("not followed yet: web1"), "{refused}");
    fleet.ask(step(true)).await.unwrap();
    let again = fleet.ask(Request::CaRotate {
        kind: Some(CaKind::Root),
        signed: None,
        force: true,
        intent: intent(),
    });
    assert!(again.await.unwrap_err().to_string().contains("under way"));
    let actions = trail(&mut fleet, "ca.rotate").await;
    let phases: Vec<_> = actions.iter().map(|event| text(event, "phase").to_owned()).collect();
    assert_eq!(phases, ["init", "clients", "servers"]);
    fleet.finish().await.unwrap();
}

/// The published list: other programs read it; it names what was revoked and still valid.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_nodes_certificates_are_on_the_list_and_others_are_not() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.add("web2").await.unwrap();
    let issued = trail(&mut fleet, "ca.issue").await;
    let of = |name: &str| {
        let holder =
            |e: &&AuditEvent| e.entry.object.name.as_ref().is_some_and(|n| n.as_str() == name);
        let number = text(issued.iter().find(holder).unwrap(), "serial");
        let byte = |at: usize| u8::from_str_radix(&number[2 * at..2 * at + 2], 16).unwrap();
        (0..16).map(byte).collect::<Vec<u8>>()
    };
    let (revoked, other) = (of("web1"), of("web2"));
    let names = |list: &[u8], serial: &[u8]| list.windows(serial.len()).any(|w| w == serial);
    assert!(!names(&list(&fleet).await, &revoked));
    fleet.revoke("web1").await.unwrap();
    testbed::until("the list", testbed::fleet::PATIENCE, || async {
        names(&list(&fleet).await, &revoked).then_some(())
    })
    .await
    .unwrap();
    assert!(!names(&list(&fleet).await, &other));
    let Reply::Crl(pem) = fleet.ask(Request::CaCrl).await.unwrap() else { panic!() };
    assert!(pem.starts_with("-----BEGIN X509 CRL-----"));
    fleet.finish().await.unwrap();
}

/// What the server publishes at `/ca.crl`, DER.
async fn list(fleet: &Fleet) -> Vec<u8> {
    let tls = link::tls::ClientTls::pinned(fleet.server().unwrap().admin().ca_pin).unwrap();
    let address = fleet.address().unwrap().to_string();
    let conn = link::dial::dial(&address, &tls, wire::alpn::HTTP, testbed::fleet::PATIENCE);
    let mut conn = conn.await.unwrap();
    conn.io.write_all(b"GET /ca.crl HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    conn.io.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    answer.split_off(head + 4)
}

/// A machine whose clock is behind by this much.
#[derive(Debug)]
struct Behind(std::time::Duration);

impl link::Clock for Behind {
    fn now(&self) -> std::time::Instant {
        link::System.now()
    }

    fn wall(&self) -> wire::UnixMs {
        wire::UnixMs(link::System.wall().0 - u64::try_from(self.0.as_millis()).unwrap())
    }
}

/// A fleet that was made so many days ago; `export` takes its root's key away.
async fn made_ago(days: u64, export: bool) -> Fleet {
    let age = std::time::Duration::from_secs(days * 86_400);
    Fleet::with(|config| {
        let clock: link::SharedClock = std::sync::Arc::new(Behind(age));
        fleet_server::init(config, &clock).unwrap();
        if export {
            pki::authority::export_root(&config.dir, &config.dir.with_extension("root")).unwrap();
        }
    })
    .await
    .unwrap()
}

async fn seen(fleet: &mut Fleet) -> (Option<String>, Option<bool>, String) {
    let Reply::Server(server) = fleet.ask(Request::Server).await.unwrap() else { panic!() };
    let check = server.checks.iter().find(|check| check.id.as_str() == "ca");
    let view = fleet.authority().await.unwrap();
    let Reply::Metrics(text) = fleet.ask(Request::Metrics).await.unwrap() else { panic!() };
    let line = text.lines().find(|line| line.starts_with("tunnelctl_ca_rotation_due "));
    let check = check.map(|check| format!("{} {}", check.status, check.message));
    (check, view.due.map(|due| due.late), line.unwrap().to_owned())
}

/// With the root's key elsewhere the issuing key just ended one day, and nobody had said anything.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_issuing_key_is_said_in_time_when_the_root_is_elsewhere() {
    for (days, export, word, late) in [
        (10, true, None, None),
        (300, false, None, None),
        (300, true, Some("warn"), Some(false)),
        (480, true, Some("fail"), Some(true)),
    ] {
        let mut fleet = made_ago(days, export).await;
        // Looked at by a task of its own, and each time somebody asks for the authority.
        fleet.authority().await.unwrap();
        let (check, due, metric) = seen(&mut fleet).await;
        assert_eq!(due, late, "{days} {export}: {check:?}");
        let number = late.map_or(0, |late| if late { 2 } else { 1 });
        assert_eq!(metric, format!("tunnelctl_ca_rotation_due {number}"));
        match (word, check) {
            (None, None) => {}
            (Some(word), Some(check)) => {
                assert!(check.starts_with(word), "{check}");
                assert!(check.contains("tunnelctl ca rotate --root-key FILE"), "{check}");
            }
            (_, check) => panic!("{days} {export}: {check:?}"),
        }
        fleet.finish().await.unwrap();
    }
}

/// The server's own copy of the local admin's certificate is renewed by itself: what others of his show was
/// taken for renewed with it, and refused after the last phase.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_offered_a_certificate_by_the_one_he_shows() {
    let mut fleet = Fleet::start().await.unwrap();
    let context = old_admin(&fleet);
    fleet.rotate(Some(CaKind::Issuing)).await.unwrap();
    assert_eq!(fleet.rotate(None).await.unwrap(), CaPhase::Clients);
    // The copy in the data directory follows.
    testbed::until("the server's own copy", testbed::fleet::PATIENCE, || async {
        let copy = fleet.access().ok()?;
        let shown = link::operator::Operator::connect(&copy, fleet.shutdown()).await.ok()?;
        let offer = shown.trust_feed().offered();
        offer.is_none_or(|offer| offer.renew_within_ms.is_none()).then_some(())
    })
    .await
    .unwrap();
    let shown = link::operator::Operator::connect(&context, fleet.shutdown()).await.unwrap();
    let offer = shown.trust_feed().offered().expect("the context's certificate is the old one");
    assert!(offer.renew_within_ms.is_some());
    fleet.finish().await.unwrap();
}
