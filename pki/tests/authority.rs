//! The authority: what it keeps on disk, what it signs, and what it takes from a request (T-06).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing unwrap fails the test")]

use pki::{Authority, Issued, KeyPair, PkiError, Role, Subject, Trust, files, pem, profile};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, SanType, SignatureAlgorithm,
};
use std::path::Path;
use std::time::Duration;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

const NOW: u64 = 1_790_000_000_000;
const DAY: u64 = 24 * 3600 * 1000;

struct Fixture {
    dir: tempfile::TempDir,
    authority: Authority,
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(&dir.path().join("server"), NOW).unwrap();
    Fixture { dir, authority }
}

impl Fixture {
    fn home(&self) -> std::path::PathBuf {
        self.dir.path().join("server")
    }

    fn issue(&self, csr: &[u8]) -> Result<Issued, PkiError> {
        let subject = Subject::of(Role::Node, "n_abcdefghijkl");
        self.authority.issue(&subject, csr, NOW, profile::NODE)
    }
}

fn parse(der: &[u8]) -> X509Certificate<'_> {
    X509Certificate::from_der(der).unwrap().1
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

/// Every extension of a node's leaf, as words; the whole of what such a leaf may say.
fn says(issued: &Issued) -> Vec<String> {
    let leaf = parse(&issued.chain[0]);
    let mut words: Vec<_> = leaf.extensions().iter().map(|e| word(e.parsed_extension())).collect();
    words.push(format!("subject {}", leaf.subject()));
    words.sort();
    words
}

fn word(extension: &ParsedExtension<'_>) -> String {
    match extension {
        ParsedExtension::BasicConstraints(bc) => format!("ca {}", bc.ca),
        ParsedExtension::KeyUsage(usage) => format!("usage {usage}"),
        ParsedExtension::ExtendedKeyUsage(eku) => format!(
            "for client {} server {} any {} other {}",
            eku.client_auth,
            eku.server_auth,
            eku.any,
            eku.other.len()
        ),
        ParsedExtension::SubjectAlternativeName(san) => {
            let names = san.general_names.iter().map(|name| match name {
                GeneralName::URI(uri) => (*uri).to_owned(),
                other => format!("{other:?}"),
            });
            format!("names {}", names.collect::<Vec<_>>().join(" "))
        }
        ParsedExtension::AuthorityKeyIdentifier(_) => "authority key id".to_owned(),
        ParsedExtension::SubjectKeyIdentifier(_) => "subject key id".to_owned(),
        other => format!("{other:?}"),
    }
}

const NODE_SAYS: [&str; 7] = [
    "authority key id",
    "ca false",
    "for client true server false any false other 0",
    "names tunnelctl://node/n_abcdefghijkl",
    "subject CN=n_abcdefghijkl",
    "subject key id",
    "usage Digital Signature",
];

#[test]
fn a_new_authority_has_its_files_with_their_modes_and_opens_again() {
    let f = fixture();
    let home = f.home();
    for (name, want) in
        [("root.key", 0o600), ("root.pem", 0o644), ("issuing.key", 0o600), ("issuing.pem", 0o644)]
    {
        assert_eq!(mode(&home.join("ca").join(name)), want, "{name}");
    }
    assert_eq!((mode(&home), mode(&home.join("ca"))), (0o700, 0o700));
    assert_eq!(pem::load_certificate(&home.join("ca.pem")).unwrap(), *f.authority.root());
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 2, "nothing else is left behind");

    let again = Authority::open_or_create(&home, NOW + DAY).unwrap();
    assert_eq!(again.pin(), f.authority.pin());
    assert_eq!(again.issuing(), f.authority.issuing());
}

