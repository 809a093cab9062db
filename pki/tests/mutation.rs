//! Everything of this crate that reads what strangers send, under seeded mutation: requests, leaves and
//! their identities, tokens, PEM. A certificate or a request that was touched proves nothing.
#![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

#[path = "../../testbed/fuzz/harness.rs"]
mod harness;

use harness::Parser;
use pki::request::ProvenKey;
use pki::{
    Authority, Bundle, CertificateDer, Identity, KeyPair, Role, Subject, Token, Trust, pem, verify,
};
use std::path::Path;
use std::time::Duration;

const NOW: u64 = 1_790_000_000_000;
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn requests_survive() {
    let csrs: Vec<Vec<u8>> = (0..3).map(|_| KeyPair::generate().unwrap().csr().unwrap()).collect();
    let keys: Vec<ProvenKey> = csrs.iter().map(|csr| ProvenKey::from_csr(csr).unwrap()).collect();
    Parser::new("csr", 8 * 1024).with(csrs).survives(|input| {
        // The proof is a signature: only a key whose owner signed it comes out.
        if let Ok(key) = ProvenKey::from_csr(input) {
            assert!(keys.contains(&key), "a key without a proof");
            assert_eq!(key.spki(), ProvenKey::from_csr(input).unwrap().spki());
        }
    });
}

#[test]
fn leaves_survive() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(&dir.path().join("ca"), NOW).unwrap();
    let trust = Trust::new(authority.root().clone()).unwrap();
    let issued = |role, id: &str| {
        let csr = KeyPair::generate().unwrap().csr().unwrap();
        authority.issue(&Subject::of(role, id), &csr, NOW, HOUR).unwrap().chain
    };
    let chains = [
        issued(Role::Node, "n_abcdefghijkl"),
        issued(Role::Operator, "u_abcdefghijkl"),
        issued(Role::Server, "server"),
    ];
    let rest = chains[0][1..].to_vec();
    let known: Vec<_> =
        chains[..2].iter().map(|chain| trust.verify_client(chain, NOW).unwrap()).collect();
    let seeds = chains.iter().flatten().map(|der| der.to_vec());
    Parser::new("leaf", 64 * 1024).with(seeds).survives(|input| {
        let leaf = CertificateDer::from(input.to_vec());
        let mut chain = vec![leaf.clone()];
        chain.extend(rest.iter().cloned());
        if let Ok(proven) = trust.verify_client(&chain, NOW) {
            assert!(known.contains(&proven), "an identity that was not issued: {proven:?}");
        }
        if let Ok(proven) = trust.verify_server(&chain, NOW) {
            assert_eq!(proven.identity.role, Role::Server);
        }
        // As one of the others of a chain, as a root, and as what a bundle says.
        let above = [chains[0][0].clone(), leaf.clone()];
        if let Ok(proven) = trust.verify_client(&above, NOW) {
            assert!(known.contains(&proven));
        }
        let _ = (verify::end_of(&leaf), verify::is_root(&leaf), Trust::new(leaf.clone()).is_ok());
        let root = authority.root().clone();
        let bundle = Bundle {
            number: 2,
            roots: vec![leaf.clone(), root.clone()],
            cross: vec![leaf],
            past: Vec::new(),
        };
        let accepted = bundle.accept(std::slice::from_ref(&root), NOW).unwrap();
        assert_eq!(accepted, [root], "a root that nobody certified");
    });
}

#[test]
fn identities_survive() {
    let uris = [
        "tunnelctl://node/n_abcdefghijkl#7",
        "tunnelctl://operator/u_abcdefghijkl",
        "tunnelctl://server/server",
    ];
    Parser::new("identity", 4096).with(uris.map(|uri| uri.as_bytes().to_vec())).survives(|input| {
        let text = String::from_utf8_lossy(input);
        let Ok(identity) = text.parse::<Identity>() else { return };
        assert_eq!(identity.uri().unwrap(), text, "two ways to write one identity");
    });
}

#[test]
fn tokens_survive() {
    let addresses = || vec!["tunnel.example:8443".to_owned(), "[2001:db8::7]:443".to_owned()];
    let made: Vec<Token> = (0..3).map(|n| Token::generate([n; 32], addresses()).unwrap()).collect();
    let texts = made.iter().map(|token| token.reveal().as_bytes().to_vec());
    Parser::new("token", 4096).with(texts).survives(|input| {
        let text = String::from_utf8_lossy(input);
        let Ok(token) = Token::parse(&text) else { return };
        assert_eq!(token.reveal().as_str(), text.trim(), "two ways to write one token");
        assert!((1..=8).contains(&token.addresses.len()));
        // Its check finds what was copied badly.
        assert!(
            made.iter().any(|known| known.secret == token.secret && known.ca_pin == token.ca_pin)
        );
    });
}

#[test]
fn pem_survives() {
    let der = |n: u8| CertificateDer::from(vec![n; 700]);
    let one = pem::encode_certificates([&der(1)]);
    let two = pem::encode_certificates([&der(1), &der(2)]);
    let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    let seeds = [one, two, key.to_owned()].map(String::into_bytes);
    Parser::new("pem", 64 * 1024).with(seeds).survives(|input| {
        let Ok(read) = pem::certificates(Path::new("ca.pem"), input) else { return };
        let written = pem::encode_certificates(&read);
        assert_eq!(pem::certificates(Path::new("ca.pem"), written.as_bytes()).unwrap(), read);
    });
}
