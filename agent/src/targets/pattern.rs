//! One entry of an allowlist: `HOST|CIDR:PORTS` or `unix:/PATH`.

use super::address::{Class, normal, plain_name};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use wire::Target;
use wire::limits::MAX_HOST;

const MAX_RANGES: usize = 64;

/// Why a text is no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{entry:?}: {what}; an entry is HOST|CIDR:PORTS, like localhost:*, 10.0.0.0/8:22,443 or *.lan:8000-8100, or a socket like unix:/run/docker.sock"
)]
pub struct PatternError {
    entry: String,
    what: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Tcp {
        host: Host,
        ports: Ports,
    },
    /// Exactly this path; there are no wildcards.
    Unix(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// The node itself, by whatever loopback address.
    Localhost,
    /// Exactly this name.
    Name(String),
    /// Any name that ends in this, which starts with a dot.
    Suffix(String),
    /// One address or a network.
    Net(IpNet),
}

/// The part behind the last colon of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ports {
    Any,
    In(Vec<RangeInclusive<u16>>),
}

impl Pattern {
    /// `host` and `ip` are normalised, `class` is that of `ip`.
    pub(super) fn permits(&self, host: &str, ip: IpAddr, class: Class, port: u16) -> bool {
        match self {
            Self::Tcp { host: listed, ports } => {
                ports.hold(port) && listed.permits(host, ip, class)
            }
            Self::Unix(_) => false,
        }
    }

    /// Whether this is exactly this socket.
    pub(super) fn permits_socket(&self, path: &str) -> bool {
        matches!(self, Self::Unix(listed) if listed == path)
    }

    /// Whether this entry is about exactly this host or address, and this port.
    pub(super) fn lists(&self, host: &str, ip: IpAddr, port: u16) -> bool {
        let Self::Tcp { host: listed, ports } = self else { return false };
        let host = match listed {
            Host::Localhost => ip.is_loopback(),
            Host::Name(name) => host.eq_ignore_ascii_case(name),
            Host::Net(net) => is_single(net) && net.addr() == ip,
            Host::Suffix(_) => false,
        };
        host && ports.name(port)
    }
}

impl Host {
    fn permits(&self, host: &str, ip: IpAddr, class: Class) -> bool {
        match (self, class) {
            (_, Class::Never) => false,
            (Self::Localhost, _) => class == Class::Loopback,
            (Self::Net(net), Class::Loopback) => is_loopback(net) && net.contains(&ip),
            (Self::Net(net), Class::Exact) => is_single(net) && net.addr() == ip,
            (Self::Net(net), Class::Ordinary) => net.contains(&ip),
            // A name is under somebody else's control: it opens no way to the node itself.
            (Self::Name(_) | Self::Suffix(_), Class::Loopback | Class::Exact) => false,
            (Self::Name(name), Class::Ordinary) => host.eq_ignore_ascii_case(name),
            (Self::Suffix(suffix), Class::Ordinary) => {
                let cut = host.len().checked_sub(suffix.len()).filter(|cut| *cut > 0);
                let end = cut.and_then(|cut| host.get(cut..));
                end.is_some_and(|end| end.eq_ignore_ascii_case(suffix))
            }
        }
    }
}

/// Whether a network holds nothing but loopback; `0.0.0.0/0` does not open the node itself.
fn is_loopback(net: &IpNet) -> bool {
    match net {
        IpNet::V4(net) => net.addr().is_loopback() && net.prefix_len() >= 8,
        IpNet::V6(net) => net.addr() == Ipv6Addr::LOCALHOST && net.prefix_len() == 128,
    }
}

fn is_single(net: &IpNet) -> bool {
    net.prefix_len() == net.max_prefix_len()
}

impl Ports {
    pub(crate) fn hold(&self, port: u16) -> bool {
        match self {
            Self::Any => port != 0,
            Self::In(ranges) => ranges.iter().any(|range| range.contains(&port)),
        }
    }
}