#[test]
fn root_and_issuing_certificates_are_shaped_as_promised() {
    let f = fixture();
    let (root, issuing) = (parse(f.authority.root()), parse(f.authority.issuing().0));
    for (certificate, days, path) in [(&root, 3650, None), (&issuing, 540, Some(0))] {
        let constraints = certificate.basic_constraints().unwrap().unwrap().value;
        assert!(constraints.ca);
        assert_eq!(constraints.path_len_constraint, path);
        let usage = certificate.key_usage().unwrap().unwrap().value;
        assert!(usage.key_cert_sign() && usage.crl_sign() && !usage.digital_signature());
        let (start, end) = (certificate.validity().not_before, certificate.validity().not_after);
        assert_eq!(start.timestamp(), i64::try_from(NOW / 1000).unwrap() - 300);
        assert_eq!(end.timestamp(), i64::try_from(NOW / 1000).unwrap() + days * 24 * 3600);
    }
    assert_eq!(issuing.issuer().as_raw(), root.subject().as_raw());
    assert_ne!(f.authority.pin(), fixture().authority.pin());
}

#[test]
fn a_leaf_says_what_the_record_says_and_is_verified_as_that() {
    let f = fixture();
    let key = KeyPair::generate().unwrap();
    let issued = f.issue(&key.csr().unwrap()).unwrap();
    assert_eq!(says(&issued), NODE_SAYS);
    assert_eq!(issued.spki, key.spki());
    assert_eq!(issued.not_after_ms, NOW + DAY);
    assert_eq!(parse(&issued.chain[0]).raw_serial(), issued.serial);

    let trust = Trust::new(f.authority.root().clone()).unwrap();
    let verified = trust.verify_client(&issued.chain, NOW).unwrap();
    assert_eq!(
        (verified.identity.role, verified.identity.id.as_str()),
        (Role::Node, "n_abcdefghijkl")
    );
    assert_eq!((verified.spki, verified.not_after_ms), (issued.spki, issued.not_after_ms));
    assert_eq!(verified.serial, issued.serial);
    let end = issued.not_after_ms;
    assert!(trust.verify_client(&issued.chain, end - 1).is_ok());
    assert!(trust.verify_client(&issued.chain, end).is_err(), "its last instant is before its end");
    assert!(trust.verify_client(&issued.chain, NOW - 4 * 60_000).is_ok(), "clocks may lag");
}

#[test]
fn serials_differ_for_the_same_key_and_always_have_sixteen_bytes() {
    let f = fixture();
    let csr = KeyPair::generate().unwrap().csr().unwrap();
    let serials: std::collections::HashSet<_> =
        (0..64).map(|_| f.issue(&csr).unwrap().serial).collect();
    assert_eq!(serials.len(), 64);
    assert!(serials.iter().all(|serial| (0x40..0x80).contains(&serial[0])));
}

#[test]
fn only_a_server_has_host_names() {
    let f = fixture();
    let csr = KeyPair::generate().unwrap().csr().unwrap();
    let mut subject = Subject::of(Role::Server, "server");
    subject.dns = vec!["tunnel.example".to_owned()];
    subject.ips = vec!["10.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    let issued = f.authority.issue(&subject, &csr, NOW, profile::SERVER).unwrap();
    let words = says(&issued).join("\n");
    assert!(words.contains("tunnelctl://server/server") && words.contains("tunnel.example"));
    assert!(words.contains("for client false server true"));
    let trust = Trust::new(f.authority.root().clone()).unwrap();
    assert!(trust.verify_server(&issued.chain, NOW).is_ok());
    assert!(trust.verify_server(&f.authority.server_chain(&issued), NOW).is_ok());
    assert!(trust.verify_client(&issued.chain, NOW).is_err());

    subject.identity.role = Role::Node;
    assert!(f.authority.issue(&subject, &csr, NOW, profile::NODE).is_err());
}

#[test]
fn a_leaf_never_outlives_its_issuer() {
    let f = fixture();
    let (_, ends) = f.authority.issuing();
    let csr = KeyPair::generate().unwrap().csr().unwrap();
    let subject = Subject::of(Role::Node, "n_a");
    let late = f.authority.issue(&subject, &csr, ends - 1000, profile::NODE).unwrap();
    assert_eq!(late.not_after_ms, ends);
    assert!(f.authority.issue(&subject, &csr, ends, profile::NODE).is_err());
    let longest = f.authority.issue(&subject, &csr, NOW, Duration::MAX).unwrap();
    assert_eq!(longest.not_after_ms, NOW + 90 * DAY);
}

#[test]
fn hostile_subjects_are_refused() {
    let f = fixture();
    let csr = KeyPair::generate().unwrap().csr().unwrap();
    for id in ["", "a,b", "a/b", "a\0", "a\nb", "A", "\u{430}", &"a".repeat(300)] {
        let subject = Subject::of(Role::Node, id);
        assert!(f.authority.issue(&subject, &csr, NOW, profile::NODE).is_err(), "{id:?}");
    }
}

// T-06: requests that ask for more, or are not what they seem.

#[test]
fn what_a_request_asks_for_is_ignored() {
    let f = fixture();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("root,db1/\0\n{}", "x".repeat(300)));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::Any];
    params.subject_alt_names = vec![
        SanType::URI("tunnelctl://operator/u_root".try_into().unwrap()),
        SanType::DnsName("server".try_into().unwrap()),
    ];
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0])];
    let csr = params.serialize_request(&key).unwrap();
    let issued = f.issue(csr.der()).unwrap();
    assert_eq!(says(&issued), NODE_SAYS);
    assert_eq!(
        parse(&issued.chain[0]).public_key().raw,
        rcgen::PublicKeyData::subject_public_key_info(&key)
    );
}

