//! A running agent against a real listener: sessions, lanes, tunnels, cuts, renewal, endings.
// Tests may stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod server;

use agent::enrol::{EnrolSpec, enrol};
use agent::{Agent, AgentError, Phase};
use link::lane::{Lane, LaneStream};
use link::splice::{Cut, End, Limits, splice};
use server::{Control, DAY, Server, node, soon};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpListener;
use wire::message::tunnel::{AgentOpen, Answer, TunnelType};
use wire::message::{ToAgent, ToServer};
use wire::{CloseReason, DisconnectReason, Target, TunnelId};

/// An enrolled and running agent, connected, with one lane.
async fn connected() -> (Server, Agent, Control, Lane) {
    let (server, agent) = started(DAY).await;
    let control = server.welcome(1, 1).await;
    let lane = server.lane(&control).await;
    (server, agent, control, lane)
}

async fn started(lifetime: Duration) -> (Server, Agent) {
    let server = Server::start().await;
    let spec = EnrolSpec {
        dir: server.state(),
        token: server.token(),
        servers: Vec::new(),
        ca_pin: None,
        name: None,
        labels: wire::Labels::default(),
        allow: Vec::new(),
        force: false,
        wait: Duration::ZERO,
        ways: Default::default(),
    };
    let (enrolled, _) = tokio::join!(enrol(spec, |_| {}), server.enrol(lifetime));
    enrolled.unwrap();
    let agent = Agent::start(&server.state(), link::System::shared()).await.unwrap();
    (server, agent)
}

async fn phase(agent: &Agent, want: impl Fn(&Phase) -> bool) -> Phase {
    let mut phase = agent.phase();
    soon(phase.wait_for(|phase| want(phase))).await.unwrap().clone()
}

fn open(id: u64, host: &str, port: u16) -> AgentOpen {
    AgentOpen {
        at_node: None,
        compress: None,
        tunnel: TunnelId::from_random(id),
        target: Target { host: host.to_owned(), port },
        kind: TunnelType::Forward,
        dial_ms: 5000,
        max_ms: None,
    }
}

async fn ask(lane: &Lane, open: &AgentOpen) -> (Answer, LaneStream) {
    let mut stream = soon(lane.open()).await.unwrap();
    soon(stream.send(open)).await.unwrap();
    (soon(stream.receive()).await.unwrap(), stream)
}

/// A service that sends back what it gets.
async fn echo(server: &Server) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    server.shutdown.spawn("echo", async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let (mut read, mut write) = tcp.split();
            let _ = tokio::io::copy(&mut read, &mut write).await;
        }
    });
    port
}

/// The operator's end of a tunnel.
fn operator_end(server: &Server, stream: LaneStream) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(4096);
    let (read, write) = tokio::io::split(theirs);
    let client = End::Pipe(Box::new(read), Box::new(write));
    server.shutdown.spawn("operator", async move {
        splice(client, End::Lane(stream), Arc::default(), Limits::default(), Cut::new()).await;
    });
    ours
}

#[tokio::test]
async fn bytes_reach_an_allowed_target_and_the_record_counts_them() {
    let (server, agent, mut control, lane) = connected().await;
    let Phase::Connected { node: who, generation, .. } =
        phase(&agent, |p| matches!(p, Phase::Connected { .. })).await
    else {
        panic!("not connected")
    };
    assert_eq!((who, generation.0), (node(), 1));
    let (answer, stream) = ask(&lane, &open(1, "localhost", echo(&server).await)).await;
    let Answer::Opened(opened) = answer else { panic!("{answer:?}") };
    assert!(opened.address.unwrap().as_str().starts_with("127.0.0.1:"));
    let mut end = operator_end(&server, stream);
    end.write_all(b"hello").await.unwrap();
    let mut back = [0; 5];
    soon(end.read_exact(&mut back)).await.unwrap();
    assert_eq!(&back, b"hello");
    end.shutdown().await.unwrap();
    let record = control.next().await.body.unwrap();
    let ToServer::TunnelEnded { tunnel, up_bytes, down_bytes, .. } = record else {
        panic!("{record:?}")
    };
    assert_eq!((tunnel, up_bytes, down_bytes), (TunnelId::from_random(1), 5, 5));
}

