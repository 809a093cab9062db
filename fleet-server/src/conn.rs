//! One accepted connection: handshake, then by protocol (ALPN) to whoever serves it.

pub(crate) mod enrol;
pub(crate) mod https;
pub(crate) mod node;
mod operator;

pub(crate) use operator::{cut_entry, tell};

use crate::accept::{Fault, Gate, Ticket, proxied};
use crate::core::Core;
use link::dial::{AcceptError, Conn};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpStream;
use wire::alpn;

/// Serves one connection, from whoever is at its other end: for a load balancer, whoever it says.
pub(crate) async fn run(core: Arc<Core>, tcp: TcpStream, remote: SocketAddr, ticket: Ticket) {
    let source = remote.ip().to_canonical();
    if !proxied::is_expected(&core, source) {
        return greet(core, tcp, source, ticket).await;
    }
    if let Some((tcp, source, ticket)) = introduced(&core, tcp, remote, ticket).await {
        greet(core, tcp, source, ticket).await;
    }
}

/// Reads who the visitor is; from then on the place, and what he does, is his and not the balancer's.
async fn introduced(
    core: &Core,
    mut tcp: TcpStream,
    remote: SocketAddr,
    ticket: Ticket,
) -> Option<(TcpStream, IpAddr, Ticket)> {
    let read = tokio::select! {
        biased;
        () = core.shutdown.cancelled() => return None,
        () = ticket.evicted() => {
            core.metrics.handshake("evicted");
            return None;
        }
        read = proxied::read(&mut tcp, remote) => read,
    };
    drop(ticket);
    let source = match read {
        Ok(visitor) => visitor.ip().to_canonical(),
        Err(error) => {
            // Balancers look whether a port answers: nobody pays for that.
            tracing::debug!(balancer = %remote.ip(), %error, "no PROXY header");
            core.metrics.handshake("unproxied");
            return None;
        }
    };
    match Gate::enter(&core.gate, source, core.clock.now()) {
        Ok(ticket) => Some((tcp, source, ticket)),
        Err(turned) => {
            core.metrics.handshake(turned.as_str());
            None
        }
    }
}

/// Greets one connection. The ticket is given back once the peer proved itself.
async fn greet(core: Arc<Core>, tcp: TcpStream, source: IpAddr, ticket: Ticket) {
    let conn = tokio::select! {
        biased;
        () = core.shutdown.cancelled() => return,
        () = ticket.evicted() => {
            core.fault(source, Fault::Idle);
            return core.metrics.handshake("evicted");
        }
        accepted = handshake(&core, tcp, &ticket) => accepted,
    };
    match conn {
        Ok(Some(conn)) => {
            core.metrics.handshake("ok");
            serve(core, conn, source, ticket);
        }
        Ok(None) => core.metrics.handshake("shed"),
        Err(error) => failed(&core, source, &error),
    }
}

/// `None` if more handshakes are under way than the machine should begin.
async fn handshake(
    core: &Core,
    tcp: TcpStream,
    ticket: &Ticket,
) -> Result<Option<Conn>, AcceptError> {
    let greeted = link::dial::greet(tcp).await?;
    if !ticket.turn(core.clock.now()).await {
        return Ok(None);
    }
    greeted.accept(&core.tls).await.map(Some)
}

/// Hands the connection to a task of its own: what the handshake held is given back, and a session
/// that lasts for months holds nothing but its own.
fn serve(core: Arc<Core>, conn: Conn, source: IpAddr, ticket: Ticket) {
    let shutdown = core.shutdown.clone();
    match conn.alpn.as_slice() {
        alpn::HTTP => shutdown.spawn("https", https::run(core, conn, source, ticket)),
        _ => serve_member(core, conn, source, ticket),
    }
}

/// As [`serve`], for our own protocols alone: inside of a WebSocket there is no second web.
fn serve_member(core: Arc<Core>, conn: Conn, source: IpAddr, ticket: Ticket) {
    let shutdown = core.shutdown.clone();
    match conn.alpn.as_slice() {
        alpn::AGENT => shutdown.spawn("agent", node::run(core, conn, source, ticket)),
        alpn::AGENT_LANE => shutdown.spawn("agent lane", node::lane(core, conn, ticket)),
        alpn::OPERATOR => shutdown.spawn("operator", operator::run(core, conn, source, ticket)),
        alpn::OPERATOR_LANE => shutdown.spawn("operator lane", operator::lane(core, conn, ticket)),
        // A stranger keeps his ticket to the end.
        alpn::ENROL => shutdown.spawn("enrolment", async move {
            enrol::run(core, conn, source).await;
            drop(ticket);
        }),
        // The handshake agrees on nothing else.
        _ => {}
    }
}

/// Strangers that fail are counted, never logged one by one; what they did has its price.
fn failed(core: &Core, source: IpAddr, error: &AcceptError) {
    let (result, fault) = match error {
        AcceptError::Silent => ("silent", Fault::Idle),
        AcceptError::Slow => ("slow", Fault::Slow),
        AcceptError::Tls(_) => ("tls", Fault::Auth),
        AcceptError::Declined(_) => ("declined", Fault::Idle),
        AcceptError::Protocol(_) => ("protocol", Fault::Auth),
        AcceptError::Io(_) => ("io", Fault::Idle),
    };
    core.fault(source, fault);
    core.metrics.handshake(result);
    tracing::debug!(%source, %error, "handshake failed");
}
