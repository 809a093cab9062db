//! One accepted connection: handshake, then by protocol (ALPN) to whoever serves it.

pub(crate) mod enrol;
pub(crate) mod https;
mod node;
mod operator;

use crate::accept::Ticket;
use crate::core::Core;
use link::dial::{AcceptError, Conn};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use wire::alpn;

/// Greets one connection. The ticket is given back once the peer proved itself.
pub(crate) async fn run(core: Arc<Core>, tcp: TcpStream, source: IpAddr, ticket: Ticket) {
    link::dial::tune(&tcp);
    let conn = tokio::select! {
        biased;
        () = core.shutdown.cancelled() => return,
        () = ticket.evicted() => return core.metrics.handshake("evicted"),
        accepted = link::dial::accept(tcp, &core.tls) => match accepted {
            Ok(conn) => conn,
            Err(error) => return failed(&core, source, &error),
        },
    };
    core.metrics.handshake("ok");
    serve(core, conn, source, ticket);
}

/// Hands the connection to a task of its own: what the handshake held is given back, and a session
/// that lasts for months holds nothing but its own.
fn serve(core: Arc<Core>, conn: Conn, source: IpAddr, ticket: Ticket) {
    let shutdown = core.shutdown.clone();
    match conn.alpn.as_slice() {
        alpn::AGENT => shutdown.spawn("agent", node::run(core, conn, source, ticket)),
        alpn::AGENT_LANE => shutdown.spawn("agent lane", node::lane(core, conn, ticket)),
        alpn::OPERATOR => shutdown.spawn("operator", operator::run(core, conn, source, ticket)),
        alpn::OPERATOR_LANE => shutdown.spawn("operator lane", operator::lane(core, conn, ticket)),
        // Strangers keep their ticket to the end.
        alpn::ENROL => shutdown.spawn("enrolment", async move {
            enrol::run(core, conn, source).await;
            drop(ticket);
        }),
        alpn::HTTP => shutdown.spawn("https", async move {
            https::serve(conn.io, |request| https::public(&core, request)).await;
            drop(ticket);
        }),
        // The handshake agrees on nothing else.
        _ => {}
    }
}

/// Strangers that fail are counted, never logged one by one.
fn failed(core: &Core, source: IpAddr, error: &AcceptError) {
    let result = match error {
        AcceptError::Silent => "silent",
        AcceptError::Slow => "slow",
        AcceptError::Tls(_) => "tls",
        AcceptError::Protocol(_) => "protocol",
        AcceptError::Io(_) => "io",
    };
    core.metrics.handshake(result);
    tracing::debug!(%source, %error, "handshake failed");
}
