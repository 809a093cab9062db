// Tests may stop at the first thing that is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use pki::{Authority, Subject};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const NOW: UnixMs = UnixMs(1_790_000_000_000);
const DAY: Duration = Duration::from_secs(86_400);

struct Fleet {
    _dir: tempfile::TempDir,
    authority: Authority,
}

impl Fleet {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open_or_create(&dir.path().join("fleet"), NOW.0).unwrap();
        Self { _dir: dir, authority }
    }

    fn chain(&self, role: Role, id: &str, key: &KeyPair) -> Vec<CertificateDer<'static>> {
        let csr = key.csr().unwrap();
        self.authority.issue(&Subject::of(role, id), &csr, NOW.0, DAY).unwrap().chain
    }

    fn identity(&self) -> Identity {
        let key = KeyPair::generate().unwrap();
        let chain = self.chain(Role::Node, &me().0.to_string(), &key);
        self.accept(key, chain).unwrap()
    }

    fn accept(
        &self,
        key: KeyPair,
        chain: Vec<CertificateDer<'static>>,
    ) -> Result<Identity, PkiError> {
        let trust = Trust::new(self.authority.root().clone()).unwrap();
        Identity::accept(me(), vec!["a:443".into()], Arc::new(key), trust, chain, NOW)
    }
}

fn me() -> (NodeId, Name) {
    (NodeId::from_random(7), "web1".parse().unwrap())
}

fn state() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    dir
}

#[test]
fn an_identity_reads_back_as_it_was_written() {
    let (fleet, dir) = (Fleet::new(), state());
    assert!(Identity::load(dir.path()).unwrap().is_none());
    let identity = fleet.identity();
    identity.save(dir.path()).unwrap();
    let loaded = Identity::load(dir.path()).unwrap().unwrap();
    assert_eq!(
        (loaded.id, &loaded.name, &loaded.servers),
        (identity.id, &identity.name, &identity.servers)
    );
    assert_eq!(loaded.key.spki(), identity.key.spki());
    assert_eq!((loaded.issued_at, loaded.not_after), (identity.issued_at, identity.not_after));
    assert_eq!(pem::load_certificate(&dir.path().join("ca.pem")).unwrap(), *fleet.authority.root());
}

#[test]
fn a_chain_for_another_key_node_role_or_fleet_is_refused() {
    let fleet = Fleet::new();
    let key = || KeyPair::generate().unwrap();
    let (mine, id) = (key(), me().0.to_string());
    let other_key = fleet.chain(Role::Node, &id, &key());
    assert!(fleet.accept(mine, other_key).is_err());
    for (role, name) in [(Role::Node, "n_aaaaaaaaaaaa"), (Role::Operator, id.as_str())] {
        let mine = key();
        let chain = fleet.chain(role, name, &mine);
        assert!(fleet.accept(mine, chain).is_err(), "{role} {name}");
    }
    let mine = key();
    let foreign = Fleet::new().chain(Role::Node, &id, &mine);
    assert!(fleet.accept(mine, foreign).is_err());
}

#[test]
fn truncated_foreign_and_loose_files_are_named() {
    let (fleet, dir) = (Fleet::new(), state());
    fleet.identity().save(dir.path()).unwrap();
    let path = dir.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    for bad in [&whole[..whole.len() / 2], b"", b"{}", b"{\"version\":99}"] {
        std::fs::write(&path, bad).unwrap();
        let error = Identity::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains(FILE), "{error}");
    }
    std::fs::write(&path, &whole).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = Identity::load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("chmod"), "{error}");
}

#[test]
fn a_key_file_is_never_outside_of_the_directory() {
    let dir = Path::new("/state");
    assert_eq!(key_path(dir, "node-00ff.key"), Some(dir.join("node-00ff.key")));
    for bad in ["../node.key", "/etc/node.key", "node", "a/b.key", ""] {
        assert_eq!(key_path(dir, bad), None, "{bad}");
    }
}

#[test]
fn a_pending_key_is_kept_until_the_identity_is_there() {
    let (fleet, dir) = (Fleet::new(), state());
    let first = pending_key(dir.path()).unwrap();
    assert_eq!(pending_key(dir.path()).unwrap().spki(), first.spki());
    let old = fleet.identity();
    old.save(dir.path()).unwrap();
    let new = fleet.identity();
    new.save(dir.path()).unwrap();
    new.sweep_keys(dir.path()).unwrap();
    assert_eq!(Identity::load(dir.path()).unwrap().unwrap().key.spki(), new.key.spki());
    let keys = std::fs::read_dir(dir.path()).unwrap();
    let keys = keys.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|x| x == "key"));
    assert_eq!(keys.count(), 1);
}
