//! Who gets through the handshake, as whom, and what the others are told.

// Tests stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "a test awaits the handles of what it spawns")]

mod rig;

use link::dial::{AcceptError, Conn, DialError, accept, dial, unwelcome};
use link::ladder::Ladder;
use link::peer::PeerId;
use link::tls::{ClientTls, ServerTls};
use link::{Clock, System};
use pki::{KeyPair, Role, Subject};
use rig::{Fleet, PATIENCE, soon};
use rustls::HandshakeKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use wire::alpn;

/// Accepts one connection; what the server made of it.
async fn server(tls: &ServerTls) -> (SocketAddr, JoinHandle<Result<Conn, AcceptError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = tls.clone();
    let task = tokio::spawn(async move { accept(listener.accept().await.unwrap().0, &tls).await });
    (address, task)
}

/// What a client reads first: the server's word on its certificate.
async fn first_read(conn: &mut Conn) -> std::io::Error {
    soon("an alert", conn.io.read(&mut [0; 16])).await.unwrap_err()
}

#[tokio::test]
async fn peers_are_known_by_their_certificates() {
    let fleet = Fleet::new();
    let (node, node_id, spki) = fleet.node();
    let (operator, operator_id, _) = fleet.operator();
    for protocol in [alpn::AGENT, alpn::AGENT_LANE] {
        let (conn, client) = fleet.connect(&node, protocol).await;
        let peer = conn.peer.unwrap();
        assert_eq!((peer.id, peer.spki), (PeerId::Node(node_id), spki));
        assert_eq!((conn.alpn.as_slice(), client.alpn.as_slice()), (protocol, protocol));
        assert!(client.peer.is_none());
    }
    for protocol in [alpn::OPERATOR, alpn::OPERATOR_LANE] {
        let (conn, _) = fleet.connect(&operator, protocol).await;
        assert_eq!(conn.peer.unwrap().id, PeerId::Operator(operator_id));
    }
    let stranger = ClientTls::pinned(fleet.authority.pin()).unwrap();
    assert!(fleet.connect(&stranger, alpn::ENROL).await.0.peer.is_none());
}