/// T-06: whatever stands in a request, the certificate says what the record says.
fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("root,CN=db1/O=x".to_owned()),
        Just("n_b\0operator".to_owned()),
        Just("n_b\ntunnelctl://operator/u_a".to_owned()),
        Just("\u{43e}\u{440}\u{435}rator".to_owned()),
        "[ -~]{0,300}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn no_generated_request_changes_what_a_certificate_says(
        common in hostile_text(),
        unit in hostile_text(),
        uri in "[ -~]{0,300}",
        host in "[a-z0-9.*-]{0,60}",
        is_ca in any::<bool>(),
        oid in prop::collection::vec(1u64..60, 2..6),
        extra in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let f = fixture();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, common);
        params.distinguished_name.push(DnType::OrganizationalUnitName, unit);
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }
        let names = [uri.try_into().ok().map(SanType::URI), host.try_into().ok().map(SanType::DnsName)];
        params.subject_alt_names = names.into_iter().flatten().collect();
        let oid = [&[1, 3][..], &oid].concat();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&oid, extra)];
        // What cannot even be written is no request.
        let Ok(csr) = params.serialize_request(&key) else { return Ok(()) };
        match f.issue(csr.der()) {
            Ok(issued) => prop_assert_eq!(says(&issued), NODE_SAYS),
            Err(error) => prop_assert!(matches!(error, PkiError::Request(_)), "{}", error),
        }
    }
}

fn csr_of(algorithm: &'static SignatureAlgorithm) -> Vec<u8> {
    let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
    CertificateParams::default().serialize_request(&key).unwrap().der().to_vec()
}

#[test]
fn other_kinds_of_keys_are_refused_before_their_signature_is_looked_at() {
    let f = fixture();
    for algorithm in
        [&rcgen::PKCS_RSA_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ECDSA_P521_SHA512]
    {
        let mut csr = csr_of(algorithm);
        *csr.last_mut().unwrap() ^= 1;
        let message = f.issue(&csr).unwrap_err().to_string();
        assert!(message.contains("only P-256 and Ed25519"), "{message}");
    }
    assert!(f.issue(&csr_of(&rcgen::PKCS_ED25519)).is_ok());
    // A request of a 16384-bit RSA key alone has more than 4 KiB of key and signature.
    let message = f.issue(&vec![0x30; 4097]).unwrap_err().to_string();
    assert!(message.contains("4097 bytes"), "{message}");
}

#[test]
fn possession_of_the_key_must_be_proven() {
    let f = fixture();
    let mut csr = KeyPair::generate().unwrap().csr().unwrap();
    let other = KeyPair::generate().unwrap();
    let (old, new) = (&csr_point(&csr), &other.public_der()[26..]);
    let at = csr.windows(65).position(|w| w == old.as_slice()).unwrap();
    csr[at..at + 65].copy_from_slice(new);
    let message = f.issue(&csr).unwrap_err().to_string();
    assert!(message.contains("does not prove"), "{message}");

    let mut trailing = other.csr().unwrap();
    trailing.push(0);
    assert!(f.issue(&trailing).is_err());
}

