//! Real TLS handshakes in memory: who gets in, who does not, and what both sides are told.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing unwrap fails the test")]

use pki::verify::pinned_verifier;
use pki::{
    Authority, CertificateDer, HandshakeFault, KeyPair, Revoked, Role, Subject, Trust, classify,
    profile,
};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, SanType};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, ClientConnection, Error, HandshakeKind, ServerConfig, ServerConnection,
};
use std::sync::Arc;
use std::time::Duration;

const NOW: u64 = 1_790_000_000_000;
const HOUR: u64 = 3600 * 1000;

/// A certificate chain and its key.
struct Holder {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

struct World {
    dir: tempfile::TempDir,
    authority: Authority,
    revoked: Revoked,
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(&dir.path().join("server"), NOW).unwrap();
    World { dir, authority, revoked: Revoked::default() }
}

impl World {
    fn holder(&self, role: Role) -> Holder {
        let key = KeyPair::generate().unwrap();
        let subject = Subject::of(role, "x_abcdefghijkl");
        let lifetime = profile::lifetime(role);
        let issued = self.authority.issue(&subject, &key.csr().unwrap(), NOW, lifetime).unwrap();
        let chain = match role {
            Role::Server => self.authority.server_chain(&issued),
            _ => issued.chain,
        };
        Holder { chain, key }
    }

    /// A leaf our own authority would never write, signed with its key.
    fn forged(&self, uris: &[&str], usages: &[ExtendedKeyUsagePurpose]) -> Holder {
        let (issuing, _) = self.authority.issuing();
        let signer = KeyPair::load(&self.dir.path().join("server/ca/issuing.key")).unwrap();
        let issuer = Issuer::from_ca_cert_der(issuing, signer).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::ExplicitNoCa;
        params.extended_key_usages = usages.to_vec();
        params.subject_alt_names =
            uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())).collect();
        let leaf = params.signed_by(&key, &issuer).unwrap();
        Holder { chain: vec![leaf.der().clone(), issuing.clone()], key }
    }

    fn trust(&self) -> Trust {
        Trust::new(self.authority.root().clone()).unwrap()
    }

    fn server(&self, holder: &Holder, now_ms: u64) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder_with_details(provider(), Arc::new(Clock(now_ms)))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(self.trust().client_verifier(self.revoked.clone()))
            .with_single_cert(holder.chain.clone(), holder.key.private_der())
            .unwrap();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Arc::new(config)
    }

    /// What the server and a client that presents `holder` say of each other at `now_ms`.
    fn meet(&self, holder: &Holder, now_ms: u64) -> Outcome {
        let server = self.server(&self.holder(Role::Server), now_ms);
        shake(server, client(Some(holder), self.trust().server_verifier(), now_ms))
    }

    /// What a client with `verifier` says of a server that presents `holder`.
    fn dial(
        &self,
        holder: &Holder,
        verifier: Arc<dyn ServerCertVerifier>,
        now_ms: u64,
    ) -> Option<Error> {
        shake(self.server(holder, NOW), client(Some(&self.holder(Role::Node)), verifier, now_ms))
            .client
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[derive(Debug)]
struct Clock(u64);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_millis(self.0)))
    }
}

