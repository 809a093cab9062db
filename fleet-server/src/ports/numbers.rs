//! Which numbers a published port may take: not one the kernel hands out, not one in use.

use crate::core::Core;
use crate::ops::{Done, Op};
use std::net::IpAddr;
use wire::{Refusal, RefusalCode};

/// What the kernel keeps for outgoing connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reserved {
    /// First and last ephemeral port number.
    pub(crate) ephemeral: Option<(u16, u16)>,
    /// Ranges taken out of it.
    pub(crate) reserved: Vec<(u16, u16)>,
}

impl Reserved {
    /// Whether the kernel may hand this one out.
    pub(crate) fn is_ephemeral(&self, number: u16) -> bool {
        let within = |(first, last): &(u16, u16)| (*first..=*last).contains(&number);
        self.ephemeral.as_ref().is_some_and(within) && !self.reserved.iter().any(within)
    }

    /// Asks the kernel.
    pub(crate) fn read() -> Self {
        let text = |name: &str| {
            std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).unwrap_or_default()
        };
        Self {
            ephemeral: pair(&text("ip_local_port_range")),
            reserved: ranges(&text("ip_local_reserved_ports")),
        }
    }
}

fn pair(text: &str) -> Option<(u16, u16)> {
    let mut numbers = text.split_ascii_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn ranges(text: &str) -> Vec<(u16, u16)> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    text.trim().split(',').filter_map(range).collect()
}

/// Settles on a number that can really be bound: the one asked for, or else one that another
/// program does not hold.
pub(crate) fn choose(core: &Core, mut op: Op) -> Result<Op, Refusal> {
    loop {
        let Done::Port(planned) = core.state.plan(&op)? else { return Ok(op) };
        let Op::PortCreate { spec, range, .. } = &mut op else { return Ok(op) };
        if is_free(core, planned.number) {
            return Ok(op);
        }
        if spec.port == Some(planned.number) {
            let message = format!("port {} is taken by another program", planned.number);
            return Err(Refusal::new(RefusalCode::Conflict, message)
                .hint("leave --port out to get a free one"));
        }
        // The plan gives the lowest number no stored port has; go on behind it.
        if planned.number >= range.1 {
            let message = format!("no free port in {}-{}", range.0, range.1);
            return Err(Refusal::new(RefusalCode::Conflict, message));
        }
        range.0 = planned.number + 1;
    }
}

fn is_free(core: &Core, number: u16) -> bool {
    !core.shares.has(number, core.clock.now())
        && hosts(core).into_iter().all(|(host, v6)| super::bind(host, number, v6).is_ok())
}

/// The host parts of the listeners; an IPv6 wildcard takes IPv4 too unless IPv4 has its own.
pub(super) fn hosts(core: &Core) -> Vec<(IpAddr, bool)> {
    let mut hosts: Vec<IpAddr> = core.config().listen.iter().map(|address| address.ip()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let has_v4 = hosts.iter().any(IpAddr::is_ipv4);
    hosts.into_iter().map(|host| (host, has_v4)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        assert_eq!(pair("32768\t60999\n"), Some((32768, 60999)));
        assert_eq!(pair(""), None);
        assert_eq!(ranges("8080,9000-9100\n"), [(8080, 8080), (9000, 9100)]);
        assert_eq!(ranges("\n"), []);
    }
}
