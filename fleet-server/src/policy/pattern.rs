//! The small languages inside a rule: who, networks, node selectors, targets. Parsed once, when a
//! rule is made or loaded.

use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::message::view::Because;
use wire::{Name, Target};

/// Longest prefix at which a v6 network holds all v4-mapped addresses.
const MAPPED: u8 = 96;
/// What `localhost` stands for.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Who a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    Anyone,
    Role(Name),
    Operator(Name),
    /// A node, for what comes in at its listener of a link.
    Node(Name),
}

impl Who {
    /// `anyone`, `role:NAME`, `node:NAME` or an operator's name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(node) = text.strip_prefix("node:") {
            return node.parse().ok().map(Self::Node);
        }
        match text.strip_prefix("role:") {
            Some(role) => role.parse().ok().map(Self::Role),
            None if text == "anyone" => Some(Self::Anyone),
            None => text.parse().ok().map(Self::Operator),
        }
    }
}

/// A network in its one canonical form: no host bits, v4-mapped as v4. A bare address is itself.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    let net = match text.parse::<IpNet>() {
        Ok(net) => net.trunc(),
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    let IpNet::V6(v6) = net else { return Some(net) };
    let Some(v4) = v6.addr().to_ipv4_mapped() else { return Some(net) };
    let Some(length) = v6.prefix_len().checked_sub(MAPPED) else { return Some(net) };
    Ipv4Net::new(v4, length).ok().map(|net| IpNet::V4(net.trunc()))
}

/// Which nodes a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selector {
    Named(Name),
    Label(String, String),
}

impl Selector {
    /// A node's name, or `key=value`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.split_once('=') {
            Some(_) => wire::Labels::pair(text).ok().map(|(key, value)| Self::Label(key, value)),
            None => text.parse().ok().map(Self::Named),
        }
    }

    pub(crate) fn holds(&self, name: &Name, labels: &wire::Labels) -> bool {
        match self {
            Self::Named(wanted) => wanted == name,
            Self::Label(key, value) => labels.pairs().get(key) == Some(value),
        }
    }
}

/// Which targets a rule or a grant is about: `HOST|CIDR:PORTS`, or one Unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Targets {
    Tcp {
        host: Host,
        /// First and last, ascending by neither; any of them.
        ports: Vec<(u16, u16)>,
    },
    /// Exactly this path at the node; no pattern of hosts and ports means a socket.
    Unix(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Any,
    Net(IpNet),
    /// Everything below this domain, with its leading dot.
    Below(String),
    Named(String),
}

impl Targets {
    /// `*:22,443`, `10.0.0.0/8:*`, `[2001:db8::/32]:8000-8010`, `db.internal:5432`, `*.corp:443`,
    /// `unix:/run/docker.sock`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Target::unix(path).ok().map(|_| Self::Unix(path.to_owned()));
        }
        let (host, ports) = text.rsplit_once(':')?;
        let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if inner.is_none() && host.contains(':') {
            return None;
        }
        let ports = ports.split(',').map(span).collect::<Option<Vec<_>>>()?;
        Some(Self::Tcp { host: Host::parse(inner.unwrap_or(host))?, ports })
    }

    pub(crate) fn holds(&self, target: &Target) -> bool {
        self.misses(target).is_none()
    }

    /// Why it does not hold this target.
    pub(crate) fn misses(&self, target: &Target) -> Option<Because> {
        let (port, host) = match (self, target.unix_path()) {
            (Self::Tcp { host, .. }, None) => {
                (self.holds_port(target.port), host.holds(&target.host))
            }
            (Self::Unix(listed), Some(path)) => (true, listed == path),
            (Self::Tcp { .. }, Some(_)) | (Self::Unix(_), None) => (true, false),
        };
        match (port, host) {
            (false, _) => Some(Because::TargetPort),
            (true, false) => Some(Because::TargetHost),
            (true, true) => None,
        }
    }

    fn holds_port(&self, port: u16) -> bool {
        let Self::Tcp { ports, .. } = self else { return false };
        ports.iter().any(|(first, last)| (*first..=*last).contains(&port))
    }
}

