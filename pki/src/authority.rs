//! Root → issuing CA → leaves: one slot of an installation's authorities (see [`Slots`]).
//!
//! The root's key is needed to create an authority and to make the next; its owner may take it away
//! in between. Which leaf is given to whom is the server's decision.

mod folder;
mod root;
mod slots;
mod template;

pub use root::Root;
pub use slots::{Parts, Slots, export_root};

use crate::crl::{Crl, Ended};
use crate::request::ProvenKey;
use crate::{Identity, KeyPair, PkiError, Role, pin_of, profile, sha256};
use folder::Folder;
use rcgen::{Issuer, PublicKeyData};
use rustls_pki_types::CertificateDer;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use template::Validity;

/// The certificate authority of one installation.
pub struct Authority {
    root: CertificateDer<'static>,
    issuing: CertificateDer<'static>,
    issuing_ends: u64,
    issuer: Issuer<'static, KeyPair>,
    /// This root certified by the ones before it, the newest first.
    cross: Vec<CertificateDer<'static>>,
    /// The roots before it, the newest first.
    past: Vec<CertificateDer<'static>>,
}

/// What a leaf says; everything comes from the server's records, nothing from the request.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Role and id.
    pub identity: Identity,
    /// DNS names (server role only).
    pub dns: Vec<String>,
    /// Addresses (server role only).
    pub ips: Vec<IpAddr>,
    /// The number of this renewal (node role only); 0 is none.
    pub renewal: u64,
}

impl Subject {
    /// A subject without host names.
    pub fn of(role: Role, id: impl Into<String>) -> Self {
        let identity = Identity { role, id: id.into() };
        Self { identity, dns: Vec::new(), ips: Vec::new(), renewal: 0 }
    }

    /// A node, in its certificate of this number.
    pub fn node(id: impl Into<String>, renewal: u64) -> Self {
        Self { renewal, ..Self::of(Role::Node, id) }
    }
}

/// A leaf that was just signed.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Leaf, then issuing certificate.
    pub chain: Vec<CertificateDer<'static>>,
    /// 16 random bytes, top bit clear.
    pub serial: [u8; 16],
    /// SHA-256 of the subject public key info.
    pub spki: [u8; 32],
    /// End of validity, Unix ms.
    pub not_after_ms: u64,
}

impl Authority {
    /// Opens the first authority in `dir`, or creates it if there is none.
    ///
    /// # Errors
    /// A file is missing, loose, damaged or does not belong to the others; the message names it.
    pub fn open_or_create(dir: &Path, now_ms: u64) -> Result<Self, PkiError> {
        crate::files::private_dir(dir)?;
        let folder = Folder::of(dir);
        if !folder.exist()? {
            folder.create(now_ms)?;
        }
        folder.sweep();
        let authority = folder.open()?;
        folder.publish(std::slice::from_ref(authority.root()))?;
        Ok(authority)
    }

    /// The root certificate.
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// The issuing certificate now in use, and when it ends (Unix ms).
    pub fn issuing(&self) -> (&CertificateDer<'static>, u64) {
        (&self.issuing, self.issuing_ends)
    }

    /// SHA-256 of the root certificate: the pin in tokens.
    pub fn pin(&self) -> [u8; 32] {
        pin_of(&self.root)
    }

    /// What the server presents: leaf, issuing certificate, then this root by the ones before it
    /// for peers that stayed behind, and the roots themselves, which a newcomer who knows only a
    /// pin must see (see [`crate::verify::pinned_verifier`]).
    pub fn server_chain(&self, issued: &Issued) -> Vec<CertificateDer<'static>> {
        issued
            .chain
            .iter()
            .chain(&self.cross)
            .chain([&self.root])
            .chain(&self.past)
            .cloned()
            .collect()
    }

    /// Signs the list of certificates of this authority that ended before their time.
    ///
    /// # Errors
    /// The cryptography library failed.
    pub fn crl(&self, ended: &[Ended], number: u64, now_ms: u64) -> Result<Crl, PkiError> {
        crate::crl::sign(&self.issuer, ended, number, now_ms)
    }

    /// Signs a leaf for the public key in `csr` (DER); the request supplies nothing else. P-256 or
    /// Ed25519 only. The leaf never outlives the issuing certificate.
    ///
    /// # Errors
    /// The request is refused, the subject cannot be written, or the issuing certificate has ended.
    pub fn issue(
        &self,
        subject: &Subject,
        csr: &[u8],
        now_ms: u64,
        lifetime: Duration,
    ) -> Result<Issued, PkiError> {
        self.sign(subject, &ProvenKey::from_csr(csr)?, now_ms, lifetime)
    }

    /// When a leaf would end that is issued now: at the end of its life, or with its issuer.
    ///
    /// # Errors
    /// Beyond the calendar.
    pub fn until(&self, now_ms: u64, lifetime: Duration) -> Result<u64, PkiError> {
        Ok(self.validity(now_ms, lifetime)?.end_ms())
    }

    fn validity(&self, now_ms: u64, lifetime: Duration) -> Result<Validity, PkiError> {
        let lifetime = lifetime.min(profile::ISSUING / profile::LEAF_SHARE);
        Ok(Validity::starting(now_ms, lifetime)?.until(self.issuing_ends))
    }

    fn sign(
        &self,
        subject: &Subject,
        key: &impl PublicKeyData,
        now_ms: u64,
        lifetime: Duration,
    ) -> Result<Issued, PkiError> {
        if now_ms >= self.issuing_ends {
            return Err(PkiError::Certificate(
                "the issuing certificate has ended; make another one: tunnelctl ca rotate --issuing"
                    .to_owned(),
            ));
        }
        let validity = self.validity(now_ms, lifetime)?;
        let serial = template::random_serial()?;
        let leaf = template::leaf(subject, serial, validity)?
            .signed_by(key, &self.issuer)
            .map_err(PkiError::crypto)?;
        Ok(Issued {
            chain: vec![leaf.der().clone(), self.issuing.clone()],
            serial,
            spki: sha256(&key.subject_public_key_info()),
            not_after_ms: validity.end_ms(),
        })
    }

    /// Puts the parts together and proves that they belong together, by a leaf that is thrown away.
    fn assemble(
        root: CertificateDer<'static>,
        issuing: CertificateDer<'static>,
        key: KeyPair,
    ) -> Result<Self, PkiError> {
        let issuing_ends = crate::verify::end_of(&issuing)?;
        let probe_key = KeyPair::generate()?;
        let issuer = Issuer::from_ca_cert_der(&issuing, key).map_err(PkiError::crypto)?;
        let (cross, past) = (Vec::new(), Vec::new());
        let authority = Self { root, issuing, issuing_ends, issuer, cross, past };
        let just_before = issuing_ends.saturating_sub(60_000);
        let probe = Subject::of(Role::Node, "probe");
        let issued = authority.sign(&probe, &probe_key, just_before, profile::NODE)?;
        crate::Trust::new(authority.root.clone())?.verify_client(&issued.chain, just_before)?;
        Ok(authority)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("pin", &data_encoding::HEXLOWER.encode(&self.pin()))
            .field("issuing_ends", &self.issuing_ends)
            .finish_non_exhaustive()
    }
}