impl Ports {
    /// Whether this port is listed by itself.
    fn name(&self, port: u16) -> bool {
        matches!(self, Self::In(ranges) if ranges.contains(&(port..=port)))
    }
}

impl FromStr for Pattern {
    type Err = PatternError;
    fn from_str(text: &str) -> Result<Self, PatternError> {
        let error = |what| PatternError { entry: text.chars().take(MAX_HOST).collect(), what };
        if let Some(path) = text.strip_prefix("unix:") {
            let plain = "a socket is written unix:/PATH, without . .. // and wildcards";
            return Target::unix(path)
                .map(|_| Self::Unix(path.to_owned()))
                .map_err(|_| error(plain));
        }
        let (host, ports) = text.rsplit_once(':').ok_or(error("has no :PORTS"))?;
        let (host, ports) = (read_host(host).map_err(error)?, read_ports(ports).map_err(error)?);
        Ok(Self::Tcp { host, ports })
    }
}

fn read_host(text: &str) -> Result<Host, &'static str> {
    let bare = text.strip_prefix('[').map(|rest| rest.strip_suffix(']').ok_or("has no closing ]"));
    let bracketed = bare.is_some();
    let text = bare.unwrap_or(Ok(text))?;
    if let Some((address, prefix)) = text.split_once('/') {
        return Ok(Host::Net(read_net(address, prefix)?));
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        if ip.is_ipv6() && !bracketed {
            return Err("an IPv6 address is written in brackets");
        }
        return Ok(Host::Net(IpNet::from(normal(ip))));
    }
    if bracketed {
        return Err("only an IPv6 address is written in brackets");
    }
    let name = plain_name(text).to_ascii_lowercase();
    match name.strip_prefix('*') {
        Some(suffix) if suffix.starts_with('.') && is_name(&suffix[1..]) => {
            Ok(Host::Suffix(suffix.to_owned()))
        }
        Some(_) => Err("a wildcard is *.NAME"),
        None if name == "localhost" => Ok(Host::Localhost),
        None if is_name(&name) => Ok(Host::Name(name)),
        None => Err("the host is neither a name nor an address"),
    }
}

fn read_net(address: &str, prefix: &str) -> Result<IpNet, &'static str> {
    const NOT: &str = "the network is not ADDRESS/BITS";
    let ip: IpAddr = address.parse().map_err(|_| NOT)?;
    let bits: u8 = prefix.parse().map_err(|_| NOT)?;
    let (ip, bits) = match normal(ip) {
        // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
        v4 @ IpAddr::V4(_) if ip.is_ipv6() => {
            (v4, bits.checked_sub(96).ok_or("the network mixes IPv4 and IPv6")?)
        }
        same => (same, bits),
    };
    IpNet::new(ip, bits).map(|net| net.trunc()).map_err(|_| NOT)
}

/// A DNS name, and nothing that the system's resolver would read as an address (`127.1`, `0x7f.1`).
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let numeric =
        |label: &str| label.starts_with("0x") || label.bytes().all(|b| b.is_ascii_digit());
    text.len() <= MAX_HOST
        && text.split('.').all(label)
        && !text.rsplit('.').next().is_some_and(numeric)
        && text.parse::<Ipv4Addr>().is_err()
}

/// Reads `*`, a number, a range, or several of them.
pub(crate) fn read_ports(text: &str) -> Result<Ports, &'static str> {
    if text == "*" {
        return Ok(Ports::Any);
    }
    let ranges: Vec<_> = text.split(',').map(read_range).collect::<Result<_, _>>()?;
    if ranges.len() > MAX_RANGES { Err("too many ports") } else { Ok(Ports::In(ranges)) }
}

fn read_range(text: &str) -> Result<RangeInclusive<u16>, &'static str> {
    let port = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse::<u16>().ok().filter(|port| digits && *port != 0);
        number.ok_or("a port is a number from 1 to 65535")
    };
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (port(low)?, port(high)?);
    if low <= high { Ok(low..=high) } else { Err("a range of ports is LOW-HIGH") }
}
