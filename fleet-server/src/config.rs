//! The server's configuration: raw file → validated; unknown keys are errors with the nearest match.
//! Flags of the command line are laid over it elsewhere, and checked here again.

mod file;

#[cfg(test)]
pub(crate) use file::KEYS;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use pki::public::Pair;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::limits::{DEAD_AFTER, HEARTBEAT, MAX_LANES};

/// The port of everything: enrolment, agents, operators, HTTPS.
const PORT: u16 = 7443;
/// The port of the metrics listener.
const METRICS_PORT: u16 = 9464;
/// Shortest and longest heartbeat; the longest is the metered mode's.
const HEARTBEATS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));
/// Shortest and longest life of a certificate that is given to others; the issuing one lives a year.
const CERTIFICATES: (Duration, Duration) =
    (Duration::from_secs(2), Duration::from_secs(30 * 86_400));
/// Where a proxy in front of the server stands, on the same machine.
const LOOPBACK: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
];
/// Pairs of public certificate and key at most.
const TLS_PAIRS: usize = 32;
/// Longest silence that is taken for life.
const MAX_DEAD_AFTER: Duration = Duration::from_secs(150);

/// Everything a server has to be told. Each field is a key of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The data directory; not a key of the file that lies in it.
    pub dir: PathBuf,
    /// TLS listeners; port 0 picks one. Default `[::]:7443`, which takes IPv4 as well.
    pub listen: Vec<SocketAddr>,
    /// `HOST[:PORT]` put into tokens and certificates.
    pub public_names: Vec<String>,
    /// Certificates by which strangers know the server, for HTTPS; each with its key in `tls_key`.
    pub tls_cert: Vec<PathBuf>,
    /// The keys of `tls_cert`, in the same order.
    pub tls_key: Vec<PathBuf>,
    /// Load balancers: a connection from there begins with a header that says whose it is.
    pub trusted_proxies: Vec<IpNet>,
    /// Published ports come from here, first and last.
    pub port_range: (u16, u16),
    /// The metrics listener.
    pub metrics: Metrics,
    /// Name of the first admin.
    pub admin: String,
    /// How often each side says something.
    pub heartbeat: Duration,
    /// Silence after which a link is dead.
    pub dead_after: Duration,
    /// Lanes each agent keeps ready for tunnels.
    pub warm_lanes: u32,
    /// How long a node's certificate lives; it is renewed at two thirds.
    pub node_certificate: Duration,
    /// How long an operator's certificate lives.
    pub operator_certificate: Duration,
    /// The oldest version of agents that are let in; empty = any.
    pub min_agent_version: String,
    /// Networks that never pay penalties. Default loopback, where a front proxy stands.
    pub penalty_exempt: Vec<IpNet>,
}

/// Where metrics are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metrics {
    /// Nowhere.
    Off,
    /// Here, unless the address is taken: then the server runs without.
    Default(SocketAddr),
    /// Here; the server does not start if the address is taken.
    Explicit(SocketAddr),
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file.
    #[error("{path}: there is no such file")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// The file as a whole, or a value in it.
    #[error("{path}: {what}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// One value.
    #[error("{key}: {what}")]
    Value {
        /// Which key.
        key: String,
        /// What is wrong.
        what: String,
    },
}