fn span(text: &str) -> Option<(u16, u16)> {
    if text == "*" {
        return Some((1, u16::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then_some((first, last))
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        if let Some(net) = network(text) {
            return Some(Self::Net(net));
        }
        let (below, name) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let name = Target::new(name, 1).ok()?.host;
        Some(if below { Self::Below(format!(".{name}")) } else { Self::Named(name) })
    }

    fn holds(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            // The node's own loopback has a name and two addresses; a rule on one means all.
            Self::Net(net) if host == "localhost" => LOOPBACK.iter().any(|ip| net.contains(ip)),
            Self::Net(net) => address(host).is_some_and(|ip| net.contains(&ip)),
            Self::Below(suffix) => host.ends_with(suffix.as_str()),
            Self::Named(name) if name == "localhost" => {
                host == "localhost" || address(host).is_some_and(|ip| ip.is_loopback())
            }
            Self::Named(name) => name == host,
        }
    }
}

fn address(host: &str) -> Option<IpAddr> {
    let ip: IpAddr = host.parse().ok()?;
    Some(canonical(ip))
}

/// A v4-mapped v6 address is the v4 address it stands for.
pub(crate) fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_canonical(),
        IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Parser;
    use crate::policy::times::Times;
    use wire::UnixMs;

    #[test]
    fn networks_have_one_form() {
        for (text, shown) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("192.0.2.10", "192.0.2.10/32"),
            ("192.0.2.11/31", "192.0.2.10/31"),
            ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::ffff:192.0.2.10", "192.0.2.10/32"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(network(text).map(|n| n.to_string()), Some(shown.to_owned()), "{text}");
        }
        for bad in ["10.0.0.0/33", "10.0.0/8", "::/129", "", "ten", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert_eq!(network(bad), None, "{bad}");
        }
    }

    /// A network and a span of hours have one meaning however they are written; no text means port 0.
    #[test]
    fn rules_survive_mutation() {
        Parser::new("rules", 4096).survives(|input| {
            let text = String::from_utf8_lossy(input);
            for line in text.lines().chain([&*text]) {
                if let Some(net) = network(line) {
                    assert_eq!(network(&net.to_string()), Some(net));
                }
                if let Some(targets) = Targets::parse(line) {
                    assert!(!targets.holds_port(0));
                    let home = Target::new("localhost", 22).ok();
                    let _ = home.is_some_and(|home| targets.holds(&home));
                }
                let _ = (Who::parse(line), Selector::parse(line));
                let Ok(times) = Times::parse(line) else { continue };
                for now in [0, 1_790_000_000_000, 1_790_000_059_999] {
                    let (now, next) = (UnixMs(now), times.next(UnixMs(now)));
                    assert!(
                        next.is_some_and(|next| next > now && next.0 - now.0 <= 7 * 86_400_000)
                    );
                    let _ = times.holds(now);
                }
            }
        });
    }

    #[test]
    fn targets_hold_what_they_say() {
        for (pattern, target, holds) in [
            ("*:22,443", "10.0.0.1:443", true),
            ("*:22,443", "10.0.0.1:80", false),
            ("10.0.0.0/8:*", "10.9.9.9:1", true),
            ("10.0.0.0/8:*", "11.0.0.1:1", false),
            ("10.0.0.0/8:*", "[::ffff:10.0.0.1]:1", true),
            ("10.0.0.0/8:*", "db.internal:1", false),
            ("[2001:db8::/32]:8000-8010", "[2001:db8::7]:8010", true),
            ("[2001:db8::/32]:8000-8010", "[2001:db8::7]:8011", false),
            ("127.0.0.0/8:22", "localhost:22", true),
            ("[::1]:22", "localhost:22", true),
            ("localhost:22", "127.0.0.1:22", true),
            ("10.0.0.0/8:22", "localhost:22", false),
            ("0.0.0.0/0:22", "localhost:22", true),
            ("*.corp:443", "a.corp:443", true),
            ("*.corp:443", "corp:443", false),
            ("*.corp:443", "acorp:443", false),
            ("DB.internal:5432", "db.INTERNAL:5432", true),
            ("unix:/run/docker.sock", "unix:/run/docker.sock", true),
            ("unix:/run/docker.sock", "unix:/var/run/docker.sock", false),
            ("unix:/run/docker.sock", "localhost:2375", false),
            ("*:*", "unix:/run/docker.sock", false),
            ("localhost:*", "unix:/run/docker.sock", false),
        ] {
            let (Some(p), Ok(t)) = (Targets::parse(pattern), target.parse::<Target>()) else {
                panic!("{pattern} {target}");
            };
            assert_eq!(p.holds(&t), holds, "{pattern} {target}");
        }
        for bad in [
            "",
            "22",
            "a:",
            ":22",
            "a:0",
            "a:9-8",
            "a:70000",
            "::1:22",
            "a b:1",
            "*:22,",
            "unix:/a/*",
        ] {
            assert_eq!(Targets::parse(bad), None, "{bad}");
        }
    }
}
