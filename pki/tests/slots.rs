//! One authority after another: a new issuing key, a new root, who follows and who does not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing unwrap fails the test")]

use pki::authority::{Parts, export_root};
use pki::crl::Ended;
use pki::verify::pinned_verifier;
use pki::{
    Authority, Bundle, CertificateDer, KeyPair, Role, Root, Slots, Subject, Trust, pem, profile,
};
use rustls_pki_types::{ServerName, UnixTime};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

const NOW: u64 = 1_790_000_000_000;
const DAY: u64 = 24 * 3600 * 1000;

struct Home {
    dir: tempfile::TempDir,
    slots: Slots,
}

fn home() -> Home {
    let dir = tempfile::tempdir().unwrap();
    let slots = Slots::open(&dir.path().join("server"), &[], NOW).unwrap();
    Home { dir, slots }
}

impl Home {
    fn path(&self) -> PathBuf {
        self.dir.path().join("server")
    }

    fn slot(&self, number: u32) -> Arc<Authority> {
        Arc::clone(self.slots.get(number).unwrap())
    }

    /// The next issuing key under the same root.
    fn new_issuing(&mut self, number: u32, from: u32) {
        let root = self.slots.root_of(from).unwrap().unwrap();
        let csr = self.slots.pending_key().unwrap().csr().unwrap();
        let issuing = root.certify(&csr, NOW).unwrap();
        let parts =
            Parts { root: root.certificate().clone(), issuing, cross: None, root_key: None };
        self.slots = self.slots.make(number, from, parts).unwrap();
    }

    /// A new root with a new issuing key.
    fn new_root(&mut self, number: u32, from: u32) {
        let old = self.slots.root_of(from).unwrap().unwrap();
        let new = Root::generate(NOW).unwrap();
        let csr = self.slots.pending_key().unwrap().csr().unwrap();
        let parts = Parts {
            root: new.certificate().clone(),
            issuing: new.certify(&csr, NOW).unwrap(),
            cross: Some(old.vouch_for(&new, NOW).unwrap()),
            root_key: Some(new),
        };
        self.slots = self.slots.make(number, from, parts).unwrap();
    }

    fn server_chain(&self, number: u32) -> Vec<CertificateDer<'static>> {
        let csr = KeyPair::generate().unwrap().csr().unwrap();
        let subject = Subject::of(Role::Server, "s_abcdefghijkl");
        let slot = self.slot(number);
        slot.server_chain(&slot.issue(&subject, &csr, NOW, profile::SERVER).unwrap())
    }

    fn node_chain(&self, number: u32) -> Vec<CertificateDer<'static>> {
        let csr = KeyPair::generate().unwrap().csr().unwrap();
        let subject = Subject::of(Role::Node, "n_abcdefghijkl");
        self.slot(number).issue(&subject, &csr, NOW, profile::NODE).unwrap().chain
    }
}

fn trusts(roots: &[&CertificateDer<'static>], chain: &[CertificateDer<'static>]) -> bool {
    let trust = Trust::of(roots.iter().map(|root| (*root).clone()).collect()).unwrap();
    let (leaf, rest) = chain.split_first().unwrap();
    let name = ServerName::try_from("any.invalid").unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(NOW));
    trust.server_verifier().verify_server_cert(leaf, rest, &name, &[], now).is_ok()
}

fn pinned(pin: [u8; 32], chain: &[CertificateDer<'static>]) -> bool {
    let (leaf, rest) = chain.split_first().unwrap();
    let name = ServerName::try_from("any.invalid").unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(NOW));
    pinned_verifier(pin).verify_server_cert(leaf, rest, &name, &[], now).is_ok()
}