fn csr_point(csr: &[u8]) -> Vec<u8> {
    use x509_parser::certification_request::X509CertificationRequest;
    let (_, request) = X509CertificationRequest::from_der(csr).unwrap();
    request.certification_request_info.subject_pki.subject_public_key.data.to_vec()
}

proptest! {
    #[test]
    fn no_bytes_panic_the_request_reader_or_change_the_key(
        noise in prop::collection::vec(any::<u8>(), 0..300),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
    ) {
        let _ = pki::request::ProvenKey::from_csr(&noise);
        let key = KeyPair::generate().unwrap();
        let good = key.csr().unwrap();
        let mut csr = good.clone();
        for (at, mask) in flips {
            let at = at.index(csr.len());
            csr[at] ^= mask;
        }
        // Only the encoding around what is signed may differ; it names no other key.
        let original = pki::request::ProvenKey::from_csr(&good).unwrap();
        if let Ok(read) = pki::request::ProvenKey::from_csr(&csr) {
            prop_assert_eq!(read, original);
        }
        let _ = pki::request::ProvenKey::from_csr(&good[..good.len() / 2]);
    }
}

// The folder.

#[test]
fn a_folder_that_is_not_whole_is_refused_by_name() {
    for name in ["ca/root.pem", "ca/issuing.key", "ca/issuing.pem"] {
        let f = fixture();
        std::fs::remove_file(f.home().join(name)).unwrap();
        let message = Authority::open_or_create(&f.home(), NOW).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
    }
    let f = fixture();
    std::fs::remove_dir_all(f.home().join("ca")).unwrap();
    let message = Authority::open_or_create(&f.home(), NOW).unwrap_err().to_string();
    assert!(message.contains("restore"), "a second root is never made silently: {message}");
    std::fs::create_dir(f.home().join("ca")).unwrap();
    assert!(Authority::open_or_create(&f.home(), NOW).is_err(), "an empty ca/ is not an authority");
}

#[test]
fn parts_of_another_authority_are_refused_by_name() {
    let other = fixture();
    for (name, blamed) in [
        ("ca/root.pem", "ca/root.pem"),
        ("ca/root.key", "ca/root.pem"),
        ("ca/issuing.key", "ca/issuing.pem"),
        ("ca/issuing.pem", "ca/issuing.pem"),
        ("ca.pem", "ca.pem"),
    ] {
        let f = fixture();
        std::fs::copy(other.home().join(name), f.home().join(name)).unwrap();
        let message = Authority::open_or_create(&f.home(), NOW).unwrap_err().to_string();
        assert!(message.contains(blamed), "{name}: {message}");
    }
    // A matching pair under the wrong root.
    let f = fixture();
    for name in ["ca/issuing.key", "ca/issuing.pem"] {
        std::fs::copy(other.home().join(name), f.home().join(name)).unwrap();
    }
    let message = Authority::open_or_create(&f.home(), NOW).unwrap_err().to_string();
    assert!(message.contains("does not fit"), "{message}");
}

#[test]
fn a_loose_key_is_refused_and_a_lost_copy_of_the_root_is_made_again() {
    use std::os::unix::fs::PermissionsExt;
    let f = fixture();
    std::fs::remove_file(f.home().join("ca.pem")).unwrap();
    Authority::open_or_create(&f.home(), NOW).unwrap();
    assert!(f.home().join("ca.pem").exists());
    let key = f.home().join("ca/issuing.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o604)).unwrap();
    let message = Authority::open_or_create(&f.home(), NOW).unwrap_err().to_string();
    assert!(message.contains(&format!("chmod 600 {}", key.display())), "{message}");
}

#[test]
fn litter_of_a_creation_that_was_cut_short_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("server");
    files::private_dir(&home.join(".ca.0123456789abcdef.tmp")).unwrap();
    std::fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    Authority::open_or_create(&home, NOW).unwrap();
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 2);
}
