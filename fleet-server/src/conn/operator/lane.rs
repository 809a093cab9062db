//! An operator's lane: bound to its control connection; every stream on it is one tunnel.

use super::open::establish;
use super::operator_of;
use crate::accept::Ticket;
use crate::core::Core;
use crate::operators::OperatorSession;
use crate::tunnels::{self, Refused};
use link::Shutdown;
use link::control::{Reader, write_frame};
use link::dial::Conn;
use link::lane::{Acceptor, LaneStream};
use link::peer::Peer;
use link::splice::End;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use wire::limits::{HANDSHAKE_DEADLINE, MAX_FRAME_OPEN, MAX_LANES};
use wire::message::tunnel::{Answer, OperatorOpen};
use wire::message::{LaneHello, LaneWelcome};
use wire::{OperatorId, Refusal, RefusalCode};

/// A stream that does not say where to within this time is reset.
const HEADER: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(5);

/// Serves one lane until it ends.
pub(crate) async fn run(core: Arc<Core>, mut conn: Conn, ticket: Ticket) {
    let Some((id, peer)) = operator_of(&conn) else { return };
    let mut reader = Reader::new(&mut conn.io, MAX_FRAME_OPEN);
    let hello = tokio::select! {
        biased;
        () = ticket.evicted() => return,
        hello = timeout(HANDSHAKE_DEADLINE, reader.next::<LaneHello>()) => hello,
    };
    let Ok(Ok(hello)) = hello else { return };
    let (io, ahead) = reader.into_inner();
    // The operator starts yamux after the welcome.
    if !ahead.is_empty() {
        return;
    }
    let (operator, shutdown) = match take_in(&core, id, &peer, &hello) {
        Ok(taken) => taken,
        Err(refusal) => {
            let refused = LaneWelcome::Refused(refusal);
            let _ = timeout(ANSWER, write_frame(io, &refused, MAX_FRAME_OPEN)).await;
            return;
        }
    };
    let welcomed = timeout(ANSWER, write_frame(io, &LaneWelcome::Ok, MAX_FRAME_OPEN)).await;
    if !matches!(welcomed, Ok(Ok(()))) {
        return shutdown.cancel();
    }
    drop(ticket);
    let mut streams = Acceptor::start(conn.io, hello.lane, conn.took, &shutdown);
    while let Some(stream) = streams.next().await {
        let (task, operator) = (Arc::clone(&core), Arc::clone(&operator));
        core.shutdown.spawn("tunnel", serve(task, operator, shutdown.clone(), stream));
    }
    shutdown.cancel();
}

fn take_in(
    core: &Core,
    id: OperatorId,
    peer: &Peer,
    hello: &LaneHello,
) -> Result<(Arc<OperatorSession>, Shutdown), Refusal> {
    hello.hello.check().map_err(|v| Refusal::new(RefusalCode::Server, v.to_string()))?;
    let operator = core
        .operators
        .get(hello.generation)
        .filter(|operator| operator.id == id && operator.spki == peer.spki);
    let Some(operator) = operator else {
        let message = format!("no connection {} of yours", hello.generation);
        return Err(Refusal::new(RefusalCode::NotFound, message));
    };
    let Some(shutdown) = operator.add_lane() else {
        let message = format!("{MAX_LANES} lanes are open, as many as there may be");
        return Err(Refusal::new(RefusalCode::Conflict, message));
    };
    Ok((operator, shutdown))
}

/// One stream: header, decision, answer, bytes.
async fn serve(
    core: Arc<Core>,
    operator: Arc<OperatorSession>,
    lane: Shutdown,
    mut stream: LaneStream,
) {
    let Ok(Ok(open)) = timeout(HEADER, stream.receive::<OperatorOpen>()).await else { return };
    let opened = tokio::select! {
        biased;
        () = lane.cancelled() => return,
        opened = establish(&core, operator.caller(), open) => opened,
    };
    match opened {
        Ok(established) => {
            let answer = Answer::Opened(established.opened.clone());
            if matches!(timeout(ANSWER, stream.send(&answer)).await, Ok(Ok(()))) {
                tunnels::run(established, End::Lane(stream)).await;
            }
        }
        Err(Refused { reason, refusal, trace }) => {
            let answer = Answer::Refused { reason, refusal, after_us: None, trace };
            // A peer that went away needs no answer.
            let _ = timeout(ANSWER, stream.send(&answer)).await;
        }
    }
}
