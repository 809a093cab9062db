//! Enrolment, end to end: exactly once, pinned, answered again after a lost reply, nothing half-applied.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

use agent::enrol::{EnrolError, EnrolSpec, enrol};
use pki::Token;
use std::path::Path;
use testbed::Fleet;
use tokio::task::JoinSet;
use wire::message::operator::{Intent, Reply, Request};
use wire::{Labels, RefusalCode};

fn spec(dir: &Path, token: &str, name: &str) -> EnrolSpec {
    EnrolSpec {
        dir: dir.to_owned(),
        token: token.to_owned(),
        servers: Vec::new(),
        ca_pin: None,
        name: Some(name.parse().unwrap()),
        labels: Labels::default(),
        allow: Vec::new(),
        force: false,
    }
}

fn refusal(error: &EnrolError) -> (RefusalCode, String) {
    match error {
        EnrolError::Refused(refusal) => (refusal.code, refusal.message.to_string()),
        other => panic!("not a refusal: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_enrols_and_comes_online_with_its_name() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let view = fleet.view("web1").await.unwrap();
    assert_eq!(view.name.as_str(), "web1");
    assert!(view.state.is_connected());
    assert_eq!(view.generation.0, 1);
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_makes_exactly_one_node_of_many_that_race() {
    let mut fleet = Fleet::start().await.unwrap();
    let token = fleet.token("race").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut racers = JoinSet::new();
    for n in 0..10 {
        let spec = spec(&dir.path().join(n.to_string()), &token, &format!("racer{n}"));
        racers.spawn(async move { enrol(spec, |_| {}).await });
    }
    let results = racers.join_all().await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    for error in results.iter().filter_map(|r| r.as_ref().err()) {
        assert_eq!(refusal(error).0, RefusalCode::Denied);
    }
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_used_and_revoked_tokens_are_refused_with_one_text() {
    let mut fleet = Fleet::start().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let used = fleet.token("used").await.unwrap();
    enrol(spec(&dir.path().join("a"), &used, "a"), |_| {}).await.unwrap();
    let revoked = fleet.token("revoked").await.unwrap();
    let request = Request::TokenRevoke { token: "revoked".into(), intent: Intent::default() };
    fleet.ask(request).await.unwrap();
    let pin = fleet.server().unwrap().admin().ca_pin;
    let address = fleet.address().unwrap().to_string();
    let unknown = Token::generate(pin, vec![address]).unwrap().reveal().to_string();
    let mut texts = Vec::new();
    for (n, token) in [used, revoked, unknown].iter().enumerate() {
        let spec = spec(&dir.path().join(format!("refused{n}")), token, &format!("refused{n}"));
        texts.push(refusal(&enrol(spec, |_| {}).await.unwrap_err()));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert_eq!(texts[0].0, RefusalCode::Denied);
    let Reply::Nodes(nodes, _) = fleet.ask(Request::Nodes(page())).await.unwrap() else { panic!() };
    assert_eq!(nodes.len(), 1, "nothing half-applied");
    fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_fleet_never_leaves_the_machine() {
    let mut fleet = Fleet::start().await.unwrap();
    let other = Fleet::start().await.unwrap();
    let pin = other.server().unwrap().admin().ca_pin;
    let token = Token::generate(pin, vec![fleet.address().unwrap().to_string()]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = enrol(spec(&dir.path().join("a"), &token.reveal(), "a"), |_| {}).await.unwrap_err();
    assert!(matches!(error, EnrolError::Dial(link::dial::DialError::WrongCa { .. })), "{error}");
    let head = match fleet
        .ask(Request::Audit {
            after: None,
            backwards: true,
            limit: 50,
            action: Some("token.".into()),
            since: None,
            until: None,
        })
        .await
        .unwrap()
    {
        Reply::Audit { events, .. } => events,
        other => panic!("{other:?}"),
    };
    assert!(head.is_empty(), "the token reached the wrong server: {head:?}");
    fleet.finish().await.unwrap();
    other.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_is_a_conflict_and_leaves_the_token_usable() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let token = fleet.token("second").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = enrol(spec(&dir.path().join("a"), &token, "web1"), |_| {}).await.unwrap_err();
    assert_eq!(refusal(&error).0, RefusalCode::Conflict);
    enrol(spec(&dir.path().join("a"), &token, "web2"), |_| {}).await.unwrap();
    fleet.finish().await.unwrap();
}

fn page() -> wire::message::operator::Page {
    wire::message::operator::Page { after: None, limit: 100 }
}
