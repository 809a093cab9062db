//! A public certificate authority for tests: what strangers trust, and pairs of files as an ACME client
//! would lay them out. Made with the same library as the fleet's own, and related to it in nothing.

use anyhow::{Context, Result};
use pki::public::Pair;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An authority outside of the fleet.
pub struct PublicAuthority {
    dir: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    root: String,
}

impl PublicAuthority {
    /// One that keeps its files in `dir`, which must exist.
    ///
    /// # Errors
    /// Files or keys cannot be made.
    pub fn new(dir: &Path) -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "Public Test Root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let root = params.self_signed(&key)?.pem();
        std::fs::write(dir.join("public-root.pem"), &root)?;
        Ok(Self { dir: dir.to_owned(), issuer: Issuer::new(params, key), root })
    }

    /// The root's file, for `--cacert`.
    pub fn root_file(&self) -> PathBuf {
        self.dir.join("public-root.pem")
    }

    /// The root, PEM.
    pub fn root_pem(&self) -> &str {
        &self.root
    }

    /// Writes a certificate for `names` that lives this long from now on, and its key (0600), into
    /// files called after `file`; what was there is replaced.
    ///
    /// # Errors
    /// Files or keys cannot be made.
    pub fn issue(&self, file: &str, names: &[&str], life: Duration) -> Result<Pair> {
        let now = time::OffsetDateTime::now_utc();
        self.issue_between(file, names, (now - Duration::from_secs(60), now + life))
    }

    /// The same for a time of its own.
    ///
    /// # Errors
    /// Files or keys cannot be made.
    pub fn issue_between(
        &self,
        file: &str,
        names: &[&str],
        (from, to): (time::OffsetDateTime, time::OffsetDateTime),
    ) -> Result<Pair> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        (params.not_before, params.not_after) = (from, to);
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.issuer)?;
        let pair = Pair {
            certificate: self.dir.join(format!("{file}.pem")),
            key: self.dir.join(format!("{file}.key")),
        };
        std::fs::write(&pair.certificate, leaf.pem())?;
        // A file that is replaced has its mode from the beginning.
        let new = pair.key.with_extension("new");
        std::fs::write(&new, key.serialize_pem())?;
        std::fs::set_permissions(&new, Permissions::from_mode(pki::files::SECRET))?;
        std::fs::rename(&new, &pair.key).context("the key's file")?;
        Ok(pair)
    }
}
