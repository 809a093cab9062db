//! The configuration is read again while the server runs: what can change does and the rest is named,
//! or nothing changes at all. With the shipped binary: `console/tests/cli_server.rs`.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use fleet_server::Config;
use link::operator::OperatorError;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::because;
use testbed::{Fleet, PublicAuthority, until};
use wire::message::operator::{Intent, Reply, Request};
use wire::message::view::{Permission, ReloadView, ServerView};
use wire::{Refusal, RefusalCode, SafeText, Target};

const DAY: Duration = Duration::from_secs(86_400);

/// What the next reload reads.
type Next = Arc<Mutex<Result<Config, String>>>;

/// A fleet whose server reads its configuration from the test.
async fn stage() -> (Fleet, Config, Next) {
    let mut given = None;
    let fleet = Fleet::with(|config| given = Some(config.clone())).await.unwrap();
    let given = given.unwrap();
    let next: Next = Arc::new(Mutex::new(Ok(given.clone())));
    let read = Arc::clone(&next);
    fleet.server().unwrap().follow(Box::new(move || read.lock().unwrap().clone()));
    (fleet, given, next)
}

async fn asked(fleet: &mut Fleet, intent: Intent) -> Result<ReloadView, Refusal> {
    let operator = fleet.operator().await.unwrap();
    match operator.request(Request::Reload(intent)).await {
        Ok(Reply::Reloaded(view)) => Ok(view),
        Err(OperatorError::Refused(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

async fn server(fleet: &mut Fleet) -> ServerView {
    match fleet.ask(Request::Server).await.unwrap() {
        Reply::Server(view) => view,
        other => panic!("{other:?}"),
    }
}

fn words(keys: &[SafeText]) -> Vec<&str> {
    keys.iter().map(SafeText::as_str).collect()
}

/// Twenty numbers apart from those of the fleet.
fn moved(config: &Config) -> (u16, u16) {
    let (first, last) = config.port_range;
    if last < 60_000 { (last + 1, last + 20) } else { (first - 20, first - 1) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_change_is_in_use_at_once_and_the_rest_is_named_until_a_restart() {
    let (mut fleet, given, next) = stage().await;
    fleet.add("web1").await.unwrap();
    let target: Target = "localhost:1".parse().unwrap();
    let port_range = moved(&given);
    let heartbeat = given.heartbeat + Duration::from_millis(1);
    let new = Config {
        port_range,
        heartbeat,
        dead_after: heartbeat * 3,
        min_agent_version: "99.0.0".to_owned(),
        ..given
    };
    *next.lock().unwrap() = Ok(new.clone());

    let plan = asked(&mut fleet, Intent { dry_run: true, ..because() }).await.unwrap();
    assert!(plan.planned);
    assert_eq!(words(&plan.applied), ["port_range", "min_agent_version"]);
    assert_eq!(words(&plan.restart), ["heartbeat", "dead_after"]);
    assert_ne!(server(&mut fleet).await.port_range, port_range);

    let done = asked(&mut fleet, because()).await.unwrap();
    assert_eq!(done, ReloadView { planned: false, ..plan.clone() });
    assert_eq!(server(&mut fleet).await.port_range, port_range);
    let port = fleet.publish("db", "web1", target, None).await.unwrap();
    assert!((port_range.0..=port_range.1).contains(&port.public.port), "{port:?}");
    // What is connected stays; who comes anew is held to the new version.
    fleet.wait_online("web1").await.unwrap();
    fleet.stop("web1").await;
    fleet.run("web1").await.unwrap();
    let refused = || async {
        let phase = format!("{:?}", fleet.node("web1").unwrap().phase());
        phase.contains("99.0.0").then_some(())
    };
    until("the agent is told that it is too old", PATIENCE, refused).await.unwrap();

    // What waits for a restart is named until there is one; what is in use is nothing new.
    let again = asked(&mut fleet, because()).await.unwrap();
    assert_eq!((words(&again.applied).len(), again.restart), (0, plan.restart));
    let trail = fleet.audit().await.unwrap();
    let records: Vec<_> =
        trail.iter().filter(|e| e.entry.action.as_str() == "server.reload").collect();
    assert_eq!(records.len(), 2, "a plan is not recorded: {records:?}");
    let text = format!("{:?}", records[0]);
    assert!(text.contains("port_range,min_agent_version") && text.contains("heartbeat"), "{text}");
    assert!(records.iter().all(|e| e.entry.actor.operator.is_some()), "{records:?}");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_no_good_changes_nothing_at_all() {
    let (mut fleet, given, next) = stage().await;
    let before = server(&mut fleet).await.port_range;
    let dir = tempfile::tempdir().unwrap();
    let authority = PublicAuthority::new(dir.path()).unwrap();
    let pair = authority.issue("site", &["tun.example.eu"], DAY).unwrap();
    let other = authority.issue("other", &["tun.example.eu"], DAY).unwrap();
    let changed = Config { port_range: moved(&given), ..given };
    let with = |key| Config {
        tls_cert: vec![pair.certificate.clone()],
        tls_key: vec![key],
        ..changed.clone()
    };
    for (wrong, said) in [
        (Err("server.toml: unknown key; did you mean listen?".to_owned()), "did you mean listen?"),
        (Ok(Config { warm_lanes: 1000, ..changed.clone() }), "warm_lanes"),
        (Ok(with(other.key)), "the key is not the certificate's"),
    ] {
        *next.lock().unwrap() = wrong;
        for dry_run in [true, false] {
            let refusal = asked(&mut fleet, Intent { dry_run, ..because() }).await.unwrap_err();
            assert_eq!(refusal.code, RefusalCode::Usage, "{refusal}");
            assert!(refusal.message.as_str().contains(said), "{refusal}");
        }
        assert_eq!(server(&mut fleet).await.port_range, before, "half of it was taken");
    }
    assert!(
        fleet.audit().await.unwrap().iter().all(|e| e.entry.action.as_str() != "server.reload")
    );
    // Mended, it is taken as a whole.
    *next.lock().unwrap() = Ok(with(pair.key));
    let done = asked(&mut fleet, because()).await.unwrap();
    assert_eq!(words(&done.applied), ["tls_cert", "tls_key", "port_range"]);
    assert_eq!(done.certificates[0].name.as_str(), "public tun.example.eu");
    let certificates = server(&mut fleet).await.certificates;
    assert!(certificates.contains(&done.certificates[0]), "{certificates:?}");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_a_role_that_permits_it() {
    let (mut fleet, _, _) = stage().await;
    fleet.role("reader", &[Permission::ServerRead, Permission::ServerDrain]).await.unwrap();
    let jon = fleet.person("jon", "reader").await.unwrap();
    match jon.request(Request::Reload(because())).await {
        Err(OperatorError::Refused(refusal)) => {
            assert_eq!(refusal.code, RefusalCode::Denied);
            assert!(refusal.message.as_str().ends_with("server.reload"), "{refusal}");
        }
        other => panic!("{other:?}"),
    }
    fleet.finish().await.unwrap();
}
