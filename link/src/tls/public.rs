//! Certificates by which strangers know the server, chosen by the name they ask for. Only HTTPS uses
//! them: our own protocols always show the fleet's certificate.

use super::{Credentials, TlsError, provider};
use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::Arc;

/// Certificates in use for HTTPS, swappable: clones see a replacement in their next handshake.
#[derive(Debug, Clone, Default)]
pub struct PublicCertificates {
    current: Arc<ArcSwap<Vec<PublicCertificate>>>,
}

/// One of them, with its key.
#[derive(Debug, Clone)]
pub struct PublicCertificate {
    names: Arc<[String]>,
    not_after_ms: u64,
    key: Arc<CertifiedKey>,
}

impl PublicCertificate {
    /// Takes what was read from files.
    ///
    /// # Errors
    /// The key is not the certificate's, or of a kind that TLS does not know.
    pub fn new(public: &pki::Public) -> Result<Self, TlsError> {
        let key = CertifiedKey::from_der(public.chain.clone(), public.private_der(), provider())
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    TlsError::Rustls("the key is not the certificate's".to_owned())
                }
                other => other.into(),
            })?;
        Ok(Self {
            names: public.names.clone().into(),
            not_after_ms: public.not_after_ms,
            key: Arc::new(key),
        })
    }

    /// Its DNS names, in lower case; never empty when it was read by [`pki::Public::load`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// When it ends, Unix ms.
    pub const fn not_after_ms(&self) -> u64 {
        self.not_after_ms
    }
}

impl PublicCertificates {
    /// Takes these into use in place of all before; connections that stand are not touched.
    pub fn replace(&self, certificates: Vec<PublicCertificate>) {
        self.current.store(Arc::new(certificates));
    }

    /// For `host`: one that names it as it is before one with a wildcard, and among those the first
    /// that the client can check.
    fn find(&self, host: &str, can: impl Fn(&CertifiedKey) -> bool) -> Option<Arc<CertifiedKey>> {
        let current = self.current.load();
        let fit = |exactly: bool| {
            current.iter().find(|one| {
                let as_it_is = one.names.iter().any(|name| name.eq_ignore_ascii_case(host));
                (as_it_is || !exactly) && pki::public::covers(&one.names, host) && can(&one.key)
            })
        };
        fit(true).or_else(|| fit(false)).map(|one| Arc::clone(&one.key))
    }
}

/// HTTPS: a public certificate for a name that has one, the fleet's own for everything else.
#[derive(Debug)]
pub(super) struct ByName {
    pub(super) public: PublicCertificates,
    pub(super) own: Credentials,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let can = |key: &CertifiedKey| key.key.choose_scheme(hello.signature_schemes()).is_some();
        let public = hello.server_name().and_then(|host| self.public.find(host, can));
        public.or_else(|| Some(self.own.key()))
    }
}
