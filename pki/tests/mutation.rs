//! Everything of this crate that reads what strangers send, under seeded mutation. What must hold is said
//! in `testbed/fuzz/parsers/proofs.rs`, which the targets of cargo-fuzz try as well.
#![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

#[path = "../../testbed/fuzz/harness.rs"]
mod harness;
#[path = "../../testbed/fuzz/parsers/proofs.rs"]
mod proofs;

use pki::{Authority, KeyPair, Role, Subject};
use std::path::Path;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// The requests and the certificates of the corpus, which everybody knows: nothing else may hold.
/// `GOLDEN=write` makes them where there are none.
#[test]
fn what_is_kept_is_whole() {
    let folder = harness::folder();
    if std::env::var_os("GOLDEN").is_some_and(|wish| wish == "write") {
        write(&folder);
    }
    for name in ["csr/made-1.der", "csr/made-2.der", "csr/made-3.der", "../parsers/root.der"] {
        assert!(folder.join(name).is_file(), "{name}: GOLDEN=write makes it");
    }
}

fn write(folder: &Path) {
    if folder.join("leaf").exists() {
        return;
    }
    let keep = |name: &str, der: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, der).unwrap();
    };
    let csr = || KeyPair::generate().unwrap().csr().unwrap();
    for number in 1..=3 {
        keep(&format!("csr/made-{number}.der"), &csr());
    }
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(&dir.path().join("ca"), proofs::NOW).unwrap();
    keep("../parsers/root.der", authority.root());
    for (name, role, id) in [
        ("node", Role::Node, "n_abcdefghijkl"),
        ("operator", Role::Operator, "u_abcdefghijkl"),
        ("server", Role::Server, "server"),
    ] {
        let issued = authority.issue(&Subject::of(role, id), &csr(), proofs::NOW, HOUR).unwrap();
        keep(&format!("leaf/{name}.der"), &issued.chain[0]);
        keep("leaf/issuing.der", &issued.chain[1]);
    }
}

#[test]
fn requests_survive() {
    let (parser, mut parse) = proofs::requests();
    parser.survives(|input| parse(input));
}

#[test]
fn leaves_survive() {
    let (parser, mut parse) = proofs::leaves();
    parser.survives(|input| parse(input));
}

#[test]
fn identities_survive() {
    let (parser, mut parse) = proofs::identities();
    parser.survives(|input| parse(input));
}

#[test]
fn tokens_survive() {
    let (parser, mut parse) = proofs::tokens();
    parser.survives(|input| parse(input));
}

#[test]
fn pem_survives() {
    let (parser, mut parse) = proofs::pem_texts();
    parser.survives(|input| parse(input));
}
