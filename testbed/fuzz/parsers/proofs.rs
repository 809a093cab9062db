//! What must hold of everything that reads what strangers prove themselves with: requests, leaves and
//! their identities, tokens, PEM. A certificate or a request that was touched proves nothing.
#![allow(clippy::unwrap_used, reason = "a failing unwrap is a finding")]

use crate::harness::{Case, Parser, folder, is_seeded, within};
use pki::request::ProvenKey;
use pki::{Bundle, CertificateDer, Identity, Role, Token, Trust, pem, verify};
use std::path::Path;

/// When the leaves of the corpus hold, for an hour.
pub(crate) const NOW: u64 = 1_790_000_000_000;

/// An input that was made once: nobody can make another one that holds.
fn made(parser: &str, name: &str) -> Vec<u8> {
    let path = folder().join(parser).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn requests() -> Case {
    let known = ["made-1.der", "made-2.der", "made-3.der"].map(|name| made("csr", name));
    let keys = known.map(|csr| ProvenKey::from_csr(&csr).unwrap());
    Parser::new("csr", 8 * 1024).holds(move |input| {
        // The proof is a signature: only a key whose owner signed it comes out.
        if let Ok(key) = ProvenKey::from_csr(input) {
            assert!(keys.contains(&key), "a key without a proof");
            assert_eq!(key.spki(), ProvenKey::from_csr(input).unwrap().spki());
        }
    })
}

pub(crate) fn leaves() -> Case {
    let der = |name| CertificateDer::from(made("leaf", name));
    // Outside of the corpus: a root written otherwise (another tag outside of what it signs) is still one
    // that the old root certified.
    let root = std::fs::read(within("testbed/fuzz/parsers/root.der")).unwrap();
    let (root, issuing) = (CertificateDer::from(root), der("issuing.der"));
    let trust = Trust::new(root.clone()).unwrap();
    let chain = |name| [der(name), issuing.clone()];
    let known =
        ["node.der", "operator.der"].map(|name| trust.verify_client(&chain(name), NOW).unwrap());
    trust.verify_server(&chain("server.der"), NOW).unwrap();
    let node = der("node.der");
    Parser::new("leaf", 64 * 1024).holds(move |input| {
        let leaf = CertificateDer::from(input.to_vec());
        let chain = [leaf.clone(), issuing.clone()];
        if let Ok(proven) = trust.verify_client(&chain, NOW) {
            assert!(known.contains(&proven), "an identity that was not issued: {proven:?}");
        }
        if let Ok(proven) = trust.verify_server(&chain, NOW) {
            assert_eq!(proven.identity.role, Role::Server);
        }
        // As one of the others of a chain, as a root, and as what a bundle says.
        let above = [node.clone(), leaf.clone()];
        if let Ok(proven) = trust.verify_client(&above, NOW) {
            assert!(known.contains(&proven));
        }
        let _ = (verify::end_of(&leaf), verify::is_root(&leaf), Trust::new(leaf.clone()).is_ok());
        let bundle = Bundle {
            number: 2,
            roots: vec![leaf.clone(), root.clone()],
            cross: vec![leaf],
            past: Vec::new(),
        };
        let accepted = bundle.accept(std::slice::from_ref(&root), NOW).unwrap();
        assert_eq!(accepted, std::slice::from_ref(&root), "a root that nobody certified");
    })
}

pub(crate) fn identities() -> Case {
    let uris = [
        "tunnelctl://node/n_abcdefghijkl#7",
        "tunnelctl://operator/u_abcdefghijkl",
        "tunnelctl://server/server",
    ];
    Parser::new("identity", 4096).with(uris.map(|uri| uri.as_bytes().to_vec())).holds(
        move |input| {
            let text = String::from_utf8_lossy(input);
            let Ok(identity) = text.parse::<Identity>() else { return };
            assert_eq!(identity.uri().unwrap(), text, "two ways to write one identity");
        },
    )
}

pub(crate) fn tokens() -> Case {
    let addresses = || vec!["tunnel.example:8443".to_owned(), "[2001:db8::7]:443".to_owned()];
    let made: Vec<Token> = (0..3).map(|n| Token::generate([n; 32], addresses()).unwrap()).collect();
    let is_seeded = is_seeded();
    let texts = made.iter().map(|token| token.reveal().as_bytes().to_vec());
    Parser::new("token", 4096).with(texts).holds(move |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(token) = Token::parse(&text) else { return };
        assert_eq!(token.reveal().as_str(), text.trim(), "two ways to write one token");
        assert!((1..=8).contains(&token.addresses.len()));
        // Its check finds what was copied badly; it is no secret, so who searches long finds others.
        let is_known = |known: &Token| known.secret == token.secret && known.ca_pin == token.ca_pin;
        assert!(!is_seeded || made.iter().any(is_known));
    })
}

pub(crate) fn pem_texts() -> Case {
    let der = |n: u8| CertificateDer::from(vec![n; 700]);
    let one = pem::encode_certificates([&der(1)]);
    let two = pem::encode_certificates([&der(1), &der(2)]);
    let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    let seeds = [one, two, key.to_owned()].map(String::into_bytes);
    Parser::new("pem", 64 * 1024).with(seeds).holds(move |input| {
        let Ok(read) = pem::certificates(Path::new("ca.pem"), input) else { return };
        let written = pem::encode_certificates(&read);
        assert_eq!(pem::certificates(Path::new("ca.pem"), written.as_bytes()).unwrap(), read);
    })
}
