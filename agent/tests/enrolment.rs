//! Enrolment against a real listener: the pin, the lost reply, the refusal, what is kept.
// Tests may stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod server;

use agent::enrol::{EnrolError, EnrolSpec, Enrolled, Step, enrol};
use link::dial::DialError;
use server::{DAY, Server, answer, exists, name, node};
use std::path::Path;
use std::time::Duration;
use wire::message::enrol::EnrolReply;
use wire::{Labels, Refusal, RefusalCode};

fn spec(dir: &Path, token: String) -> EnrolSpec {
    EnrolSpec {
        dir: dir.to_owned(),
        token,
        servers: Vec::new(),
        ca_pin: None,
        name: Some(name()),
        labels: Labels::new([("edge".to_owned(), String::new())].into()).unwrap(),
        allow: vec!["10.0.0.0/8:443".to_owned()],
        force: false,
        wait: Duration::ZERO,
        ways: Default::default(),
    }
}

async fn run(spec: EnrolSpec) -> Result<Enrolled, EnrolError> {
    enrol(spec, |_| {}).await
}

#[tokio::test]
async fn an_enrolled_node_keeps_identity_allowlist_and_labels() {
    let server = Server::start().await;
    let dir = server.state();
    let mut steps = Vec::new();
    let (enrolled, request) =
        tokio::join!(enrol(spec(&dir, server.token()), |step| steps.push(step)), server.enrol(DAY));
    let enrolled = enrolled.unwrap();
    assert_eq!((enrolled.id, enrolled.name, enrolled.server), (node(), name(), server.address()));
    assert!(matches!(&steps[..], [Step::Server { .. }, Step::Key { .. }, Step::Enrolled]));
    assert_eq!(request.name, Some(name()));
    let config = agent::Config::load(&dir).unwrap();
    assert_eq!(config.allow, ["localhost:*", "10.0.0.0/8:443"]);
    assert!(config.labels.pairs().contains_key("edge"));
    assert!(!exists(&dir, "pending.key") && exists(&dir, "ca.pem"));
    let status = agent::status(&dir).unwrap();
    assert_eq!((status.state.as_str(), status.name.as_deref()), ("stopped", Some("web1")));
}

#[tokio::test]
async fn a_token_never_reaches_a_server_of_another_authority() {
    let server = Server::start().await;
    let token = server.token_with_pin([7; 32]);
    let (refused, handshake) = tokio::join!(run(spec(&server.state(), token)), server.handshake());
    assert!(matches!(refused, Err(EnrolError::Dial(DialError::WrongCa { .. }))), "{refused:?}");
    assert!(handshake.is_none());
    assert!(!exists(&server.state(), "identity.json"));
}

#[tokio::test]
async fn a_given_pin_must_be_the_tokens() {
    let server = Server::start().await;
    let mut spec = spec(&server.state(), server.token());
    spec.ca_pin = Some([7; 32]);
    assert!(matches!(run(spec).await, Err(EnrolError::OtherCa)));
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_again_with_the_same_key() {
    let server = Server::start().await;
    let (dir, token) = (server.state(), server.token());
    let (lost, first) = tokio::join!(run(spec(&dir, token.clone())), async {
        // The connection ends with the request unanswered.
        server.enrolment().await.0
    });
    assert!(lost.is_err());
    assert!(exists(&dir, "pending.key") && !exists(&dir, "identity.json"));
    let (enrolled, second) = tokio::join!(run(spec(&dir, token)), server.enrol(DAY));
    enrolled.unwrap();
    let key = |csr: &[u8]| server.issue(node(), csr, DAY).spki;
    assert_eq!(key(&first.csr), key(&second.csr));
    assert_eq!(first.secret, second.secret);
}

#[tokio::test]
async fn a_second_enrolment_needs_force_and_then_has_another_key() {
    let server = Server::start().await;
    let dir = server.state();
    let (first, _) = tokio::join!(run(spec(&dir, server.token())), server.enrol(DAY));
    let again = run(spec(&dir, server.token())).await;
    assert!(matches!(&again, Err(EnrolError::Already { name, .. }) if name == "web1"), "{again:?}");
    let mut forced = spec(&dir, server.token());
    forced.force = true;
    let (second, _) = tokio::join!(run(forced), server.enrol(DAY));
    assert_ne!(first.unwrap().fingerprint, second.unwrap().fingerprint);
}

#[tokio::test]
async fn a_refusal_comes_through_and_leaves_no_identity() {
    let server = Server::start().await;
    let dir = server.state();
    let no = Refusal::new(RefusalCode::Denied, "the token is not valid");
    let (refused, ()) = tokio::join!(run(spec(&dir, server.token())), async {
        let (_, conn) = server.enrolment().await;
        answer(conn, &EnrolReply::Refused(no.clone())).await;
    });
    assert!(matches!(refused, Err(EnrolError::Refused(got)) if got == no));
    assert!(!exists(&dir, "identity.json"));
}

#[tokio::test]
async fn a_certificate_for_somebody_else_is_not_kept() {
    let server = Server::start().await;
    let dir = server.state();
    let other = pki::KeyPair::generate().unwrap().csr().unwrap();
    let (refused, ()) = tokio::join!(run(spec(&dir, server.token())), async {
        let (mut request, conn) = server.enrolment().await;
        request.csr = other.into();
        answer(conn, &server.granted(&request, DAY)).await;
    });
    assert!(matches!(refused, Err(EnrolError::Pki(_))));
    assert!(!exists(&dir, "identity.json"));
}

#[tokio::test]
async fn a_root_that_is_not_the_pinned_one_is_not_kept() {
    let (server, foreign) = (Server::start().await, Server::start().await);
    let dir = server.state();
    let (refused, ()) = tokio::join!(run(spec(&dir, server.token())), async {
        let (request, conn) = server.enrolment().await;
        answer(conn, &foreign.granted(&request, DAY)).await;
    });
    assert!(matches!(refused, Err(EnrolError::Protocol(_))), "{refused:?}");
    assert!(!exists(&dir, "identity.json"));
}

#[tokio::test]
async fn an_invalid_target_is_found_before_anything_happens() {
    let server = Server::start().await;
    let mut spec = spec(&server.state(), server.token());
    spec.allow = vec!["everything".to_owned()];
    assert!(matches!(run(spec).await, Err(EnrolError::Config(_))));
    assert!(!server.state().exists());
}