fn client(
    holder: Option<&Holder>,
    verifier: Arc<dyn ServerCertVerifier>,
    now_ms: u64,
) -> Arc<ClientConfig> {
    let builder = ClientConfig::builder_with_details(provider(), Arc::new(Clock(now_ms)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Arc::new(match holder {
        Some(h) => builder.with_client_auth_cert(h.chain.clone(), h.key.private_der()).unwrap(),
        None => builder.with_no_client_auth(),
    })
}

/// What each side ended with; `None` is a finished handshake.
struct Outcome {
    client: Option<Error>,
    server: Option<Error>,
    kind: Option<HandshakeKind>,
}

impl Outcome {
    fn both_content(&self) -> bool {
        self.client.is_none() && self.server.is_none()
    }

    /// The server's verdict, and what the client learned of it.
    fn faults(&self) -> (HandshakeFault, HandshakeFault) {
        let fault = |error: &Option<Error>| classify(error.as_ref().expect("a fault"));
        (fault(&self.server), fault(&self.client))
    }
}

/// Carries bytes both ways until both are content or one has failed and the other heard of it.
fn shake(server: Arc<ServerConfig>, client: Arc<ClientConfig>) -> Outcome {
    // The name is nobody's: it is not compared.
    let name = ServerName::try_from("any.invalid").unwrap();
    let mut client = ClientConnection::new(client, name).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    let mut outcome = Outcome { client: None, server: None, kind: None };
    for _ in 0..8 {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        outcome.server = outcome.server.or(feed(&wire, |b| server.read_tls(b).map(drop)));
        if outcome.server.is_none() {
            outcome.server = server.process_new_packets().err();
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        outcome.client = outcome.client.or(feed(&wire, |b| client.read_tls(b).map(drop)));
        if outcome.client.is_none() {
            outcome.client = client.process_new_packets().err();
        }
    }
    outcome.kind = server.handshake_kind();
    let stuck = server.is_handshaking() && outcome.server.is_none();
    assert!(!stuck, "the handshake neither finished nor failed");
    outcome
}

fn feed(mut wire: &[u8], mut read: impl FnMut(&mut &[u8]) -> std::io::Result<()>) -> Option<Error> {
    while !wire.is_empty() {
        if let Err(error) = read(&mut wire) {
            return Some(Error::General(error.to_string()));
        }
    }
    None
}

#[test]
fn nodes_and_operators_get_in() {
    let world = world();
    for role in [Role::Node, Role::Operator] {
        let outcome = world.meet(&world.holder(role), NOW);
        assert!(outcome.both_content(), "{:?} {:?}", outcome.client, outcome.server);
    }
}

#[test]
fn nobody_gets_in_without_a_certificate() {
    let world = world();
    let server = world.server(&world.holder(Role::Server), NOW);
    let outcome = shake(server, client(None, world.trust().server_verifier(), NOW));
    assert_eq!(outcome.server, Some(Error::NoCertificatesPresented));
}

#[test]
fn certificates_of_others_do_not_get_in() {
    let (ours, theirs) = (world(), world());
    let outcome = ours.meet(&theirs.holder(Role::Node), NOW);
    assert_eq!(outcome.faults(), (HandshakeFault::WrongCa, HandshakeFault::WrongCa));

    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names =
        vec![SanType::URI("tunnelctl://node/x_abcdefghijkl".try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let chain = vec![params.self_signed(&key).unwrap().der().clone()];
    let outcome = ours.meet(&Holder { chain, key }, NOW);
    assert_eq!(outcome.faults().0, HandshakeFault::WrongCa);
}

#[test]
fn a_victims_certificate_as_chain_filler_lends_no_identity() {
    let (ours, theirs) = (world(), world());
    let mut holder = theirs.holder(Role::Node);
    holder.chain.extend(ours.holder(Role::Operator).chain);
    assert_eq!(ours.meet(&holder, NOW).faults().0, HandshakeFault::WrongCa);
}

#[test]
fn a_server_certificate_is_no_client_and_a_node_is_no_server() {
    let world = world();
    let outcome = world.meet(&world.holder(Role::Server), NOW);
    assert_eq!(
        outcome.server,
        Some(Error::InvalidCertificate(rustls::CertificateError::InvalidPurpose))
    );
    for role in [Role::Node, Role::Operator] {
        let error = world.dial(&world.holder(role), world.trust().server_verifier(), NOW);
        assert!(error.is_some(), "{role}");
    }
}

#[test]
fn a_leaf_must_have_one_identity_of_its_role_and_its_usage() {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    let world = world();
    let node = "tunnelctl://node/x_abcdefghijkl";
    assert!(world.meet(&world.forged(&[node], &[ClientAuth]), NOW).both_content());
    for (uris, usages) in [
        (&[node, "tunnelctl://operator/u_root"][..], &[ClientAuth][..]),
        (&[node, node], &[ClientAuth]),
        (&[node, "https://example.com"], &[ClientAuth]),
        (&["https://example.com"], &[ClientAuth]),
        (&[], &[ClientAuth]),
        (&["tunnelctl://server/x"], &[ClientAuth]),
        (&[node], &[]),
        (&[node], &[ServerAuth]),
    ] {
        let outcome = world.meet(&world.forged(uris, usages), NOW);
        assert!(outcome.server.is_some(), "{uris:?} {usages:?}");
    }
    let posing = world.forged(&["tunnelctl://node/x"], &[ServerAuth]);
    assert!(world.dial(&posing, world.trust().server_verifier(), NOW).is_some());
}

#[test]
fn a_wrong_clock_is_recognised_from_both_sides() {
    let world = world();
    let node = world.holder(Role::Node);
    let late = world.meet(&node, NOW + 25 * HOUR);
    assert_eq!(late.faults(), (HandshakeFault::Expired, HandshakeFault::Expired));

    let server = world.holder(Role::Server);
    let verifier = || world.trust().server_verifier();
    let error = world.dial(&server, verifier(), NOW + 91 * 24 * HOUR).unwrap();
    assert_eq!(classify(&error), HandshakeFault::Expired);
    let error = world.dial(&server, verifier(), NOW - HOUR).unwrap();
    assert_eq!(classify(&error), HandshakeFault::NotYetValid);
    let error = world.dial(&server, pinned_verifier(world.authority.pin()), NOW - HOUR).unwrap();
    assert_eq!(classify(&error), HandshakeFault::NotYetValid);
}

#[test]
fn a_revoked_key_is_refused_in_a_full_handshake_although_it_was_let_in_before() {
    let world = world();
    let node = world.holder(Role::Node);
    let server = world.server(&world.holder(Role::Server), NOW);
    // One client configuration: whatever it remembers of the first meeting it offers at the second.
    let client = client(Some(&node), world.trust().server_verifier(), NOW);
    assert!(shake(server.clone(), client.clone()).both_content());
    let second = shake(server.clone(), client.clone());
    assert_eq!(second.kind, Some(HandshakeKind::Full));

    world.revoked.insert(node.key.spki());
    let third = shake(server, client);
    assert_eq!(third.faults(), (HandshakeFault::Revoked, HandshakeFault::Revoked));
}

#[test]
fn a_pin_accepts_its_root_and_nothing_else() {
    let (ours, theirs) = (world(), world());
    let server = ours.holder(Role::Server);
    assert_eq!(ours.dial(&server, pinned_verifier(ours.authority.pin()), NOW), None);

    let error = ours.dial(&server, pinned_verifier(theirs.authority.pin()), NOW).unwrap();
    assert_eq!(classify(&error), HandshakeFault::WrongCa);

    // The pinned root at the end of a chain that is not its own.
    let mut chain = theirs.holder(Role::Server);
    *chain.chain.last_mut().unwrap() = ours.authority.root().clone();
    let error = ours.dial(&chain, pinned_verifier(ours.authority.pin()), NOW).unwrap();
    assert_eq!(classify(&error), HandshakeFault::WrongCa);

    // The pinned root not shown at all.
    let mut short = ours.holder(Role::Server);
    short.chain.pop();
    let error = ours.dial(&short, pinned_verifier(ours.authority.pin()), NOW).unwrap();
    assert_eq!(classify(&error), HandshakeFault::WrongCa);

    // A node of the right authority that plays the server.
    let mut node = ours.holder(Role::Node);
    node.chain.push(ours.authority.root().clone());
    assert!(ours.dial(&node, pinned_verifier(ours.authority.pin()), NOW).is_some());
}
