//! From settings to a live connection: server, trust, credentials, retries, silent renewal.

use crate::ctx::Identity;
use crate::ctx::contexts::Context;
use crate::ctx::follow;
use crate::ctx::identity::parse_pin;
use crate::ctx::settings::{Settings, default_name};
use crate::ctx::ways;
use crate::exit::{Exit, Failure, Result};
use link::operator::{Access, Operator, OperatorError};
use link::tls::{ClientTls, Credentials};
use link::{Clock, Shutdown, System};
use pki::{CertificateDer, Trust};
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::Target;
use wire::message::operator::{Reply, Request};

const DEFAULT_PORT: u16 = 7443;
const LAST_WAIT: Duration = Duration::from_secs(8);

/// How to reach a server, resolved; nothing is dialled yet.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The context's name, or the server's address without one.
    pub name: String,
    /// Changes are confirmed one level higher.
    pub protected: bool,
    /// For [`Operator::connect`].
    pub access: Access,
    /// How often `-v` was given.
    pub verbose: u8,
    /// Where the identity lies.
    pub identity: PathBuf,
    /// SHA-256 of the trusted root certificate.
    pub ca_pin: [u8; 32],
    pub(super) credentials: Credentials,
    pub(super) trust: Trust,
}

impl Endpoint {
    /// When the certificate in use ends, Unix ms.
    pub fn certificate_ends_ms(&self) -> u64 {
        self.credentials.not_after_ms()
    }
}

/// A live connection and the tasks under it.
pub struct Link {
    /// Requests, pushes, tunnels.
    pub operator: Operator,
    /// What it was made from.
    pub endpoint: Endpoint,
    /// Owns the connection's tasks.
    pub shutdown: Shutdown,
}

impl Link {
    /// Asks and waits for the reply.
    ///
    /// # Errors
    /// Refused, lost or late.
    pub async fn ask(&self, request: Request) -> Result<Reply> {
        self.operator.request(request).await.map_err(Failure::from)
    }

    /// Says goodbye and waits briefly for the tasks.
    pub async fn close(self) {
        self.operator.close();
        self.shutdown.finish(Duration::from_millis(200)).await;
    }
}

/// A reply of another kind than the request asks for.
pub fn unexpected(what: &str) -> Failure {
    Failure::new(Exit::Server, format!("the server answered {what} with something else"))
        .hint("tunnelctl version     shows both versions")
        .permanent()
}

/// Resolves server, identity and pin without touching the network.
///
/// # Errors
/// No context, no identity, a loose file mode, or a pin that does not match.
pub fn endpoint(settings: &Settings, client: &str) -> Result<Endpoint> {
    let context = context(settings)?;
    let servers = match (&settings.server.value, &context) {
        (Some(server), _) => vec![server_address(server)?],
        (None, Some(context)) => context
            .server
            .iter()
            .map(|server| server_address(server))
            .collect::<Result<Vec<_>>>()?,
        (None, None) => return Err(no_context()),
    };
    let file = match (&settings.identity.value, &context) {
        (Some(file), _) => file.clone(),
        (None, Some(context)) => context.identity_file()?,
        (None, None) => return Err(no_context()),
    };
    let identity = Identity::load(&file)?;
    let pin = settings.ca_pin.value.clone().or_else(|| context.as_ref().map(|c| c.ca_pin.clone()));
    check_pin(pin.as_deref(), &identity)?;
    let trust = Trust::of(identity.roots().to_vec())?;
    let credentials = Credentials::new(identity.chain().to_vec(), identity.key())?;
    let access = Access {
        servers,
        ladder: ways::ladder()?,
        tls: ClientTls::authenticated(&trust, credentials.clone())?,
        client: format!("tunnelctl/{} {client}", env!("CARGO_PKG_VERSION")),
        timeout: settings.timeout.value,
        request: Some(crate::exit::request_id()),
    };
    Ok(Endpoint {
        name: context.as_ref().map_or_else(|| access.servers[0].clone(), |c| c.name.clone()),
        protected: context.is_some_and(|c| c.protected),
        access,
        verbose: settings.flags.verbose,
        ca_pin: identity.pin(),
        identity: file,
        credentials,
        trust,
    })
}

/// Connects, again up to `--retry` times, and renews a certificate that is past two thirds.
///
/// # Errors
/// As [`endpoint`], and whatever keeps the connection from being made.
pub async fn connect(settings: &Settings) -> Result<Link> {
    connect_as(settings, "cli").await
}

/// As [`connect`], with another word for the program in the audit record.
///
/// # Errors
/// As [`connect`].
pub async fn connect_as(settings: &Settings, client: &str) -> Result<Link> {
    let endpoint = endpoint(settings, client)?;
    let shutdown = Shutdown::new();
    let operator = dial(settings, &endpoint, &shutdown).await?;
    let link = Link { operator, endpoint, shutdown };
    follow::now(&link).await;
    follow::from_now_on(&link);
    follow::renewals_from_now_on(&link.endpoint, &link.shutdown);
    if renewal_is_due(&link.endpoint.credentials, System.wall().0) {
        match renew(&link).await {
            Ok(()) => tracing::debug!(identity = %link.endpoint.identity.display(), "renewed"),
            Err(error) => tracing::warn!(%error, "the certificate was not renewed"),
        }
    }
    Ok(link)
}

