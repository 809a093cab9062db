//! A certificate by which strangers know the server: made by others, read here with its key. What it
//! must be is checked before it is used; who verifies it is none of ours.
//!
//! The files are those of other programs (certbot, a secret's mount): links are followed, text around
//! the blocks is passed over, and root may own them.

use crate::{PkiError, files, pem};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use zeroize::Zeroize;

/// Certificates in one file at most: a leaf and what leads to a root.
const CHAIN: usize = 10;
/// Names of one certificate that are looked at.
const NAMES: usize = 100;

/// A chain with its key, as read from two files.
pub struct Public {
    /// Leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// DNS names of the leaf, in lower case; `*.` in front stands for one label.
    pub names: Vec<String>,
    /// When the leaf begins to be valid, Unix ms.
    pub not_before_ms: u64,
    /// When the leaf ends, Unix ms.
    pub not_after_ms: u64,
    key: PrivateKeyDer<'static>,
}

impl std::fmt::Debug for Public {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Public").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Drop for Public {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Public {
    /// Reads a chain (PEM, leaf first) and its key (PEM: PKCS#8, SEC1 or PKCS#1).
    ///
    /// # Errors
    /// A file cannot be read, is not what it must be, or the key's may be read by others; the leaf has
    /// no DNS name, or is not valid at `now_ms`. That the key is the leaf's is for TLS to check.
    pub fn load(certificate: &Path, key: &Path, now_ms: u64) -> Result<Self, PkiError> {
        let chain = pem::any_certificates(certificate, &files::read_public(certificate)?)?;
        if chain.len() > CHAIN {
            return Err(PkiError::state(certificate, format!("more than {CHAIN} certificates")));
        }
        let key = pem::any_private_key(key, &files::read_shared_secret(key)?)?;
        let mut public = Self { chain, names: Vec::new(), not_before_ms: 0, not_after_ms: 0, key };
        public.read_leaf(certificate, now_ms)?;
        Ok(public)
    }

    fn read_leaf(&mut self, path: &Path, now_ms: u64) -> Result<(), PkiError> {
        let refuse = || PkiError::state(path, "the first certificate cannot be read");
        let leaf = self.chain.first().ok_or_else(refuse)?;
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| refuse())?;
        let ms = |seconds: i64| u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
        self.not_before_ms = ms(parsed.validity().not_before.timestamp());
        self.not_after_ms = ms(parsed.validity().not_after.timestamp());
        self.names = names(&parsed);
        if self.names.is_empty() {
            return Err(PkiError::state(path, "the certificate names no DNS name"));
        }
        if parsed.is_ca() {
            let what = "the first certificate is an authority's; the server's own comes first";
            return Err(PkiError::state(path, what));
        }
        if now_ms >= self.not_after_ms {
            let what = format!("the certificate ended on {}", parsed.validity().not_after);
            return Err(PkiError::state(path, what));
        }
        if now_ms < self.not_before_ms {
            let what = "the certificate is not valid yet; check this machine's clock";
            return Err(PkiError::state(path, what));
        }
        Ok(())
    }

    /// The key for rustls. The copy belongs to the caller.
    pub fn private_der(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }

    /// Whether the leaf is one for `host`.
    pub fn is_for(&self, host: &str) -> bool {
        covers(&self.names, host)
    }
}

/// Whether one of `names` covers `host` (RFC 6125: a wildcard is a whole first label).
pub fn covers(names: &[String], host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    names.iter().any(|name| match name.strip_prefix("*.") {
        Some(parent) => {
            host.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == parent)
        }
        None => *name == host,
    })
}

fn names(leaf: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = leaf.subject_alternative_name() else { return Vec::new() };
    let dns = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    });
    dns.take(NAMES).collect()
}

