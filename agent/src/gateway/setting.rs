//! Where a gateway listens and whom it admits, as the node's owner says.

use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// Addresses one agent listens on.
const MAX_LISTEN: usize = 8;
/// Networks that are read.
const MAX_ALLOW: usize = 64;

/// What the owner wrote; nobody is admitted who is not named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Exactly these addresses.
    pub(crate) listen: Vec<SocketAddr>,
    /// Connections at once.
    pub(crate) connections: u32,
    allow: Vec<IpNet>,
}

impl Setting {
    /// Reads the keys.
    ///
    /// # Errors
    /// `KEY: what` of the first value that is not valid.
    pub(crate) fn parse(
        listen: &[String],
        allow: &[String],
        connections: u32,
    ) -> Result<Self, String> {
        if listen.len() > MAX_LISTEN {
            return Err(format!("gateway.listen: at most {MAX_LISTEN} addresses"));
        }
        if allow.len() > MAX_ALLOW {
            return Err(format!("gateway.allow: at most {MAX_ALLOW} networks"));
        }
        let mut setting = Self { connections, ..Self::default() };
        for text in listen {
            let at: Option<SocketAddr> = text.parse().ok().filter(|at: &SocketAddr| at.port() != 0);
            let at = at.ok_or_else(|| {
                format!("gateway.listen: {text:?} is not ADDRESS:PORT, like 192.168.7.1:7443")
            })?;
            if !setting.listen.contains(&at) {
                setting.listen.push(at);
            }
        }
        for text in allow {
            let single = || text.parse::<IpAddr>().ok().map(|ip| IpNet::from(ip.to_canonical()));
            let net = text.parse::<IpNet>().ok().map(|net| net.trunc()).or_else(single);
            setting.allow.push(net.ok_or_else(|| {
                format!("gateway.allow: {text:?} is not a network, like 192.168.7.0/24")
            })?);
        }
        if !setting.listen.is_empty() && setting.allow.is_empty() {
            return Err(
                "gateway.allow: name the networks that may come, like 192.168.7.0/24".into()
            );
        }
        Ok(setting)
    }

    /// Whether somebody may come from there.
    pub(crate) fn admits(&self, source: IpAddr) -> bool {
        let source = source.to_canonical();
        self.allow.iter().any(|net| net.contains(&source))
    }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn setting(listen: &[&str], allow: &[&str]) -> Result<Setting, String> {
        let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        Setting::parse(&own(listen), &own(allow), 9)
    }

    #[test]
    fn only_who_is_named_is_admitted() {
        let set = setting(&["192.168.7.1:7443"], &["192.168.7.9/24", "fd00::7"]).unwrap();
        for (source, admitted) in [
            ("192.168.7.200", true),
            ("::ffff:192.168.7.200", true),
            ("fd00::7", true),
            ("fd00::8", false),
            ("192.168.8.1", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(set.admits(source.parse().unwrap()), admitted, "{source}");
        }
        assert!(!setting(&[], &[]).unwrap().admits("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_wrong_names_its_key() {
        for (listen, allow, key) in [
            (vec!["7443"], vec!["10.0.0.0/8"], "gateway.listen"),
            (vec!["10.0.0.1:0"], vec!["10.0.0.0/8"], "gateway.listen"),
            (vec!["gw:7443"], vec!["10.0.0.0/8"], "gateway.listen"),
            (vec!["10.0.0.1:1"; 9], vec!["10.0.0.0/8"], "gateway.listen"),
            (vec!["10.0.0.1:7443"], vec![], "gateway.allow"),
            (vec!["10.0.0.1:7443"], vec!["10.0.0.0/33"], "gateway.allow"),
            (vec![], vec!["everybody"], "gateway.allow"),
        ] {
            let error = setting(&listen, &allow).unwrap_err();
            assert!(error.starts_with(key), "{listen:?} {allow:?}: {error}");
        }
    }
}
