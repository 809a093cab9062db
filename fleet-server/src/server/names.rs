//! What the server is called: names and addresses for its certificate and for tokens.

use crate::config::Config;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use wire::OperatorId;

/// Addresses put into a token at most: it is carried by people.
const TOKEN_ADDRESSES: usize = 8;

/// Names and addresses of this machine.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// What people call it.
    pub(crate) primary: String,
    /// The operator of the local user.
    pub(crate) admin: OperatorId,
    /// `HOST[:PORT]` as configured.
    public: Vec<String>,
    host: Option<String>,
    addresses: Vec<IpAddr>,
    listen: Vec<IpAddr>,
}

impl Names {
    /// Asks the configuration and the kernel.
    pub(crate) fn of(config: &Config, admin: OperatorId) -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let host = host.map(|host| host.trim().to_ascii_lowercase()).filter(|h| is_dns(h));
        let listen: Vec<IpAddr> = config.listen.iter().map(SocketAddr::ip).collect();
        let mut names = Self {
            primary: String::new(),
            admin,
            public: config.public_names.clone(),
            host,
            addresses: addresses(),
            listen,
        };
        let reachable = names.reachable();
        names.primary = match names.public.first() {
            Some(public) => split(public).0.to_owned(),
            None => reachable.into_iter().next().unwrap_or_else(|| "localhost".to_owned()),
        };
        names
    }

    /// DNS names of the server's certificate.
    pub(crate) fn dns(&self) -> Vec<String> {
        let public = self.public.iter().map(|public| split(public).0.to_owned());
        let mut dns: Vec<String> =
            public.chain(self.host.clone()).chain(["localhost".to_owned()]).collect();
        dns.retain(|name| is_dns(name) && name.parse::<IpAddr>().is_err());
        dns.sort();
        dns.dedup();
        dns
    }

    /// Addresses of the server's certificate.
    pub(crate) fn ips(&self) -> Vec<IpAddr> {
        let public = self.public.iter().filter_map(|public| split(public).0.parse().ok());
        let local = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        let bound = self.listen.iter().copied().filter(|ip| !ip.is_unspecified());
        let mut ips: Vec<IpAddr> =
            public.chain(self.addresses.iter().copied()).chain(local).chain(bound).collect();
        ips.sort();
        ips.dedup();
        ips
    }

    /// `HOST:PORT` as put into tokens (cli.md §6): public names; without any, how the listeners
    /// can be reached.
    pub(crate) fn token_addresses(&self, bound: &[SocketAddr]) -> Vec<String> {
        let Some(first) = bound.first() else { return Vec::new() };
        let mut out: Vec<String> = Vec::new();
        for public in &self.public {
            let (host, port) = split(public);
            out.push(with_port(host, port.unwrap_or(first.port())));
        }
        if out.is_empty() {
            for address in bound {
                let hosts = self.reached_by(address.ip());
                out.extend(hosts.iter().map(|host| with_port(host, address.port())));
            }
        }
        let mut seen = std::collections::HashSet::new();
        out.retain(|address| seen.insert(address.clone()));
        out.truncate(TOKEN_ADDRESSES);
        out
    }

    fn reachable(&self) -> Vec<String> {
        self.listen.iter().flat_map(|ip| self.reached_by(*ip)).collect()
    }

    /// Names and addresses under which a listener on `ip` can be dialled.
    fn reached_by(&self, ip: IpAddr) -> Vec<String> {
        if !ip.is_unspecified() {
            return vec![ip.to_string()];
        }
        let mut hosts: Vec<String> = self.host.iter().cloned().collect();
        let fits = |candidate: &&IpAddr| ip.is_ipv6() || candidate.is_ipv4();
        let local = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        // The loopback addresses stay within the bound even on machines with many others.
        let others = self.addresses.iter().filter(fits).take(TOKEN_ADDRESSES - 3);
        hosts.extend(others.chain(local.iter().filter(fits)).map(IpAddr::to_string));
        hosts
    }
}

fn with_port(host: &str, port: u16) -> String {
    match host.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, port).to_string(),
        Err(_) => format!("{host}:{port}"),
    }
}