/// Files that a certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The chain, PEM, leaf first.
    pub certificate: PathBuf,
    /// The leaf's key, PEM.
    pub key: PathBuf,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use crate::KeyPair;
    use rcgen::{CertificateParams, PKCS_ECDSA_P384_SHA384};
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const DAY: u64 = 86_400_000;
    /// 2026-01-01.
    const NOW: u64 = 1_767_225_600_000;

    struct Files {
        dir: tempfile::TempDir,
    }

    impl Files {
        /// A certificate for `names` from NOW to ten days later, and its key.
        fn new(names: &[&str]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let key = rcgen::KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let mut params = CertificateParams::new(names).unwrap();
            let at = |ms: u64| {
                time::OffsetDateTime::from_unix_timestamp(i64::try_from(ms / 1000).unwrap())
            };
            params.not_before = at(NOW).unwrap();
            params.not_after = at(NOW + 10 * DAY).unwrap();
            let certificate = params.self_signed(&key).unwrap();
            let files = Self { dir };
            files.write("cert.pem", &certificate.pem(), 0o644);
            files.write("key.pem", &key.serialize_pem(), 0o600);
            files
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn write(&self, name: &str, text: &str, mode: u32) {
            std::fs::write(self.path(name), text).unwrap();
            std::fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
        }

        fn read(&self, name: &str) -> String {
            std::fs::read_to_string(self.path(name)).unwrap()
        }

        fn load(&self) -> Result<Public, String> {
            let (certificate, key) = (self.path("cert.pem"), self.path("key.pem"));
            Public::load(&certificate, &key, NOW + DAY).map_err(|error| error.to_string())
        }
    }

    #[test]
    fn what_certbot_lays_out_is_read_links_and_text_included() {
        let files = Files::new(&["Tun.Example.eu", "*.example.org"]);
        let told = format!("Bag Attributes\n  friendlyName: x\n{}", files.read("cert.pem"));
        files.write("archive.pem", &told, 0o644);
        std::fs::rename(files.path("key.pem"), files.path("archive-key.pem")).unwrap();
        std::fs::remove_file(files.path("cert.pem")).unwrap();
        symlink(files.path("archive.pem"), files.path("cert.pem")).unwrap();
        symlink(files.path("archive-key.pem"), files.path("key.pem")).unwrap();
        let public = files.load().unwrap();
        assert_eq!(public.names, ["tun.example.eu", "*.example.org"]);
        assert_eq!((public.not_before_ms, public.not_after_ms), (NOW, NOW + 10 * DAY));
        assert!(!format!("{public:?}").contains("key"), "{public:?}");
    }

    #[test]
    fn a_wildcard_is_one_whole_label() {
        let names = ["tun.example.eu".to_owned(), "*.example.org".to_owned()];
        for (host, is) in [
            ("tun.example.eu", true),
            ("TUN.Example.EU.", true),
            ("www.tun.example.eu", false),
            ("a.example.org", true),
            ("a.b.example.org", false),
            ("example.org", false),
            (".example.org", false),
            ("", false),
        ] {
            assert_eq!(covers(&names, host), is, "{host}");
        }
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_with_the_line_that_fixes_it() {
        let files = Files::new(&["tun.example.eu"]);
        for mode in [0o604, 0o640, 0o620] {
            files.write("key.pem", &files.read("key.pem"), mode);
            let told = files.load().unwrap_err();
            assert!(told.contains("chmod 600") && told.contains("key.pem"), "{told}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_one_line_that_names_it() {
        let files = Files::new(&["tun.example.eu"]);
        let (good_cert, good_key) = (files.read("cert.pem"), files.read("key.pem"));
        let encrypted = good_key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let two = format!("{good_key}{good_key}");
        for (cert, key, said) in [
            ("", good_key.as_str(), "cert.pem: holds no certificate"),
            (&good_key, &good_key, "cert.pem: holds no certificate"),
            (&good_cert, "", "key.pem: holds no private key"),
            (&good_cert, &good_cert, "key.pem: holds no private key"),
            (&good_cert, &encrypted, "key.pem: holds no private key"),
            (&good_cert, &two, "key.pem: holds more than one private key"),
            (&good_cert.replace("MII", "M!I"), &good_key, "cert.pem: damaged PEM"),
            (&good_cert.repeat(11), &good_key, "cert.pem: more than 10 certificates"),
        ] {
            files.write("cert.pem", cert, 0o644);
            files.write("key.pem", key, 0o600);
            let told = files.load().unwrap_err();
            assert!(told.contains(said) && !told.contains('\n'), "{said}: {told}");
        }
        let files = Files::new(&[]);
        assert!(files.load().unwrap_err().contains("names no DNS name"));
        std::fs::remove_file(files.path("cert.pem")).unwrap();
        assert!(files.load().unwrap_err().contains("cert.pem: No such file"));
    }

    #[test]
    fn only_a_certificate_that_is_valid_now_is_taken() {
        let files = Files::new(&["tun.example.eu"]);
        let at = |now| Public::load(&files.path("cert.pem"), &files.path("key.pem"), now);
        let ended = at(NOW + 10 * DAY).unwrap_err().to_string();
        assert!(ended.contains("cert.pem: the certificate ended on "), "{ended}");
        assert!(at(NOW - 1000).unwrap_err().to_string().contains("not valid yet"));
        assert!(at(NOW).is_ok());
    }

    #[test]
    fn keys_of_other_programs_are_read_whatever_they_are_called() {
        // Read as text only: what is in them is for TLS.
        for label in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"] {
            let text = format!(
                "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n\
                 -----BEGIN {label}-----\nMAA=\n-----END {label}-----\n"
            );
            assert!(pem::any_private_key(Path::new("key.pem"), text.as_bytes()).is_ok(), "{label}");
        }
        let own = KeyPair::generate().unwrap().to_pem();
        assert!(pem::any_private_key(Path::new("key.pem"), own.as_bytes()).is_ok());
    }
}
