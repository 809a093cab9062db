//! rustls configurations: TLS 1.3 only, no resumption, no tickets, no early data, one configuration
//! per purpose. Credentials are swappable, so that a renewal needs no reconnect.
//!
//! Resumption is off everywhere because a resumed session skips the client's certificate: a revoked
//! node could come back with a ticket.

mod outer;
mod public;

pub(crate) use outer::outer;
pub use public::{PublicCertificate, PublicCertificates};

use crate::dial::AcceptError;
use crate::peer::Peer;
use arc_swap::ArcSwap;
use pki::{CertificateDer, KeyPair, Revoked, Trust};
use public::ByName;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{ClientConfig, ServerConfig, SignatureScheme};
use std::sync::{Arc, LazyLock};
use wire::alpn;

/// What rustls may hold of encrypted bytes that the socket did not take: one lane frame and a
/// second on its way. Below one frame each would leave as two records and two writes.
pub(crate) const BUFFER: usize = 128 * 1024;

/// The fewest certificates of a server: leaf, issuing, root.
const SERVER_CHAIN: usize = 3;

/// A failure to make a configuration.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate or key is not usable.
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    /// rustls refused it.
    #[error("tls: {0}")]
    Rustls(String),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Rustls(error.to_string())
    }
}

/// A certificate chain with its key, swappable while in use: clones see a replacement at once, in
/// their next handshake.
#[derive(Debug, Clone)]
pub struct Credentials {
    current: Arc<ArcSwap<Held>>,
}

#[derive(Debug)]
struct Held {
    key: Arc<CertifiedKey>,
    not_before_ms: u64,
    not_after_ms: u64,
}

impl Credentials {
    /// A chain (leaf first) with the key of its leaf.
    ///
    /// # Errors
    /// The chain is empty or malformed, or the key is not the leaf's.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Result<Self, TlsError> {
        Ok(Self { current: Arc::new(ArcSwap::from_pointee(hold(chain, key)?)) })
    }

    /// Takes another chain and key into use; connections that stand are not touched.
    ///
    /// # Errors
    /// As in [`Credentials::new`]; the old ones stay in use.
    pub fn replace(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: &KeyPair,
    ) -> Result<(), TlsError> {
        self.current.store(Arc::new(hold(chain, key)?));
        Ok(())
    }

    /// When the leaf ends, Unix ms.
    pub fn not_after_ms(&self) -> u64 {
        self.current.load().not_after_ms
    }

    /// When the leaf began, Unix ms.
    pub fn not_before_ms(&self) -> u64 {
        self.current.load().not_before_ms
    }

    fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.load().key)
    }
}

fn hold(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Result<Held, TlsError> {
    let leaf = chain.first().ok_or(rustls::Error::NoCertificatesPresented)?;
    let (not_before_ms, not_after_ms) = (pki::verify::starts_at(leaf)?, pki::verify::end_of(leaf)?);
    let key = CertifiedKey::from_der(chain, key.private_der(), provider())?;
    Ok(Held { key: Arc::new(key), not_before_ms, not_after_ms })
}

impl ResolvesServerCert for Credentials {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key())
    }
}

impl ResolvesClientCert for Credentials {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.key())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// What the server answers with, by ALPN: enrolment asks for no client certificate, HTTPS takes one,
/// agents and operators must show one. HTTPS alone may show a public certificate.
#[derive(Debug, Clone)]
pub struct ServerTls {
    enrol: Arc<ServerConfig>,
    web: Arc<ServerConfig>,
    members: Arc<ServerConfig>,
    trust: Trust,
    revoked: Revoked,
}

impl ServerTls {
    /// The server's own leaf must be followed by issuing and root certificate (for the pin).
    ///
    /// # Errors
    /// The chain is shorter than that.
    pub fn new(
        credentials: Credentials,
        trust: &Trust,
        revoked: Revoked,
    ) -> Result<Self, TlsError> {
        Self::with_public(credentials, trust, revoked, PublicCertificates::default())
    }

    /// The same with certificates for strangers who ask for one of their names.
    ///
    /// # Errors
    /// As in [`ServerTls::new`].
    pub fn with_public(
        credentials: Credentials,
        trust: &Trust,
        revoked: Revoked,
        public: PublicCertificates,
    ) -> Result<Self, TlsError> {
        if credentials.key().cert.len() < SERVER_CHAIN {
            return Err(TlsError::Rustls(
                "the server's chain must be its leaf, the issuing and the root certificate".into(),
            ));
        }
        let resolver = Arc::new(credentials.clone());
        let enrol = server_builder()?.with_no_client_auth().with_cert_resolver(resolver.clone());
        let web = server_builder()?
            .with_client_cert_verifier(trust.optional_client_verifier(revoked.clone()))
            .with_cert_resolver(Arc::new(ByName { public, own: credentials }));
        let members = server_builder()?
            .with_client_cert_verifier(trust.client_verifier(revoked.clone()))
            .with_cert_resolver(resolver);
        Ok(Self {
            enrol: finish(enrol, &[alpn::ENROL]),
            web: finish(web, &[alpn::HTTP]),
            members: finish(members, &MEMBERS),
            trust: trust.clone(),
            revoked,
        })
    }

