//! Which ways there are: what a configuration and the environment say about proxies and paths.

use super::{Rung, Via, Way};
use crate::dial::{Proxy, ProxyError};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// Where a proxy is named, in this order.
const PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// What somebody wrote about the ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// A proxy's address, `none`, or nothing: then the environment's.
    pub proxy: Option<String>,
    /// `auto`, or the one rung to use.
    pub path: Option<String>,
}

impl Setting {
    /// Of values as people leave them: an empty one says nothing.
    pub fn new(proxy: Option<String>, path: Option<String>) -> Self {
        let said = |value: Option<String>| value.filter(|value| !value.is_empty());
        Self { proxy: said(proxy), path: said(path) }
    }
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaysError {
    /// The proxy's address.
    #[error("{name}: {error}")]
    Proxy {
        /// Where it is written.
        name: String,
        /// What is wrong.
        error: ProxyError,
    },
    /// The path.
    #[error("path: {0:?} is none of auto, tls, proxy, wss")]
    Path(String),
    /// There is no proxy to go through.
    #[error("path: proxy needs a proxy: set it, or HTTPS_PROXY")]
    NoProxy,
}

/// The ways in their order: tls, proxy, wss, wss through the proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    via: Option<Arc<Via>>,
    only: Option<Rung>,
}

impl Ways {
    /// From what is set and what `env` says.
    ///
    /// # Errors
    /// A value that is set is not valid. In the environment a proxy of a kind we do not speak is
    /// overlooked: it is meant for others.
    pub fn new(setting: &Setting, env: impl Fn(&str) -> Option<String>) -> Result<Self, WaysError> {
        let only = match setting.path.as_deref() {
            None | Some("auto") => None,
            Some(word) => Some(word.parse().map_err(|()| WaysError::Path(word.to_owned()))?),
        };
        let except = NO_PROXY.iter().find_map(|name| env(name)).unwrap_or_default();
        let except = NoProxy::parse(&except);
        let proxy = match setting.proxy.as_deref() {
            Some("none") => None,
            // What is set for this program alone has no exceptions from elsewhere.
            Some(text) => Some((parsed("proxy", text)?, NoProxy::default())),
            None => from_environment(&env)?.map(|proxy| (proxy, except)),
        };
        let via = proxy.map(|(proxy, except)| Arc::new(Via { proxy, except }));
        if only == Some(Rung::Proxy) && via.is_none() {
            return Err(WaysError::NoProxy);
        }
        Ok(Self { via, only })
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Way> {
        let direct = |rung| Some(Way { rung, proxy: None });
        let through = |rung| self.via.clone().map(|via| Way { rung, proxy: Some(via) });
        let all = [direct(Rung::Tls), through(Rung::Proxy), direct(Rung::Wss), through(Rung::Wss)];
        let wanted = |way: &Way| self.only.is_none_or(|only| way.rung == only);
        all.into_iter().flatten().filter(wanted).collect()
    }
}

fn parsed(name: &str, text: &str) -> Result<Proxy, WaysError> {
    text.parse().map_err(|error| WaysError::Proxy { name: name.to_owned(), error })
}

fn from_environment(env: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>, WaysError> {
    for name in PROXY {
        let Some(text) = env(name).filter(|text| !text.is_empty()) else { continue };
        match parsed(name, &text) {
            Err(WaysError::Proxy { error: ProxyError::Scheme(scheme), .. }) => {
                tracing::warn!(name, scheme, "a proxy of this kind is not used");
            }
            parsed => return parsed.map(Some),
        }
    }
    Ok(None)
}

/// Servers that are not reached through the proxy, as in `NO_PROXY`: `*`, names with everything
/// below them, addresses, CIDRs, each with an optional port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoProxy(Vec<Exception>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    host: Host,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    All,
    Net(IpNet),
    /// In lower case, without a leading dot.
    Name(String),
}

impl NoProxy {
    /// Reads a list; entries that mean nothing are passed over, as other programs do.
    pub fn parse(text: &str) -> Self {
        let entries = text.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty());
        Self(entries.map(Exception::parse).collect())
    }