async fn dial(settings: &Settings, endpoint: &Endpoint, shutdown: &Shutdown) -> Result<Operator> {
    let mut wait = Duration::from_millis(500);
    let mut left = settings.flags.retry.unwrap_or(0);
    loop {
        let error = match Operator::connect(&endpoint.access, shutdown).await {
            Ok(operator) => return Ok(operator),
            Err(error) => expired(error, endpoint),
        };
        if left == 0 || !error.retryable {
            return Err(error);
        }
        tracing::info!(%error, left, "trying again");
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LAST_WAIT);
        left -= 1;
    }
}

fn expired(error: OperatorError, endpoint: &Endpoint) -> Failure {
    let end = endpoint.credentials.not_after_ms();
    let failure = Failure::from(error);
    if failure.exit == Exit::Auth && end < System.wall().0 {
        let message = format!("the certificate in {} has expired", endpoint.identity.display());
        return Failure::new(Exit::Auth, message).hint(
            "tunnelctl login --token-file F with a new token; the local admin's is minted \
                 again by tunnelctl server run",
        );
    }
    failure
}

pub(super) fn renewal_is_due(credentials: &Credentials, now_ms: u64) -> bool {
    past_two_thirds(credentials.not_before_ms(), credentials.not_after_ms(), now_ms)
}

const fn past_two_thirds(begins: u64, ends: u64, now: u64) -> bool {
    ends.saturating_sub(now) < ends.saturating_sub(begins) / 3
}

pub(super) async fn renew(link: &Link) -> Result<()> {
    renew_by(&link.operator, &link.endpoint).await
}

/// Renews the certificate of `endpoint` by a connection of its own.
pub(super) async fn renew_by(operator: &Operator, endpoint: &Endpoint) -> Result<()> {
    let path: &Path = &endpoint.identity;
    let identity = Identity::load(path)?;
    let csr = identity.key().csr()?.into();
    let reply = operator.request(Request::Renew { csr }).await.map_err(Failure::from)?;
    let Reply::Renewed(chain) = reply else {
        return Err(unexpected("a renewal"));
    };
    let chain = chain.into_iter().map(|der| CertificateDer::from(Vec::from(der))).collect();
    let identity = identity.renewed(chain)?;
    identity.save(path)?;
    Ok(endpoint.credentials.replace(identity.chain().to_vec(), identity.key())?)
}

/// The context in use: the named one must exist.
fn context(settings: &Settings) -> Result<Option<Context>> {
    if settings.server.value.is_some() && settings.identity.value.is_some() {
        return Ok(None);
    }
    match default_name(settings.context.value.as_deref())? {
        Some(name) => Context::load(&name).map(Some),
        None => Ok(None),
    }
}

fn no_context() -> Failure {
    Failure::new(Exit::Auth, "no context: which server, and as whom?").hint(
        "tunnelctl context list     contexts you have; choose one with -c NAME\n\
         tunnelctl server run       starts a server here and makes one named local\n\
         tunnelctl context add NAME --server HOST:PORT --identity FILE",
    )
}

fn check_pin(pin: Option<&str>, identity: &Identity) -> Result<()> {
    let Some(pin) = pin else { return Ok(()) };
    let wanted = parse_pin(pin).map_err(|error| Failure::usage(format!("{pin}: {error}")))?;
    if identity.roots().iter().any(|root| pki::pin_of(root) == wanted) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Server,
        format!("the identity trusts {}, not the pinned CA {pin}", identity.ca_pin()),
    )
    .hint("take the pin from the server: tunnelctl server status, or <dir>/ca.pem")
    .permanent())
}

/// `HOST:PORT` out of `HOST`, `HOST:PORT` or `https://HOST[:PORT][/]`.
///
/// # Errors
/// No host, or no port number.
pub fn server_address(text: &str) -> Result<String> {
    let bare = text.strip_prefix("https://").map_or(text, |rest| rest.trim_end_matches('/'));
    let (host, port) = match bare.rsplit_once(':') {
        _ if bare.ends_with(']') => (bare.to_owned(), Some(DEFAULT_PORT)),
        _ if bare.parse::<Ipv6Addr>().is_ok() => (format!("[{bare}]"), Some(DEFAULT_PORT)),
        Some((host, port)) => (host.to_owned(), port.parse().ok().filter(|port| *port > 0)),
        None => (bare.to_owned(), Some(DEFAULT_PORT)),
    };
    if let Some(port) = port
        && Target::new(&host, port).is_ok()
    {
        return Ok(format!("{host}:{port}"));
    }
    Err(Failure::usage(format!("{text:?} is not a server address"))
        .hint("a server is HOST, HOST:PORT or https://HOST[:PORT]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_with_an_optional_port() {
        for (text, is) in [
            ("tun.example.eu", "tun.example.eu:7443"),
            ("https://tun.example.eu/", "tun.example.eu:7443"),
            ("https://tun.example.eu:443", "tun.example.eu:443"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]:7", "[::1]:7"),
            ("[::1]", "[::1]:7443"),
            ("::1", "[::1]:7443"),
        ] {
            assert_eq!(server_address(text).ok().as_deref(), Some(is), "{text}");
        }
        for bad in ["", "https://", "host:", "host:0", ":7443", "host:70000", "http://x/y:1"] {
            assert!(server_address(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn certificates_are_renewed_past_two_thirds() {
        const HOUR: u64 = 3_600_000;
        const DAY: u64 = 24 * HOUR;
        for life in [12 * HOUR, 30 * DAY, 90 * DAY] {
            assert!(!past_two_thirds(DAY, DAY + life, DAY));
            assert!(!past_two_thirds(DAY, DAY + life, DAY + life / 3 * 2));
            assert!(past_two_thirds(DAY, DAY + life, DAY + life / 3 * 2 + 1));
            assert!(past_two_thirds(DAY, DAY + life, DAY + life + 1));
        }
    }
}
