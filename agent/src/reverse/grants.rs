//! Which listeners operators may open here, as the node's owner says: exact addresses, with ports.

use crate::targets::{Ports, read_ports};
use std::net::{IpAddr, SocketAddr};
use wire::limits::MAX_LISTENERS;

/// Entries `ADDRESS:PORTS`; what no entry names is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Grants(Vec<Grant>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    at: IpAddr,
    ports: Ports,
}

impl Grants {
    /// Parses every entry.
    ///
    /// # Errors
    /// The first entry that is not one, or too many.
    pub(crate) fn parse(entries: &[String]) -> Result<Self, String> {
        if entries.len() > MAX_LISTENERS {
            return Err(format!("at most {MAX_LISTENERS} listeners"));
        }
        entries.iter().map(|entry| read(entry)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an operator may open exactly this listener. An address stands for no other: all
    /// interfaces are granted by `0.0.0.0` or `[::]` only.
    pub(crate) fn hold(&self, at: SocketAddr) -> bool {
        let hold =
            |grant: &Grant| grant.at == at.ip().to_canonical() && grant.ports.hold(at.port());
        self.0.iter().any(hold)
    }
}

fn read(entry: &str) -> Result<Grant, String> {
    let wrong = |what: &str| {
        format!(
            "{entry:?}: {what}; a listener is ADDRESS:PORTS, like 127.0.0.1:9000, 127.0.0.1:9000-9010 or [::1]:9000"
        )
    };
    let (host, ports) = entry.rsplit_once(':').ok_or_else(|| wrong("has no :PORTS"))?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let at: IpAddr = match bare {
        Some(v6) => v6.parse().ok().filter(IpAddr::is_ipv6),
        None => host.parse().ok().filter(IpAddr::is_ipv4),
    }
    .ok_or_else(|| wrong("the address is none of IPv4, or of IPv6 in brackets"))?;
    match read_ports(ports).map_err(wrong)? {
        Ports::Any => Err(wrong("the ports are to be named")),
        ports => Ok(Grant { at: at.to_canonical(), ports }),
    }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn grants(entries: &[&str]) -> Result<Grants, String> {
        Grants::parse(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_listener_is_granted_by_its_exact_address_and_port() {
        let held = grants(&["127.0.0.1:9000", "[::1]:9000-9002,9010", "0.0.0.0:80"]).unwrap();
        let hold = |at: &str| held.hold(at.parse().unwrap());
        for at in
            ["127.0.0.1:9000", "[::ffff:127.0.0.1]:9000", "[::1]:9001", "[::1]:9010", "0.0.0.0:80"]
        {
            assert!(hold(at), "{at}");
        }
        for at in [
            "0.0.0.0:9000",
            "127.0.0.1:9001",
            "127.0.0.1:80",
            "127.0.0.2:9000",
            "[::]:9000",
            "[::1]:9003",
            "[::]:80",
            "10.0.0.1:80",
            "127.0.0.1:0",
        ] {
            assert!(!hold(at), "{at}");
        }
        assert!(!Grants::default().hold("127.0.0.1:9000".parse().unwrap()));
    }

    #[test]
    fn what_is_not_exact_is_no_grant() {
        for entry in [
            "127.0.0.1:*",
            "127.0.0.0/8:9000",
            "localhost:9000",
            "9000",
            "127.0.0.1:0",
            "127.0.0.1:",
            "::1:9000",
            "[127.0.0.1]:9000",
            "127.1:9000",
            "*:9000",
        ] {
            let error = grants(&[entry]).unwrap_err();
            assert!(error.contains(entry) && error.contains("ADDRESS:PORTS"), "{entry}: {error}");
        }
        assert!(grants(&["127.0.0.1:9000"; 65]).is_err());
    }
}