    /// Whether `server` (`HOST:PORT`) is on the list.
    pub fn covers(&self, server: &str) -> bool {
        let (host, port) = split(server);
        let (host, ip) = (host.to_ascii_lowercase(), host.parse::<IpAddr>().ok());
        self.0.iter().any(|exception| {
            exception.port.is_none_or(|wanted| Some(wanted) == port)
                && match &exception.host {
                    Host::All => true,
                    Host::Net(net) => ip.is_some_and(|ip| net.contains(&ip.to_canonical())),
                    Host::Name(name) => host
                        .strip_suffix(name.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
                }
        })
    }
}

impl Exception {
    fn parse(text: &str) -> Self {
        if let Ok(net) = text.parse::<IpNet>() {
            return Self { host: Host::Net(net), port: None };
        }
        let (host, port) = split(text);
        let host = match host.parse::<IpAddr>() {
            Ok(ip) => Host::Net(ip.to_canonical().into()),
            Err(_) if host == "*" => Host::All,
            Err(_) => {
                let name = host.strip_prefix("*.").or(host.strip_prefix('.')).unwrap_or(host);
                Host::Name(name.to_ascii_lowercase())
            }
        };
        Self { host, port }
    }
}

/// Host and port of `HOST`, `HOST:PORT`, `[IPV6]:PORT` or an IPv6 address.
fn split(text: &str) -> (&str, Option<u16>) {
    if text.parse::<IpAddr>().is_ok() {
        return (text, None);
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (text, None),
        },
        None => (text, None),
    };
    (host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host), port)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::harness::Parser;

    fn ways(proxy: Option<&str>, path: Option<&str>, env: &[(&str, &str)]) -> Vec<String> {
        let setting = Setting::new(proxy.map(Into::into), path.map(Into::into));
        let look = |name: &str| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        match Ways::new(&setting, look) {
            Ok(ways) => ways.all().iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    #[test]
    fn the_order_is_direct_proxy_websocket() {
        assert_eq!(ways(None, None, &[]), ["tls", "wss"]);
        let all = ["tls", "proxy via p:3128", "wss", "wss via p:3128"];
        assert_eq!(ways(Some("http://p:3128"), Some("auto"), &[]), all);
        let env = [("HTTPS_PROXY", "http://u:p@p:3128")];
        assert_eq!(ways(None, None, &env), all);
        assert_eq!(ways(Some("none"), None, &env), ["tls", "wss"]);
        assert_eq!(ways(Some(""), Some(""), &env), all, "empty is not set");
        assert_eq!(ways(None, Some("wss"), &env), ["wss", "wss via p:3128"]);
        assert_eq!(ways(None, Some("proxy"), &env), ["proxy via p:3128"]);
        let env = [("ALL_PROXY", "socks5://p:1"), ("https_proxy", "")];
        assert_eq!(ways(None, None, &env), ["tls", "wss"], "a foreign kind is not ours to use");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(ways(None, Some("quic"), &[])[0].contains("auto, tls, proxy, wss"));
        assert!(ways(None, Some("proxy"), &[])[0].contains("needs a proxy"));
        assert!(ways(Some("socks5://p:1"), None, &[])[0].contains("socks5"));
        assert!(ways(None, None, &[("https_proxy", "http://")])[0].starts_with("https_proxy:"));
    }

    #[test]
    fn exceptions_are_read_as_other_programs_read_them() {
        let list =
            NoProxy::parse(".corp, example.eu:443,10.0.0.0/8 ,192.0.2.7,[2001:db8::1]:443,*.lab");
        for server in [
            "corp:1",
            "a.corp:443",
            "A.CORP:443",
            "example.eu:443",
            "tun.example.eu:443",
            "10.1.2.3:443",
            "[::ffff:10.1.2.3]:443",
            "192.0.2.7:8443",
            "[2001:db8::1]:443",
            "x.lab:1",
        ] {
            assert!(list.covers(server), "{server}");
        }
        for server in
            ["acorp:1", "example.eu:80", "myexample.eu:443", "11.0.0.1:1", "[2001:db8::1]:1"]
        {
            assert!(!list.covers(server), "{server}");
        }
        assert!(NoProxy::parse("*").covers("anything:1"));
        assert!(!NoProxy::default().covers("anything:1"));
    }

    #[test]
    fn exceptions_survive_mutation() {
        Parser::new("ways", 4096).survives(|input| {
            if let Ok(text) = std::str::from_utf8(input) {
                let list = NoProxy::parse(text);
                let everything = text.split([',', ' ']).any(|entry| entry.trim() == "*");
                for server in ["10.1.2.3:443", "a.corp:1", "[::1]:2"] {
                    assert!(list.covers(server) || !everything, "{text:?}");
                }
            }
        });
    }
}
