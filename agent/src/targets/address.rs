//! What kind of address something is, whatever way it was written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How an address may come to be dialled at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The node itself: `localhost` or loopback entries.
    Loopback,
    /// Link-local and metadata services: only where listed exactly.
    Exact,
    /// No target ever: unspecified, multicast, broadcast, reserved, or one of the above in disguise.
    Never,
    /// Anything else.
    Ordinary,
}

/// Cloud metadata and credential services outside of the link-local ranges.
const METADATA_V4: &[Ipv4Addr] = &[
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: &[Ipv6Addr] = &[
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

impl Class {
    pub(super) fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::of_v4(ip),
            IpAddr::V6(ip) => Self::of_v6(ip),
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Self {
        let [first, ..] = ip.octets();
        // 0.0.0.0/8 is "this host"; 240.0.0.0/4 is reserved and holds the broadcast address.
        if first == 0 || first >= 240 || ip.is_multicast() {
            Self::Never
        } else if ip.is_loopback() {
            Self::Loopback
        } else if ip.is_link_local() || METADATA_V4.contains(&ip) {
            Self::Exact
        } else {
            Self::Ordinary
        }
    }

    fn of_v6(ip: Ipv6Addr) -> Self {
        if ip.is_loopback() {
            return Self::Loopback;
        }
        if ip.is_unspecified() || ip.is_multicast() {
            return Self::Never;
        }
        if ip.is_unicast_link_local() || METADATA_V6.contains(&ip) {
            return Self::Exact;
        }
        match embedded(ip).map(Self::of_v4) {
            Some(Self::Ordinary) | None => Self::Ordinary,
            // A translator would unpack it into what must not be reached.
            Some(_) => Self::Never,
        }
    }
}

/// The IPv4 address that a translator or tunnel takes out of this one.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let low = |a: u16, b: u16| {
        let ([a, b], [c, d]) = (a.to_be_bytes(), b.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match ip.segments() {
        // NAT64 (RFC 6052, RFC 8215) and the withdrawn IPv4-compatible form.
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x64, 0xff9b, 1, _, _, _, a, b] => Some(low(a, b)),
        [0, 0, 0, 0, 0, 0, a, b] => Some(low(a, b)),
        // IPv4-translated (SIIT) and 6to4.
        [0, 0, 0, 0, 0xffff, 0, a, b] => Some(low(a, b)),
        [0x2002, a, b, ..] => Some(low(a, b)),
        _ => None,
    }
}

/// The one form decisions are made on: IPv4-mapped becomes IPv4.
pub(super) fn normal(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

/// A name without the dot of its root.
pub(super) fn plain_name(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}
