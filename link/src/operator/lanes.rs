//! An operator's lanes: the first is dialled with the first tunnel, more when all are busy.

use super::OperatorError;
use super::connection::Shared;
use crate::control::{read_frame, write_frame};
use crate::dial::dial_along;
use crate::lane::{Lane, LaneStream};
use tokio::time::timeout;
use wire::message::{Hello, LaneHello, LaneWelcome};
use wire::{LaneId, RefusalCode, alpn, limits};

/// A stream on the least busy lane. A lane that is lost before it carries the stream is dialled again.
pub(super) async fn stream(shared: &Shared) -> Result<LaneStream, OperatorError> {
    match opened(shared).await {
        Err(OperatorError::Lost) if !shared.shutdown.is_cancelled() => opened(shared).await,
        outcome => outcome,
    }
}

async fn opened(shared: &Shared) -> Result<LaneStream, OperatorError> {
    if shared.lanes.count() == 0 {
        add(shared, |shared| shared.lanes.count() == 0).await?;
    } else if shared.lanes.wants_more() && shared.lanes.count() < limits::MAX_LANES {
        // The lanes there are still work: a failed attempt to add one is no failure to open.
        let _ = add(shared, |shared| shared.lanes.wants_more()).await;
    }
    // Waiting for a lane would be waiting for ourselves.
    shared.lanes.open_on_one().await.map_err(super::lost)
}

async fn add(shared: &Shared, wanted: impl Fn(&Shared) -> bool) -> Result<(), OperatorError> {
    let mut next = shared.next_lane.lock().await;
    if !wanted(shared) {
        return Ok(());
    }
    *next += 1;
    let lane = dial_lane(shared, LaneId(*next)).await?;
    shared.lanes.add(lane);
    Ok(())
}

async fn dial_lane(shared: &Shared, id: LaneId) -> Result<Lane, OperatorError> {
    let within = shared.access.timeout;
    let tls = &shared.access.tls;
    let mut conn = dial_along(&shared.route, tls, alpn::OPERATOR_LANE, within).await?;
    let hello = LaneHello {
        hello: Hello::ours(&shared.access.client, 0),
        generation: shared.connection,
        lane: id,
    };
    let greeting = async {
        write_frame(&mut conn.io, &hello, limits::MAX_FRAME_OPEN).await?;
        read_frame::<LaneWelcome, _>(&mut conn.io, limits::MAX_FRAME_OPEN).await
    };
    let welcome = timeout(within, greeting).await.map_err(|_| OperatorError::Timeout(within))?;
    match welcome.map_err(|_| OperatorError::Lost)? {
        LaneWelcome::Ok => Ok(Lane::opener(conn.io, id, conn.took, &shared.shutdown)),
        // The server was started anew, and nobody told this side yet.
        LaneWelcome::Refused(refusal) if refusal.code == RefusalCode::NotFound => {
            shared.shutdown.cancel();
            Err(OperatorError::Lost)
        }
        LaneWelcome::Refused(refusal) => Err(OperatorError::Refused(refusal)),
    }
}
