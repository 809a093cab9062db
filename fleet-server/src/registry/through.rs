//! Through which gateways a node came (F2.9). They pass its bytes on blindly, so that this is put
//! together from what both say of themselves and from where they come: for people, and for whoever
//! wants a way and no other. What a node may do never hangs on it.

use super::Session;
use crate::core::{Core, lock};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use wire::NodeId;
use wire::limits::MAX_GATEWAYS;

impl Core {
    /// The gateways between a node and the server, the one next to the server first.
    pub(crate) fn gateways(&self, session: &Session) -> Vec<NodeId> {
        let mut chain: Vec<NodeId> = Vec::new();
        let mut next = self.gateway_of(session);
        while let Some(gateway) = next {
            if chain.len() == MAX_GATEWAYS || chain.contains(&gateway.node) {
                break;
            }
            chain.push(gateway.node);
            next = self.gateway_of(&gateway);
        }
        chain.reverse();
        chain
    }

    /// The node whose listener this one dialled. Both come from the same address then.
    fn gateway_of(&self, session: &Session) -> Option<Arc<Session>> {
        let (host, port) = session.path.address.as_str().rsplit_once(':')?;
        let port: u16 = port.parse().ok()?;
        let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let neighbours = || {
            let all = self.registry.sessions().into_iter();
            all.filter(|one| one.node != session.node && one.source == session.source)
        };
        let listens = |one: &Arc<Session>, fits: &dyn Fn(&SocketAddr) -> bool| {
            lock(&one.facts).gateway.iter().any(fits)
        };
        let exact = |at: &SocketAddr| Some(at.ip()) == ip && at.port() == port;
        if let Some(found) = neighbours().find(|one| listens(one, &exact)) {
            return Some(found);
        }
        // One that listens everywhere, or was dialled by a name: the only one it can be.
        if self.is_called(host, ip) {
            return None;
        }
        let by_port =
            |at: &SocketAddr| at.port() == port && (ip.is_none() || at.ip().is_unspecified());
        let mut fitting = neighbours().filter(|one| listens(one, &by_port));
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// Whether that is a name or an address of this server.
    fn is_called(&self, host: &str, ip: Option<IpAddr>) -> bool {
        match ip {
            Some(ip) => self.names.ips().contains(&ip),
            None => self.names.dns().iter().any(|name| name.eq_ignore_ascii_case(host)),
        }
    }
}