#[test]
fn a_new_issuing_key_needs_nothing_of_those_who_trust_the_root() {
    let mut home = home();
    let old_leaf = home.node_chain(1);
    home.new_issuing(2, 1);
    assert_eq!(home.slot(1).pin(), home.slot(2).pin());
    assert!(trusts(&[home.slot(1).root()], &home.server_chain(2)));
    // The server trusts issuing certificates: the old ones can be left out.
    let both = [home.slot(1).issuing().0.clone(), home.slot(2).issuing().0.clone()];
    let trust = Trust::of(both.to_vec()).unwrap();
    assert!(trust.verify_client(&old_leaf, NOW).is_ok());
    assert!(trust.verify_client(&home.node_chain(2), NOW).is_ok());
    let seen_by_clone = trust.clone();
    trust.replace(vec![both[1].clone()]).unwrap();
    assert!(seen_by_clone.verify_client(&old_leaf, NOW).is_err(), "a retired issuer is refused");
    assert!(seen_by_clone.verify_client(&home.node_chain(2), NOW).is_ok());

    let again = Slots::open(&home.path(), &[1, 2], NOW).unwrap();
    assert_eq!(again.get(2).unwrap().issuing(), home.slot(2).issuing());
}

#[test]
fn whoever_knows_an_old_root_follows_the_server_to_the_newest() {
    let mut home = home();
    let first = home.slot(1);
    home.new_root(2, 1);
    home.new_root(3, 2);
    let (second, third) = (home.slot(2), home.slot(3));
    let chain = home.server_chain(3);
    for root in [first.root(), second.root(), third.root()] {
        assert!(trusts(&[root], &chain));
        assert!(pinned(pki::pin_of(root), &chain));
        let accepted = third.bundle(3).accept(std::slice::from_ref(root), NOW).unwrap();
        assert_eq!(accepted, [third.root().clone()]);
    }
    assert_eq!(third.bundle(3).accept_pinned(&first.pin(), NOW).unwrap(), [third.root().clone()]);
    assert!(!trusts(&[third.root()], &home.server_chain(1)), "the way leads forward only");
    let stranger = self::home().slot(1);
    assert!(!trusts(&[stranger.root()], &chain) && !pinned(stranger.pin(), &chain));
    assert!(third.bundle(3).accept(&[stranger.root().clone()], NOW).is_err());
}

/// TH-15: who stole the issuing key cannot make anybody trust a root of his.
#[test]
fn a_root_counts_only_if_a_trusted_one_certified_it() {
    let mut home = home();
    let (first, theirs) = (home.slot(1), Root::generate(NOW).unwrap());
    home.new_root(2, 1);
    let second = home.slot(2);
    let good = second.bundle(7);
    assert_eq!(good.cross.len(), 1);
    let known = [first.root().clone()];
    // Certified by the issuing key instead of the root.
    let stolen = KeyPair::load(&home.path().join("ca/issuing.key")).unwrap();
    let posing = Root::new(first.issuing().0.clone(), stolen).unwrap();
    let by_issuing = posing.vouch_for(&theirs, NOW).unwrap();
    let by_itself = theirs.certificate().clone();
    let own = Root::generate(NOW).unwrap().vouch_for(&theirs, NOW).unwrap();
    for cross in [by_issuing, by_itself, own, good.cross[0].clone(), first.issuing().0.clone()] {
        let roots = vec![theirs.certificate().clone()];
        let bundle = Bundle { roots, cross: vec![cross], ..Bundle::default() };
        assert!(bundle.accept(&known, NOW).is_err());
    }
    // Beside a good one it is left out.
    let mut mixed = good.clone();
    mixed.roots.push(theirs.certificate().clone());
    assert_eq!(mixed.accept(&known, NOW).unwrap(), [second.root().clone()]);
    assert!(good.accept(&known, NOW + 11 * 365 * DAY).is_err(), "nor after its time");
    assert_eq!(Bundle::of(known[0].clone()).accept(&known, NOW).unwrap(), known);
}

#[test]
fn a_root_key_leaves_the_directory_once_it_reads_back() {
    let mut home = home();
    let to = home.dir.path().join("offline.pem");
    assert_eq!(export_root(&home.path(), &to).unwrap(), home.slot(1).pin());
    assert!(!home.path().join("ca/root.key").exists());
    assert!(home.slots.root_of(1).unwrap().is_none());
    assert!(Slots::open(&home.path(), &[1], NOW).is_ok(), "the server goes on without it");
    let message = export_root(&home.path(), &home.dir.path().join("b")).unwrap_err().to_string();
    assert!(message.contains("no root key"), "{message}");

    // The next issuing key, certified where the root's key is now.
    let root = Root::load(&to).unwrap();
    let csr = home.slots.pending_key().unwrap().csr().unwrap();
    let issuing = root.certify(&csr, NOW).unwrap();
    let parts = Parts { root: root.certificate().clone(), issuing, cross: None, root_key: None };
    home.slots = home.slots.make(2, 1, parts).unwrap();
    assert!(trusts(&[home.slot(1).root()], &home.server_chain(2)));
}

