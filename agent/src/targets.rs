//! What tunnels may reach: the node's own allowlist, narrowed by the server's. Decides on resolved,
//! normalised addresses (T-12); dialling is in [`crate::dial`].

mod address;
mod pattern;
mod server;

pub use pattern::PatternError;
pub(crate) use pattern::{Ports, read_ports};

use address::Class;
use arc_swap::{ArcSwap, ArcSwapOption};
use pattern::Pattern;
use server::Server;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use wire::{SafeText, Target};

/// Entries `HOST|CIDR:PORTS` and `unix:/PATH`; what no entry names is denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowlist(Vec<Pattern>);

impl Allowlist {
    /// Parses every entry.
    ///
    /// # Errors
    /// The first entry that is not one.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, PatternError> {
        entries.iter().map(|entry| entry.as_ref().parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Parses what a peer sent. An entry that does not parse allows nothing: narrowing fails closed.
    pub fn from_peer(entries: &[SafeText]) -> Self {
        let parse = |entry: &SafeText| {
            let parsed = entry.as_str().parse();
            parsed.inspect_err(|error| tracing::warn!(%error, "narrowing entry ignored")).ok()
        };
        Self(entries.iter().filter_map(parse).collect())
    }

    /// Whether a tunnel asked for as `host` may be dialled at `ip`.
    pub fn permits(&self, host: &str, ip: IpAddr, port: u16) -> bool {
        let (host, ip) = (address::plain_name(host), address::normal(ip));
        let class = Class::of(ip);
        class != Class::Never && self.0.iter().any(|entry| entry.permits(host, ip, class, port))
    }

    /// Whether a tunnel may be dialled to exactly this socket.
    pub fn permits_socket(&self, path: &str) -> bool {
        self.0.iter().any(|entry| entry.permits_socket(path))
    }

    /// Whether an entry is about exactly this host or address, and this port.
    fn lists(&self, host: &str, ip: IpAddr, port: u16) -> bool {
        let (host, ip) = (address::plain_name(host), address::normal(ip));
        self.permits(host, ip, port) && self.0.iter().any(|entry| entry.lists(host, ip, port))
    }
}

/// Where a tunnel was connected: what the gate said yes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    /// One of the addresses that the target resolved to.
    Address(SocketAddr),
    /// A socket of this machine.
    Socket(String),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(at) => at.fmt(f),
            Self::Socket(path) => write!(f, "unix:{path}"),
        }
    }
}

/// The allowlists in force, swappable while tunnels run. The server's narrows and never widens. The
/// server's own addresses are targets only where the node's owner lists them exactly: a tunnel to them
/// leads in a circle, or to what the server takes for a neighbour.
#[derive(Debug)]
pub struct Gate {
    own: ArcSwap<Allowlist>,
    narrow: ArcSwapOption<Allowlist>,
    server: ArcSwap<Server>,
}

impl Gate {
    /// Guards with the node's own list.
    pub fn new(own: Allowlist) -> Self {
        Self {
            own: ArcSwap::from_pointee(own),
            narrow: ArcSwapOption::empty(),
            server: ArcSwap::default(),
        }
    }

    /// Takes another list of the node's owner.
    pub fn replace(&self, own: Allowlist) {
        self.own.store(Arc::new(own));
    }

    /// Takes the server's list; `None` lifts it.
    pub fn narrow(&self, by: Option<Allowlist>) {
        self.narrow.store(by.map(Arc::new));
    }

    /// Whether both lists permit it.
    pub fn permits(&self, host: &str, ip: IpAddr, port: u16) -> bool {
        let (narrow, own) = (self.narrow.load(), self.own.load());
        own.permits(host, ip, port)
            && (!self.is_server(ip, port) || own.lists(host, ip, port))
            && narrow.as_ref().is_none_or(|list| list.permits(host, ip, port))
    }

    /// Whether both lists permit exactly this socket.
    pub fn permits_socket(&self, path: &str) -> bool {
        self.own.load().permits_socket(path)
            && self.narrow.load().as_ref().is_none_or(|list| list.permits_socket(path))
    }

    /// Whether both lists still permit `target` where it was connected.
    pub(crate) fn still_permits(&self, target: &Target, at: &At) -> bool {
        match at {
            At::Address(at) => self.permits(&target.host, at.ip(), at.port()),
            At::Socket(path) => self.permits_socket(path),
        }
    }

    /// The fleet server is at these addresses, too; those known before stay.
    pub fn server_is_at(&self, addresses: &[SocketAddr]) {
        self.server.rcu(|known| known.with(addresses));
    }

    /// Whether that is the fleet server.
    pub fn is_server(&self, ip: IpAddr, port: u16) -> bool {
        self.server.load().is_at(address::normal(ip), port)
    }

    /// Of the addresses `target` resolved to, those that may be dialled, each once and in order.
    pub fn passing(&self, target: &Target, resolved: &[IpAddr]) -> Vec<SocketAddr> {
        let mut passed: Vec<SocketAddr> = Vec::new();
        for ip in resolved.iter().copied().map(address::normal) {
            let at = SocketAddr::new(ip, target.port);
            if self.permits(&target.host, ip, target.port) && !passed.contains(&at) {
                passed.push(at);
            }
        }
        passed
    }
}

#[cfg(test)]
mod tests;
