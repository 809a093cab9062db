//! What worked, by network. Kept in a small file of lines, `NETWORK RUNG UNIX_MS TIMES`; nothing is lost when
//! it is, and nothing in it is trusted: the pinned authority decides who the server is.

use super::Rung;
use ipnet::IpNet;
use pki::files;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;
use wire::UnixMs;

/// How long the way that worked comes first; then the better ones are tried again.
const FRESH: Duration = Duration::from_secs(24 * 3600);
/// So often in a row a way other than the straight one has to work before it comes first: one bad
/// moment must not send a day's traffic a long way round.
const PROVEN: u8 = 2;
/// Networks of a well-travelled laptop.
const MAX_NETWORKS: usize = 16;
const MAX_FILE: usize = 8 * 1024;

/// Where this machine is: the network of the address it would leave from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network(Option<IpNet>);

impl Network {
    /// Asks the routing table; nothing is sent.
    pub(super) fn current() -> Self {
        let four = local((Ipv4Addr::UNSPECIFIED, 0).into(), ([192, 0, 2, 1], 9).into());
        let documentation = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
        let from =
            four.or_else(|| local((Ipv6Addr::UNSPECIFIED, 0).into(), (documentation, 9).into()));
        Self(
            from.and_then(|ip| IpNet::new(ip, if ip.is_ipv4() { 24 } else { 64 }).ok())
                .map(|n| n.trunc()),
        )
    }

    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self(text.parse().ok())
    }
}

fn local(from: SocketAddr, to: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(from).ok()?;
    socket.connect(to).ok()?;
    socket.local_addr().ok().map(|at| at.ip())
}

#[derive(Debug)]
pub(super) struct Memory {
    file: Option<PathBuf>,
    /// The newest last.
    known: Vec<Known>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    network: IpNet,
    rung: Rung,
    at: UnixMs,
    /// Up to [`PROVEN`].
    times: u8,
}

impl Memory {
    pub(super) fn load(file: Option<PathBuf>) -> Self {
        let text = file.as_ref().and_then(|file| files::read_secret(file).ok());
        let text = text.filter(|bytes| bytes.len() <= MAX_FILE);
        let text = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let known = text.iter().flat_map(|text| text.lines()).filter_map(line).collect();
        Self { file, known }
    }

    /// What worked in `network` within a day.
    pub(super) fn recall(&self, network: Network, now: UnixMs) -> Option<Rung> {
        let known = self.known.iter().find(|known| Some(known.network) == network.0)?;
        let is_proven = known.rung == Rung::Tls || known.times >= PROVEN;
        (is_proven && now.since(known.at) <= FRESH).then_some(known.rung)
    }

    /// `rung` worked in `network`. A way that is believed already is not made younger by it: nothing
    /// better was tried, and the better ones get their chance a day after they were last.
    pub(super) fn keep(&mut self, network: Network, rung: Rung, now: UnixMs) {
        let Some(network) = network.0 else { return };
        let mut new = Known { network, rung, at: now, times: 1 };
        if let Some(at) = self.known.iter().position(|known| known.network == network) {
            let old = self.known[at];
            if old.rung == rung {
                new.times = (old.times + 1).min(PROVEN);
                if now.since(old.at) <= FRESH && new.times == old.times {
                    return;
                }
            }
            self.known.remove(at);
        }
        self.known.push(new);
        let excess = self.known.len().saturating_sub(MAX_NETWORKS);
        self.known.drain(..excess);
        self.save();
    }

    fn save(&self) {
        let Some(file) = &self.file else { return };
        let lines = self.known.iter().map(|known| {
            format!("{} {} {} {}\n", known.network, known.rung, known.at.0, known.times)
        });
        let text: String = lines.collect();
        if let Err(error) = files::write_atomic(file, text.as_bytes(), files::SECRET) {
            tracing::debug!(%error, "the way that worked is not kept");
        }
    }
}

fn line(text: &str) -> Option<Known> {
    let mut words = text.split(' ');
    let network = words.next()?.parse().ok()?;
    let rung = words.next()?.parse().ok()?;
    let at = UnixMs(words.next()?.parse().ok()?);
    let times = words.next()?.parse::<u8>().ok()?.min(PROVEN);
    Some(Known { network, rung, at, times })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn what_worked_is_known_after_a_restart_for_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let file = Some(dir.path().join("ways"));
        let (home, cafe) = (Network::of("192.168.1.0/24"), Network::of("2001:db8::/64"));
        let mut memory = Memory::load(file.clone());
        memory.keep(home, Rung::Wss, UnixMs(1000));
        memory.keep(cafe, Rung::Tls, UnixMs(1500));
        assert_eq!(memory.recall(home, UnixMs(1500)), None, "once may be a bad moment");
        assert_eq!(memory.recall(cafe, UnixMs(1500)), Some(Rung::Tls), "the best is good at once");
        memory.keep(cafe, Rung::Proxy, UnixMs(2000));
        memory.keep(cafe, Rung::Proxy, UnixMs(2500));
        memory.keep(home, Rung::Wss, UnixMs(3000));
        memory.keep(home, Rung::Wss, UnixMs(3500));
        let again = Memory::load(file);
        assert_eq!(again.recall(home, UnixMs(4000)), Some(Rung::Wss));
        assert_eq!(again.recall(cafe, UnixMs(4000)), Some(Rung::Proxy));
        assert_eq!(again.recall(Network::of("10.0.0.0/24"), UnixMs(4000)), None);
        // The last success at home was no test of anything better.
        let day = UnixMs(3000).after(FRESH + Duration::from_millis(1));
        assert_eq!(again.recall(home, day), None);
    }

    #[test]
    fn a_damaged_file_is_no_obstacle_and_the_oldest_networks_make_room() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ways");
        files::write_atomic(&file, b"x\n10.0.0.0/24 tls\n\xff", files::SECRET).unwrap();
        let mut memory = Memory::load(Some(file));
        assert!(memory.known.is_empty());
        memory.known.extend(line("192.0.2.0/24 wss 5 255"));
        memory.keep(Network::of("192.0.2.0/24"), Rung::Wss, UnixMs(6));
        memory.known.clear();
        for n in 0..=MAX_NETWORKS {
            memory.keep(Network::of(&format!("10.0.{n}.0/24")), Rung::Tls, UnixMs(5));
        }
        assert_eq!(memory.recall(Network::of("10.0.0.0/24"), UnixMs(5)), None);
        assert_eq!(memory.recall(Network::of("10.0.1.0/24"), UnixMs(5)), Some(Rung::Tls));
    }
}