/// `HOST[:PORT]` taken apart; brackets around an IPv6 address are dropped.
fn split(public: &str) -> (&str, Option<u16>) {
    let (host, port) = match public.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok())
        }
        _ => (public, None),
    };
    (host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host), port)
}

fn is_dns(name: &str) -> bool {
    (1..=253).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.'])
}

/// The machine's addresses others could dial: no loopback, no link-local.
fn addresses() -> Vec<IpAddr> {
    let text = |path| std::fs::read_to_string(path).unwrap_or_default();
    let mut all: Vec<IpAddr> = local_v4(&text("/proc/net/fib_trie"));
    all.extend(local_v6(&text("/proc/net/if_inet6")));
    all
}

/// `/proc/net/fib_trie`: an address line followed by `/32 host LOCAL`.
fn local_v4(trie: &str) -> Vec<IpAddr> {
    let (mut found, mut last) = (Vec::new(), None);
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL"
            && let Some(ip) = last.take()
            && !ip.is_loopback()
            && !ip.is_link_local()
            && !found.contains(&IpAddr::from(ip))
        {
            found.push(ip.into());
        }
    }
    found
}

/// `/proc/net/if_inet6`: 32 hexadecimal digits, then the interface's facts.
fn local_v6(table: &str) -> Vec<IpAddr> {
    let parse = |line: &str| {
        let bits = u128::from_str_radix(line.split_ascii_whitespace().next()?, 16).ok()?;
        Some(Ipv6Addr::from(bits))
    };
    let usable = |ip: &Ipv6Addr| !ip.is_loopback() && !ip.is_unicast_link_local();
    table.lines().filter_map(parse).filter(usable).map(IpAddr::from).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn names(public: &[&str], listen: &str) -> Names {
        Names {
            primary: String::new(),
            admin: OperatorId::from_random(1),
            public: public.iter().map(|name| (*name).to_owned()).collect(),
            host: Some("box".to_owned()),
            addresses: vec![IpAddr::from([10, 0, 0, 7]), "2001:db8::7".parse().unwrap()],
            listen: vec![listen.parse().unwrap()],
        }
    }

    #[test]
    fn tokens_carry_public_names_or_else_every_way_to_the_listener() {
        let bound = ["[::]:7443".parse().unwrap()];
        let public = names(&["tun.example.eu", "203.0.113.9:443"], "::");
        assert_eq!(public.token_addresses(&bound), ["tun.example.eu:7443", "203.0.113.9:443"]);
        let bare = names(&[], "::").token_addresses(&bound);
        let expected =
            ["box:7443", "10.0.0.7:7443", "[2001:db8::7]:7443", "127.0.0.1:7443", "[::1]:7443"];
        assert_eq!(bare, expected);
        let v4 = names(&[], "0.0.0.0").token_addresses(&["0.0.0.0:1".parse().unwrap()]);
        assert_eq!(v4, ["box:1", "10.0.0.7:1", "127.0.0.1:1"]);
        let one = names(&[], "127.0.0.1").token_addresses(&["127.0.0.1:9".parse().unwrap()]);
        assert_eq!(one, ["127.0.0.1:9"]);
    }

    #[test]
    fn every_token_host_is_in_the_certificate() {
        let names = names(&["tun.example.eu:443", "203.0.113.9"], "::");
        assert_eq!(names.dns(), ["box", "localhost", "tun.example.eu"]);
        for ip in ["203.0.113.9", "10.0.0.7", "2001:db8::7", "127.0.0.1", "::1"] {
            assert!(names.ips().contains(&ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn the_kernels_tables_are_read() {
        let trie = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.0.5\n        /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 10.0.0.255\n        /32 link BROADCAST\n     |-- 10.0.0.5\n        /32 host LOCAL\n";
        assert_eq!(local_v4(trie), [IpAddr::from([10, 0, 0, 5])]);
        let table = "fe800000000000000000000000000001 02 40 20 80 eth0\n20010db8000000000000000000000007 02 40 00 80 eth0\n";
        assert_eq!(local_v6(table), ["2001:db8::7".parse::<IpAddr>().unwrap()]);
    }
}