#[tokio::test]
async fn tls_1_3_with_aes_128_and_a_hybrid_key_exchange_is_what_is_spoken() {
    let fleet = Fleet::new();
    let (conn, _client) = fleet.connect(&fleet.node().0, alpn::AGENT).await;
    let session = conn.io.get_ref().1;
    assert_eq!(session.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    let suite = session.negotiated_cipher_suite().unwrap().suite();
    assert_eq!(suite, rustls::CipherSuite::TLS13_AES_128_GCM_SHA256);
    let group = session.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
}

#[tokio::test]
async fn a_role_on_the_other_roles_protocol_is_refused() {
    let fleet = Fleet::new();
    for (tls, protocol) in
        [(fleet.node().0, alpn::OPERATOR), (fleet.operator().0, alpn::AGENT_LANE)]
    {
        let (address, accepted) = server(&fleet.server).await;
        let _client = dial(&address.to_string(), &tls, protocol, PATIENCE).await;
        let refused = soon("the verdict", accepted).await.unwrap().unwrap_err();
        assert!(matches!(refused, AcceptError::Protocol(_)), "{refused}");
    }
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_and_the_client_is_told() {
    let fleet = Fleet::new();
    let (tls, _, spki) = fleet.node();
    drop(fleet.connect(&tls, alpn::AGENT).await);
    fleet.revoked.insert(spki);
    let (address, accepted) = server(&fleet.server).await;
    let mut conn = dial(&address.to_string(), &tls, alpn::AGENT, PATIENCE).await.unwrap();
    // What the client says before it reads must not cost it the answer.
    let _ = conn.io.write_all(&[1; 3000]).await;
    let _ = conn.io.flush().await;
    let error = first_read(&mut conn).await;
    assert_eq!(unwelcome(&error).as_deref(), Some("it was revoked"), "{error}");
    drop(conn);
    let refused = soon("the verdict", accepted).await.unwrap().unwrap_err();
    assert!(matches!(refused, AcceptError::Tls(_)), "{refused}");
}

#[tokio::test]
async fn no_certificate_and_one_of_another_fleet_are_refused() {
    let (fleet, other) = (Fleet::new(), Fleet::new());
    let nobody = ClientTls::pinned(fleet.authority.pin()).unwrap();
    let (foreign, _) = other.credentials(Role::Node, "n_aaaaaaaaaaaa");
    let foreign = ClientTls::authenticated(&fleet.trust, foreign).unwrap();
    for tls in [nobody, foreign] {
        let (address, accepted) = server(&fleet.server).await;
        let mut conn = dial(&address.to_string(), &tls, alpn::AGENT, PATIENCE).await.unwrap();
        let error = first_read(&mut conn).await;
        assert!(unwelcome(&error).is_some(), "{error}");
        drop(conn);
        assert!(matches!(soon("verdict", accepted).await.unwrap(), Err(AcceptError::Tls(_))));
    }
}

/// T-07: the server hands out no ticket, and a client that would resume gets a full handshake.
#[tokio::test]
async fn nothing_can_be_resumed() {
    let fleet = Fleet::new();
    let key = KeyPair::generate().unwrap();
    let subject = Subject::of(Role::Node, "n_aaaaaaaaaaaa");
    let lifetime = Duration::from_secs(600);
    let issued =
        fleet.authority.issue(&subject, &key.csr().unwrap(), System.wall().0, lifetime).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_protocol_versions(&[&rustls::version::TLS13])
    .unwrap()
    .dangerous()
    .with_custom_certificate_verifier(fleet.trust.server_verifier())
    .with_client_auth_cert(issued.chain.clone(), key.private_der())
    .unwrap();
    config.alpn_protocols = vec![alpn::AGENT.to_vec()];
    config.enable_early_data = true;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    for _ in 0..3 {
        let (address, accepted) = server(&fleet.server).await;
        let tcp = TcpStream::connect(address).await.unwrap();
        let name = rustls_pki_types::ServerName::try_from("server").unwrap();
        let mut io = connector.connect(name, tcp).await.unwrap();
        let mut accepted = soon("the handshake", accepted).await.unwrap().unwrap();
        accepted.io.write_all(b"x").await.unwrap();
        accepted.io.flush().await.unwrap();
        let mut byte = [0];
        io.read_exact(&mut byte).await.unwrap();
        assert_eq!(io.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(io.get_ref().1.tls13_tickets_received(), 0);
    }
}

#[tokio::test]
async fn without_a_protocol_it_is_http_and_an_unknown_one_is_refused_with_an_alert() {
    let fleet = Fleet::new();
    for (offered, expected) in [(None, true), (Some("h2"), false)] {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(fleet.trust.server_verifier())
            .with_no_client_auth();
        config.alpn_protocols =
            offered.iter().map(|name: &&str| name.as_bytes().to_vec()).collect();
        let (address, accepted) = server(&fleet.server).await;
        let tcp = TcpStream::connect(address).await.unwrap();
        let name = rustls_pki_types::ServerName::try_from("server").unwrap();
        let outcome = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        if expected {
            outcome.unwrap();
            assert_eq!(soon("conn", accepted).await.unwrap().unwrap().alpn, alpn::HTTP);
        } else {
            let error = outcome.unwrap_err().to_string();
            assert!(error.contains("NoApplicationProtocol"), "{error}");
            assert!(soon("verdict", accepted).await.unwrap().is_err());
        }
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_new_configuration() {
    let fleet = Fleet::new();
    let id = "n_aaaaaaaaaaaa";
    let (credentials, old) = fleet.credentials(Role::Node, id);
    let tls = ClientTls::authenticated(&fleet.trust, credentials.clone()).unwrap();
    assert_eq!(fleet.connect(&tls, alpn::AGENT).await.0.peer.unwrap().spki, old);
    let key = KeyPair::generate().unwrap();
    let lifetime = Duration::from_secs(60);
    let issued = fleet
        .authority
        .issue(&Subject::of(Role::Node, id), &key.csr().unwrap(), System.wall().0, lifetime)
        .unwrap();
    credentials.replace(issued.chain.clone(), &key).unwrap();
    assert_eq!(credentials.not_after_ms(), issued.not_after_ms);
    let peer = fleet.connect(&tls, alpn::AGENT).await.0.peer.unwrap();
    assert_eq!((peer.spki, peer.not_after_ms), (issued.spki, issued.not_after_ms));
    let another = KeyPair::generate().unwrap();
    assert!(credentials.replace(issued.chain, &another).is_err(), "a key of another certificate");
}

#[tokio::test]
async fn a_dial_says_what_failed() {
    let (fleet, other) = (Fleet::new(), Fleet::new());
    let (tls, ..) = fleet.node();
    let quick = Duration::from_millis(300);

    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = dial(&free.to_string(), &tls, alpn::AGENT, PATIENCE).await.unwrap_err();
    assert!(matches!(refused, DialError::Refused { .. }), "{refused}");

    let (address, _accepted) = server(&other.server).await;
    let foreign = dial(&address.to_string(), &tls, alpn::AGENT, PATIENCE).await.unwrap_err();
    assert!(matches!(foreign, DialError::WrongCa { .. }), "{foreign}");

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let since = Instant::now();
    let late = dial(&address, &tls, alpn::AGENT, quick).await.unwrap_err();
    assert!(matches!(late, DialError::Timeout { .. }), "{late}");
    assert!(since.elapsed() >= quick);

    let closing = tokio::spawn(async move { drop(silent.accept().await.unwrap()) });
    let (address, gone) = (address, soon("closing", closing));
    gone.await.unwrap();
    let closing = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address_of_closing = closing.local_addr().unwrap().to_string();
    let shed = tokio::spawn(async move {
        let (mut tcp, _) = closing.accept().await.unwrap();
        let _ = tcp.read(&mut [0; 4096]).await;
    });
    let closed = dial(&address_of_closing, &tls, alpn::AGENT, PATIENCE).await.unwrap_err();
    assert!(matches!(closed, DialError::Closed { .. }), "{closed}");
    shed.await.unwrap();

    let nowhere = dial("no.such.host.invalid:1", &tls, alpn::AGENT, PATIENCE).await.unwrap_err();
    assert!(matches!(nowhere, DialError::Resolve { .. }), "{nowhere}");

    let (good, accepted) = server(&fleet.server).await;
    let servers = [free.to_string(), good.to_string(), address];
    let climbed = Ladder::default().climb(&servers, &tls, alpn::AGENT, PATIENCE).await;
    let (index, _conn) = climbed.unwrap();
    assert_eq!(index, 1);
    accepted.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_certificate_outside_its_time_names_the_clock() {
    let fleet = Fleet::new();
    let key = KeyPair::generate().unwrap();
    let long_ago = System.wall().0 - 3 * 24 * 3600 * 1000;
    let lifetime = Duration::from_secs(3600);
    let subject = Subject::of(Role::Server, "server");
    let issued = fleet.authority.issue(&subject, &key.csr().unwrap(), long_ago, lifetime).unwrap();
    let credentials =
        link::tls::Credentials::new(fleet.authority.server_chain(&issued), &key).unwrap();
    let expired = ServerTls::new(credentials, &fleet.trust, fleet.revoked.clone()).unwrap();
    let (address, _accepted) = server(&expired).await;
    let error =
        dial(&address.to_string(), &fleet.node().0, alpn::AGENT, PATIENCE).await.unwrap_err();
    assert!(matches!(error, DialError::WrongClock { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_and_a_slow_client_are_given_up() {
    let fleet = Fleet::new();
    let (address, accepted) = server(&fleet.server).await;
    let silent = TcpStream::connect(address).await.unwrap();
    let error = accepted.await.unwrap().unwrap_err();
    assert!(matches!(error, AcceptError::Silent), "{error}");
    drop(silent);
    let (address, accepted) = server(&fleet.server).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(&[22, 3, 1]).await.unwrap();
    let error = accepted.await.unwrap().unwrap_err();
    assert!(matches!(error, AcceptError::Slow), "{error}");
}
