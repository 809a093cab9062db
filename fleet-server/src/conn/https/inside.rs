//! A connection of ours inside of a WebSocket: what ended TLS on the way cannot read it, and has no say
//! in who is at its end.

use crate::accept::{Fault, Ticket};
use crate::conn;
use crate::core::Core;
use link::dial::{AcceptError, Conn, greet_inside, upgrade};
use std::net::IpAddr;
use std::sync::Arc;

/// Answers the upgrade, then greets whoever speaks inside of it. The outer connection proved nothing,
/// so the ticket stays what it was.
pub(super) async fn serve(
    core: Arc<Core>,
    outer: Conn,
    source: IpAddr,
    ticket: Ticket,
    (key, ahead): (String, Vec<u8>),
) {
    let accepted = tokio::select! {
        biased;
        () = core.shutdown.cancelled() => return,
        () = ticket.evicted() => {
            core.fault(source, Fault::Idle);
            return core.metrics.handshake("evicted");
        }
        accepted = handshake(&core, outer, &key, ahead, &ticket) => accepted,
    };
    match accepted {
        Ok(Some(inner)) => {
            core.metrics.handshake("ok");
            conn::serve_member(core, inner, source, ticket);
        }
        Ok(None) => core.metrics.handshake("shed"),
        Err(error) => conn::failed(&core, source, &error),
    }
}

async fn handshake(
    core: &Core,
    outer: Conn,
    key: &str,
    ahead: Vec<u8>,
    ticket: &Ticket,
) -> Result<Option<Conn>, AcceptError> {
    let (remote, local) = (outer.remote, outer.local);
    let socket = upgrade(outer.io, key, ahead).await?;
    let greeted = greet_inside(socket, remote, local).await?;
    if !ticket.turn(core.clock.now()).await {
        return Ok(None);
    }
    greeted.accept(&core.tls).await.map(Some)
}