impl Config {
    /// Defaults for a data directory.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            listen: vec![SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), PORT)],
            public_names: Vec::new(),
            tls_cert: Vec::new(),
            tls_key: Vec::new(),
            trusted_proxies: Vec::new(),
            port_range: (20_000, 29_999),
            metrics: Metrics::Default(SocketAddr::new(
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                METRICS_PORT,
            )),
            admin: "admin".to_owned(),
            heartbeat: HEARTBEAT,
            dead_after: DEAD_AFTER,
            warm_lanes: 1,
            node_certificate: pki::profile::NODE,
            operator_certificate: pki::profile::OPERATOR,
            min_agent_version: String::new(),
            penalty_exempt: LOOPBACK.to_vec(),
        }
    }

    /// Reads a TOML file over the defaults; its keys are the field names.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, has an unknown key or a value out of bounds.
    pub fn load(dir: PathBuf, path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned() },
            _ => ConfigError::File { path: path.to_owned(), what: error.to_string() },
        })?;
        Self::parse(dir, path, &text)
    }

    /// Reads `text`, the content of `path`.
    fn parse(dir: PathBuf, path: &Path, text: &str) -> Result<Self, ConfigError> {
        let wrong = |what: String| ConfigError::File { path: path.to_owned(), what };
        let table = text.parse::<toml::Table>().map_err(|error| wrong(error.to_string()))?;
        let mut config = Self::new(dir);
        let in_file = |error: ConfigError| match error {
            ConfigError::Value { .. } => wrong(error.to_string()),
            other => other,
        };
        file::lay_over(&mut config, &table).map_err(in_file)?;
        config.check().map_err(in_file)?;
        Ok(config)
    }

    /// Public certificates with their keys.
    pub fn tls_pairs(&self) -> impl Iterator<Item = Pair> {
        let pair = |(certificate, key): (&PathBuf, &PathBuf)| Pair {
            certificate: certificate.clone(),
            key: key.clone(),
        };
        self.tls_cert.iter().zip(&self.tls_key).map(pair)
    }

    /// How long a leaf of `role` lives.
    pub(crate) const fn lifetime(&self, role: pki::Role) -> Duration {
        match role {
            pki::Role::Node => self.node_certificate,
            pki::Role::Operator => self.operator_certificate,
            pki::Role::Server => pki::profile::SERVER,
        }
    }

    /// Checks every value; for configurations that were changed after loading.
    ///
    /// # Errors
    /// The first value out of bounds, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key: &str, what: String| Err(ConfigError::Value { key: key.to_owned(), what });
        if self.listen.is_empty() {
            return wrong("listen", "at least one address is needed".to_owned());
        }
        if let Some(name) = self.public_names.iter().find(|name| !is_public_name(name)) {
            return wrong("public_names", format!("{name:?} is not HOST or HOST:PORT"));
        }
        let (certificates, keys) = (self.tls_cert.len(), self.tls_key.len());
        if certificates != keys {
            let what =
                format!("{certificates} with {keys} in tls_key: each needs its own, in order");
            return wrong("tls_cert", what);
        }
        if certificates > TLS_PAIRS {
            return wrong("tls_cert", format!("more than {TLS_PAIRS}"));
        }
        let (first, last) = self.port_range;
        if first == 0 || first > last {
            return wrong(
                "port_range",
                format!("{first}-{last} is not FIRST-LAST from 1 to 65535"),
            );
        }
        if let Err(error) = self.admin.parse::<wire::Name>() {
            return wrong("admin", error.to_string());
        }
        if self.heartbeat < HEARTBEATS.0 || self.heartbeat > HEARTBEATS.1 {
            return wrong("heartbeat", "must be from 100ms to 60s".to_owned());
        }
        if self.dead_after < self.heartbeat * 2 || self.dead_after > MAX_DEAD_AFTER {
            return wrong("dead_after", "must be from two heartbeats to 150s".to_owned());
        }
        if usize::try_from(self.warm_lanes).map_or(true, |lanes| lanes > MAX_LANES) {
            return wrong("warm_lanes", format!("must be from 0 to {MAX_LANES}"));
        }
        let (shortest, longest) = CERTIFICATES;
        let lives = [
            ("node_certificate", self.node_certificate),
            ("operator_certificate", self.operator_certificate),
        ];
        if let Some((key, _)) = lives.iter().find(|(_, life)| !(shortest..=longest).contains(life))
        {
            return wrong(key, "must be from 2s to 30d".to_owned());
        }
        let least = self.min_agent_version.as_str();
        if !least.is_empty() && !crate::version::is_version(least) {
            return wrong("min_agent_version", format!("{least:?} is no version, as in \"1.2.0\""));
        }
        Ok(())
    }
}

/// `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT`, or a bare v6 address.
fn is_public_name(text: &str) -> bool {
    let with_port = if text.parse::<Ipv6Addr>().is_ok() {
        format!("[{text}]:1")
    } else if text.contains("]:") || (text.contains(':') && !text.starts_with('[')) {
        text.to_owned()
    } else {
        format!("{text}:1")
    };
    with_port.parse::<wire::Target>().is_ok()
}

#[cfg(test)]
mod tests;
