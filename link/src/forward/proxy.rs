//! What a proxy does with the target that a client named, whatever it was asked in: finds the node it
//! leads through, looks the name up on this side if that is wanted, and opens.

use super::visitor::{self, Ask, NoTunnel, Tunnel};
use super::{Context, Dns, Source, Through};
use std::net::{IpAddr, SocketAddr};
use tokio::net::lookup_host;
use tokio::time::timeout;
use wire::limits::DIAL_DEADLINE;
use wire::message::tunnel::OpenTo;
use wire::{CloseReason, Refusal, RefusalCode, Target};

/// Addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// How a proxy treats its clients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proxy<'a> {
    /// Where it dials.
    pub(super) through: &'a Through,
    /// Who looks names up.
    pub(super) dns: Dns,
    /// The user and password that clients must give.
    pub(super) auth: Option<(&'a str, &'a str)>,
}

impl Proxy<'_> {
    /// Opens a tunnel to the target that a client named.
    pub(super) async fn open(
        self,
        context: &Context,
        target: Target,
        from: Source,
    ) -> Result<Tunnel, NoTunnel> {
        let host = target.host.clone();
        let Some(ask) = self.through.ask(target) else { return Err(no_node(&host)) };
        match self.dns {
            Dns::Remote => visitor::open(context, ask, from).await,
            Dns::Local => open_here(context, ask, from).await,
        }
    }
}

/// Opens to an address of the name in `ask`; to another one where that target does not answer.
async fn open_here(context: &Context, ask: Ask<'_>, from: Source) -> Result<Tunnel, NoTunnel> {
    let Some(name) = ask.target().filter(|target| is_looked_up(&target.host)).cloned() else {
        return visitor::open(context, ask, from).await;
    };
    let mut last = None;
    for address in looked_up(&name).await? {
        let mut no = match visitor::open(context, ask.at(address.into()), from).await {
            Ok(tunnel) => return Ok(tunnel),
            Err(no) => no,
        };
        let message = format!("{}: {}", name.host, no.refusal.message);
        no.refusal.message = message.into();
        if !is_of_the_address(no.reason) {
            return Err(no);
        }
        last = Some(no);
    }
    Err(last.unwrap_or_else(|| unresolvable(&name, "it has no address")))
}

/// Whether another address may do better.
const fn is_of_the_address(reason: CloseReason) -> bool {
    matches!(
        reason,
        CloseReason::DialRefused | CloseReason::DialTimeout | CloseReason::DialUnreachable
    )
}

/// `localhost` is the node itself, whoever looks names up.
fn is_looked_up(host: &str) -> bool {
    let is_local = host == "localhost" || host.ends_with(".localhost");
    !is_local && host.parse::<IpAddr>().is_err()
}

async fn looked_up(name: &Target) -> Result<Vec<SocketAddr>, NoTunnel> {
    match timeout(DIAL_DEADLINE, lookup_host((name.host.as_str(), name.port))).await {
        Ok(Ok(found)) => Ok(found.take(ADDRESSES).collect()),
        Ok(Err(error)) => Err(unresolvable(name, &error.to_string())),
        Err(_) => Err(unresolvable(name, "no answer in time")),
    }
}

fn unresolvable(name: &Target, why: &str) -> NoTunnel {
    let message = format!("{}: the name was looked up here, not at the node: {why}", name.host);
    let refusal = Refusal::new(RefusalCode::NotFound, message);
    NoTunnel { reason: CloseReason::Unresolvable, refusal }
}

/// A client named a target without a node in it.
fn no_node(host: &str) -> NoTunnel {
    let message = format!("{host}: there is no node in the name");
    let refusal = Refusal::new(RefusalCode::NotFound, message)
        .hint("through the whole fleet a name is host.NODE.tun, or NODE.tun for the node itself");
    NoTunnel { reason: CloseReason::Unresolvable, refusal }
}

impl<'a> Ask<'a> {
    /// Where it is to go at the node.
    const fn target(&self) -> Option<&Target> {
        match self {
            Ask::To(OpenTo::Node { target, .. }) | Ask::Group(_, target) => Some(target),
            Ask::To(_) => None,
        }
    }

    /// The same with another target.
    fn at(&self, target: Target) -> Ask<'a> {
        match self {
            Ask::To(OpenTo::Node { node, .. }) => {
                Ask::To(OpenTo::Node { node: node.clone(), target })
            }
            Ask::To(to) => Ask::To(to.clone()),
            Ask::Group(group, _) => Ask::Group(group, target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_looked_up_and_localhost_is_the_node() {
        for (host, is) in [
            ("db.internal", true),
            ("db", true),
            ("10.0.0.5", false),
            ("::1", false),
            ("localhost", false),
            ("app.localhost", false),
        ] {
            assert_eq!(is_looked_up(host), is, "{host}");
        }
    }
}