#[tokio::test]
async fn what_the_node_does_not_allow_is_refused_with_a_reason() {
    let (server, _agent, control, lane) = connected().await;
    let port = echo(&server).await;
    for (id, host, want) in [
        (1, "10.0.0.1", CloseReason::TargetNotAllowed),
        (2, "169.254.169.254", CloseReason::TargetNotAllowed),
        (3, "0.0.0.0", CloseReason::TargetNotAllowed),
        (4, "no such host", CloseReason::TargetNotAllowed),
    ] {
        let (answer, _) = ask(&lane, &open(id, host, port)).await;
        assert!(matches!(&answer, Answer::Refused { reason, .. } if *reason == want), "{answer:?}");
    }
    // The server can narrow what the node allows, at once.
    control.sender.send(ToAgent::Narrow { allow: Some(vec!["localhost:1".into()]) }).unwrap();
    control.sender.flushed().await.unwrap();
    let refused = async {
        let mut id = 10;
        loop {
            id += 1;
            let (answer, _) = ask(&lane, &open(id, "localhost", port)).await;
            if matches!(answer, Answer::Refused { reason: CloseReason::TargetNotAllowed, .. }) {
                return;
            }
        }
    };
    soon(refused).await;
}

#[tokio::test]
async fn a_cut_is_confirmed_after_the_tunnel_ended() {
    let (server, _agent, mut control, lane) = connected().await;
    let (answer, stream) = ask(&lane, &open(1, "localhost", echo(&server).await)).await;
    assert!(matches!(answer, Answer::Opened(_)));
    let mut end = operator_end(&server, stream);
    let tunnels = vec![TunnelId::from_random(1)];
    let asked =
        control.sender.send(ToAgent::Cut { tunnels, reason: CloseReason::Revoked }).unwrap();
    let (mut record, mut done) = (None, None);
    while record.is_none() || done.is_none() {
        let message = control.next().await;
        match message.body.unwrap() {
            ToServer::TunnelEnded { reason, .. } => record = Some(reason),
            ToServer::CutDone => done = message.reply_to,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((record, done), (Some(CloseReason::Revoked), Some(asked)));
    let mut rest = Vec::new();
    let _ = soon(end.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_grant_ends_at_the_node_by_itself() {
    let (server, _agent, mut control, lane) = connected().await;
    let mut grant = open(1, "localhost", echo(&server).await);
    grant.max_ms = Some(300);
    let (answer, stream) = ask(&lane, &grant).await;
    assert!(matches!(answer, Answer::Opened(_)));
    let _end = operator_end(&server, stream);
    let record = control.next().await.body;
    assert!(
        matches!(record, Some(ToServer::TunnelEnded { reason: CloseReason::Max, .. })),
        "{record:?}"
    );
}

#[tokio::test]
async fn a_heartbeat_is_echoed_at_once_and_an_answer_without_a_body_is_no_end() {
    let (server, _agent) = started(DAY).await;
    let mut control = server.welcome(1, 0).await;
    for nonce in [77, 78] {
        control.sender.unsupported(0).unwrap();
        control.sender.send(ToAgent::Heartbeat { nonce, clock_ms: 1, rtt_us: None }).unwrap();
        let beat = control.next().await;
        assert_eq!(beat.reply_to, None, "an answer was answered");
        assert!(
            matches!(beat.body, Some(ToServer::Heartbeat { echo: Some(n), .. }) if n == nonce),
            "{:?}",
            beat.body
        );
    }
}

#[tokio::test]
async fn a_lost_session_comes_back_and_says_how_it_was_lost() {
    let (server, agent, control, lane) = connected().await;
    let (_, stream) = ask(&lane, &open(1, "localhost", echo(&server).await)).await;
    control.part.cancel();
    drop(control);
    drop(stream);
    let again = server.welcome(2, 0).await;
    let Some(ToServer::Hello { returned: Some(returned), .. }) = &again.hello.body else {
        panic!("{:?}", again.hello)
    };
    assert_eq!(returned.tries, 1);
    phase(&agent, |p| matches!(p, Phase::Connected { generation, .. } if generation.0 == 2)).await;
}

#[tokio::test]
async fn a_certificate_is_renewed_without_a_reconnect() {
    let (server, agent) = started(Duration::from_secs(4)).await;
    let mut control = server.welcome(1, 0).await;
    let before = std::fs::read(server.state().join("identity.json")).unwrap();
    let request = control.next().await;
    let Some(ToServer::Renew { csr }) = request.body else { panic!("{request:?}") };
    let issued = server.issue(node(), &csr, DAY);
    let chain = issued.chain.iter().map(|c| c.to_vec().into()).collect();
    control.sender.reply(request.id, ToAgent::Renewed { chain, trust: None }).unwrap();
    control.sender.send(ToAgent::Heartbeat { nonce: 5, clock_ms: 1, rtt_us: None }).unwrap();
    let kept = control.next().await.body;
    assert!(matches!(kept, Some(ToServer::Kept { .. })), "{kept:?}");
    let beat = control.next().await.body;
    assert!(matches!(beat, Some(ToServer::Heartbeat { echo: Some(5), .. })), "{beat:?}");
    assert_ne!(std::fs::read(server.state().join("identity.json")).unwrap(), before);
    let expires = agent::status(&server.state()).unwrap().certificate_expires_at.unwrap();
    assert_eq!(expires.0, issued.not_after_ms);
    assert!(matches!(*agent.phase().borrow(), Phase::Connected { .. }));
}

#[tokio::test]
async fn a_revoked_agent_stops_for_good() {
    let (_server, agent, control, _lane) = connected().await;
    control.sender.send(ToAgent::Bye { reason: DisconnectReason::Revoked }).unwrap();
    phase(&agent, |p| *p == Phase::Revoked).await;
}

#[tokio::test]
async fn a_handshake_refused_as_revoked_stops_the_agent() {
    let (server, agent) = started(DAY).await;
    let control = server.welcome(1, 0).await;
    let mut files = std::fs::read_dir(server.state()).unwrap().map(|file| file.unwrap().path());
    let key = files.find(|path| path.extension().is_some_and(|ext| ext == "key")).unwrap();
    server.revoked.insert(pki::KeyPair::load(&key).unwrap().spki());
    control.part.cancel();
    drop(control);
    let refusing = async {
        while !matches!(*agent.phase().borrow(), Phase::Revoked) {
            let _ = tokio::time::timeout(Duration::from_millis(50), server.handshake()).await;
        }
    };
    soon(refusing).await;
}

#[tokio::test]
async fn a_superseded_agent_waits() {
    let (server, agent) = started(DAY).await;
    let control = server.welcome(1, 0).await;
    control.sender.send(ToAgent::Bye { reason: DisconnectReason::Superseded }).unwrap();
    let waiting = phase(&agent, |p| matches!(p, Phase::Connecting { error: Some(_), .. })).await;
    let Phase::Connecting { error: Some(error), .. } = waiting else { panic!("{waiting:?}") };
    assert!(error.contains("another agent"), "{error}");
    // Somebody who knows better can ask for a try at once.
    agent.retry_now();
    server.welcome(2, 0).await;
}

#[tokio::test]
async fn stopping_says_goodbye_and_frees_the_directory() {
    let (server, agent, mut control, _lane) = connected().await;
    let second = Agent::start(&server.state(), link::System::shared()).await;
    assert!(
        matches!(&second, Err(AgentError::InUse { pid, .. }) if *pid == std::process::id().to_string())
    );
    agent.stop(Duration::from_secs(5)).await;
    let bye = control.next().await.body;
    assert_eq!(bye, Some(ToServer::Bye { reason: DisconnectReason::AgentStopped }));
    assert!(control.ended().await);
    assert_eq!(agent::status(&server.state()).unwrap().state, "stopped");
    let third = Agent::start(&server.state(), link::System::shared()).await.unwrap();
    third.abort().await;
}

#[tokio::test]
async fn the_status_file_follows_the_agent() {
    let (server, agent, _control, _lane) = connected().await;
    let online = async {
        loop {
            let status = agent::status(&server.state()).unwrap();
            if status.state == "online" {
                return status;
            }
            tokio::task::yield_now().await;
        }
    };
    let status = soon(online).await;
    assert_eq!((status.generation, status.server), (Some(1), Some(server.address())));
    agent.abort().await;
}

#[tokio::test]
async fn a_changed_allowlist_is_told_and_cuts_what_it_no_longer_allows() {
    let (server, agent, mut control, lane) = connected().await;
    let (answer, stream) = ask(&lane, &open(1, "localhost", echo(&server).await)).await;
    assert!(matches!(answer, Answer::Opened(_)));
    let _end = operator_end(&server, stream);
    agent::Config::set(&server.state(), "allow", &["10.0.0.0/8:22".to_owned()]).unwrap();
    agent.retry_now();
    let (mut told, mut cut) = (false, false);
    while !(told && cut) {
        match control.next().await.body.unwrap() {
            ToServer::Allow { allow, .. } => {
                told = allow.iter().map(wire::SafeText::as_str).eq(["10.0.0.0/8:22"]);
            }
            ToServer::TunnelEnded { reason, .. } => cut = reason == CloseReason::TargetNotAllowed,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn loose_and_missing_directories_are_refused() {
    let (server, agent) = started(DAY).await;
    agent.abort().await;
    let missing = server.state().join("nothing");
    let error = Agent::start(&missing, link::System::shared()).await.unwrap_err();
    assert!(matches!(error, AgentError::NotEnrolled { .. }), "{error}");
    let loose = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(server.state(), loose).unwrap();
    let error = Agent::start(&server.state(), link::System::shared()).await.unwrap_err();
    assert!(error.to_string().contains("chmod"), "{error}");
}