    /// The configuration for what the client offers. Nothing of ours among its protocols: that of
    /// HTTPS, whose handshake then fails with the alert that says so.
    pub(crate) fn choose(&self, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
        let offers = |wanted: &[&[u8]]| {
            hello.alpn().is_some_and(|mut offered| offered.any(|name| wanted.contains(&name)))
        };
        Arc::clone(if offers(&MEMBERS) {
            &self.members
        } else if offers(&[alpn::ENROL]) {
            &self.enrol
        } else {
            &self.web
        })
    }

    /// Who showed `chain` under `protocol`. Asked after the handshake: what was revoked while it
    /// ran counts.
    pub(crate) fn identify(
        &self,
        chain: &[CertificateDer<'_>],
        protocol: &[u8],
        now_ms: u64,
    ) -> Result<Peer, AcceptError> {
        let verified =
            self.trust.verify_client(chain, now_ms).map_err(|e| AcceptError::Tls(e.to_string()))?;
        if self.revoked.contains(&verified.spki) {
            return Err(AcceptError::Tls("certificate refused: it was revoked".to_owned()));
        }
        let peer = Peer::new(verified).map_err(AcceptError::Protocol)?;
        if peer.may_speak(protocol) {
            return Ok(peer);
        }
        let protocol = String::from_utf8_lossy(protocol);
        Err(AcceptError::Protocol(format!("{:?} may not speak {protocol}", peer.id)))
    }
}

/// Protocols that need a client certificate.
const MEMBERS: [&[u8]; 4] = [alpn::AGENT, alpn::AGENT_LANE, alpn::OPERATOR, alpn::OPERATOR_LANE];
// Beside them enrolment and HTTPS. A new protocol has to be in the list of all, which tests go through.
const _: () = assert!(MEMBERS.len() + 2 == alpn::ALL.len());

fn server_builder()
-> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(Arc::clone(provider())).with_protocol_versions(&[&TLS13])
}

fn finish(mut config: ServerConfig, protocols: &[&[u8]]) -> Arc<ServerConfig> {
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Arc::new(config)
}

/// What a client dials with.
#[derive(Debug, Clone)]
pub struct ClientTls {
    config: Arc<ClientConfig>,
}

impl ClientTls {
    /// As a node or operator.
    ///
    /// # Errors
    /// rustls refused the configuration.
    pub fn authenticated(trust: &Trust, credentials: Credentials) -> Result<Self, TlsError> {
        let config = client_builder()?
            .dangerous()
            .with_custom_certificate_verifier(trust.server_verifier())
            .with_client_cert_resolver(Arc::new(credentials));
        Ok(Self::finish(config))
    }

    /// Without a certificate, towards a server whose roots are known.
    ///
    /// # Errors
    /// rustls refused the configuration.
    pub fn unnamed(trust: &Trust) -> Result<Self, TlsError> {
        let config = client_builder()?
            .dangerous()
            .with_custom_certificate_verifier(trust.server_verifier())
            .with_no_client_auth();
        Ok(Self::finish(config))
    }

    /// As a stranger that knows the root's hash.
    ///
    /// # Errors
    /// rustls refused the configuration.
    pub fn pinned(pin: [u8; 32]) -> Result<Self, TlsError> {
        let config = client_builder()?
            .dangerous()
            .with_custom_certificate_verifier(pki::verify::pinned_verifier(pin))
            .with_no_client_auth();
        Ok(Self::finish(config))
    }

    fn finish(mut config: ClientConfig) -> Self {
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        Self { config: Arc::new(config) }
    }

    /// The configuration that offers exactly `protocol`.
    pub(crate) fn offering(&self, protocol: &'static [u8]) -> Arc<ClientConfig> {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols = vec![protocol.to_vec()];
        Arc::new(config)
    }
}

fn client_builder()
-> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::clone(provider())).with_protocol_versions(&[&TLS13])
}

/// AES-128 first: half the cost of ChaCha20 where the CPU has AES, and nothing is gained by 256
/// bits here. The key exchange is the provider's order, X25519MLKEM768 first: it costs a connection
/// about 1.2 KiB each way and under 0.1 ms, and recorded traffic stays secret.
fn provider() -> &'static Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites = vec![
            aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256,
            aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384,
            aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        ];
        Arc::new(provider)
    });
    &PROVIDER
}