#[test]
fn an_export_never_overwrites_and_a_loose_file_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let to = home.dir.path().join("offline.pem");
    std::fs::write(&to, "mine").unwrap();
    assert!(export_root(&home.path(), &to).is_err());
    assert!(home.path().join("ca/root.key").exists());
    std::fs::remove_file(&to).unwrap();
    export_root(&home.path(), &to).unwrap();
    std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Root::load(&to).unwrap_err().to_string().contains("chmod 600"));
}

#[test]
fn parts_that_do_not_belong_together_make_no_slot() {
    let home = home();
    let root = home.slots.root_of(1).unwrap().unwrap();
    let (other, key) = (Root::generate(NOW).unwrap(), home.slots.pending_key().unwrap());
    let csr = key.csr().unwrap();
    let certificate = root.certificate().clone();
    let of = |root: &Root, issuing, cross| Parts {
        root: root.certificate().clone(),
        issuing,
        cross,
        root_key: None,
    };
    let another_key = KeyPair::generate().unwrap().csr().unwrap();
    for parts in [
        of(&root, root.certify(&another_key, NOW).unwrap(), None),
        of(&root, other.certify(&csr, NOW).unwrap(), None),
        of(&other, other.certify(&csr, NOW).unwrap(), None),
        of(&other, other.certify(&csr, NOW).unwrap(), Some(certificate)),
    ] {
        // The key may be spent by a try: it never signed anything.
        home.slots.pending_key().unwrap();
        assert!(home.slots.make(2, 1, parts).is_err());
    }
}

#[test]
fn a_retired_slot_takes_its_keys_along() {
    let mut home = home();
    home.new_root(2, 1);
    home.slots.publish(&[home.slot(2).root().clone(), home.slot(1).root().clone()]).unwrap();
    assert_eq!(pem::load_certificates(&home.path().join("ca.pem")).unwrap().len(), 2);
    let slots = home.slots.retire(&[1]);
    for gone in ["ca/issuing.key", "ca/root.key"] {
        assert!(!home.path().join(gone).exists(), "{gone}");
    }
    assert!(slots.get(1).is_none() && slots.root_of(2).unwrap().is_some());
    assert!(Slots::open(&home.path(), &[2], NOW).is_ok());
}

#[test]
fn a_leaf_lives_for_a_sixth_of_its_issuer_at_most() {
    let home = home();
    let csr = KeyPair::generate().unwrap().csr().unwrap();
    let subject = Subject::of(Role::Operator, "u_a");
    let issued =
        home.slot(1).issue(&subject, &csr, NOW, Duration::from_secs(400 * 86_400)).unwrap();
    assert_eq!(issued.not_after_ms, NOW + 90 * DAY);
}

#[test]
fn a_revocation_list_names_its_certificates_and_its_signer() {
    let home = home();
    let serial = [0x41; 16];
    let list = home.slot(1).crl(&[Ended { serial, at_ms: NOW }], 3, NOW).unwrap();
    assert_eq!(list.next_ms, NOW + DAY);
    let (rest, parsed) = CertificateRevocationList::from_der(&list.der).unwrap();
    assert!(rest.is_empty());
    let revoked: Vec<_> = parsed.iter_revoked_certificates().map(|r| r.raw_serial()).collect();
    assert_eq!(revoked, [&serial[..]]);
    let slot = home.slot(1);
    let (_, issuing) = X509Certificate::from_der(slot.issuing().0).unwrap();
    assert_eq!(parsed.issuer().as_raw(), issuing.subject().as_raw());
    assert_eq!(parsed.crl_number().unwrap().to_string(), "3");
    assert!(list.pem().starts_with("-----BEGIN X509 CRL-----\n"));
}
