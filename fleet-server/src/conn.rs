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

/// Serves one connection until it ends. The ticket is given back once the peer proved itself.
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
    serve(core, conn, source, ticket).await;
}

async fn serve(core: Arc<Core>, conn: Conn, source: IpAddr, ticket: Ticket) {
    match conn.alpn.as_slice() {
        alpn::AGENT => node::run(core, conn, source, ticket).await,
        alpn::AGENT_LANE => node::lane(core, conn, ticket).await,
        alpn::OPERATOR => operator::run(core, conn, source, ticket).await,
        alpn::OPERATOR_LANE => operator::lane(core, conn, ticket).await,
        alpn::ENROL => enrol::run(core, conn, source).await,
        alpn::HTTP => https::serve(conn.io, |request| https::public(&core, request)).await,
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
