//! One tunnel at the node: header, gate, dial (or a listener), answer, splice, record. It ends alone.

use crate::context::Context;
use crate::dial::{Reached, Unreached, reach};
use crate::reverse::{self, Listening};
use crate::tunnels::{NoSlot, Slot};
use link::control::Sender;
use link::lane::LaneStream;
use link::splice::{End, Ended, Limits, reset, splice, splice_back};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use wire::limits::DIAL_DEADLINE;
use wire::message::ToServer;
use wire::message::tunnel::{AgentOpen, Answer, AtNode, Opened};
use wire::{CloseReason, RefusalCode, Target};

/// From the stream to its header, and from the answer to its having left.
const HEADER_DEADLINE: Duration = Duration::from_secs(5);

/// What a tunnel is joined to at the node.
enum Joined {
    /// A target that was dialled.
    Target(End),
    /// A listener that an operator opened.
    Listener(Listening),
    /// A connection that came in by one.
    Arrival(TcpStream),
}

/// Serves one stream of a lane until it ended; its record goes to the server.
pub(crate) async fn serve(ctx: Arc<Context>, mut stream: LaneStream, sender: Sender<ToServer>) {
    let open: AgentOpen = match timeout(HEADER_DEADLINE, stream.receive()).await {
        Ok(Ok(open)) => open,
        // Dropping the stream resets it: whoever sends no header waits for no answer.
        Ok(Err(error)) => return tracing::warn!(%error, "tunnel without a header"),
        Err(_) => return tracing::warn!("tunnel without a header in time"),
    };
    let received = Instant::now();
    // Boxed: an open tunnel does not hold the room that opening it took.
    match Box::pin(connect(&ctx, &open, received)).await {
        Ok((slot, joined, opened)) => {
            let record = Box::pin(join(&ctx, stream, joined, &slot, opened)).await;
            let (up_bytes, down_bytes) = (slot.meter.up(), slot.meter.down());
            drop(slot);
            tracing::debug!(tunnel = %open.tunnel, %record, up_bytes, down_bytes, "tunnel ended");
            let tunnel = open.tunnel;
            // The session may be gone; the server counts for itself then.
            let _ = sender
                .deliver(ToServer::TunnelEnded { tunnel, up_bytes, down_bytes, reason: record })
                .await;
        }
        Err(no) => {
            tracing::debug!(tunnel = %open.tunnel, reason = %no.reason, "tunnel refused");
            let (reason, refusal, after_us) =
                (no.reason, no.refusal, Some(micros(received.elapsed())));
            let answer = Answer::Refused { reason, refusal, after_us, trace: None };
            let _ = timeout(HEADER_DEADLINE, stream.send(&answer)).await;
        }
    }
}

/// Admits and checks; then dials, listens, or takes what waits. A cut meanwhile ends it.
async fn connect(
    ctx: &Context,
    open: &AgentOpen,
    received: Instant,
) -> Result<(Slot, Joined, Opened), Unreached> {
    let target = open.target.checked().map_err(|error| {
        Unreached::new(CloseReason::TargetNotAllowed, RefusalCode::Usage, error.to_string())
    })?;
    let limit = ctx.config.load().tunnels;
    let ends = open.max_ms.map(|ms| received + Duration::from_millis(ms));
    let slot = ctx.tunnels.admit(open.tunnel, &target, ends, limit);
    let slot = slot.map_err(|why| no_slot(why, limit))?;
    let (joined, at, resolved) = match open.at_node {
        None => dialled(ctx, open, &slot, (&target, received)).await?,
        Some(AtNode::Listen) => {
            let listening = reverse::listen(ctx, &slot, &target)?;
            let at = listening.address();
            (Joined::Listener(listening), at.to_string(), None)
        }
        Some(AtNode::Take { listener, number }) => {
            let (tcp, from) = reverse::take(ctx, &slot, (listener, number))?;
            (Joined::Arrival(tcp), from.to_string(), None)
        }
    };
    let whole = received.elapsed();
    let opened = Opened {
        tunnel: open.tunnel,
        node: None,
        node_name: None,
        rule: None,
        address: Some(at.into()),
        connect_ms: micros(whole) / 1000,
        compress: open.compress.filter(|_| open.at_node.is_none()),
        resolve_us: resolved.map(micros),
        dial_us: Some(micros(whole.saturating_sub(resolved.unwrap_or_default()))),
        trace: None,
        left_ms: None,
    };
    Ok((slot, joined, opened))
}

async fn dialled(
    ctx: &Context,
    open: &AgentOpen,
    slot: &Slot,
    (target, received): (&Target, Instant),
) -> Result<(Joined, String, Option<Duration>), Unreached> {
    let longest = Duration::from_millis(open.dial_ms).min(DIAL_DEADLINE);
    let granted = open.max_ms.map_or(longest, |ms| longest.min(Duration::from_millis(ms)));
    let Reached { end, at, resolved } = tokio::select! {
        biased;
        reason = slot.cut.cut() => {
            let message = format!("{target}: cut before it was connected");
            return Err(Unreached::new(reason, RefusalCode::Denied, message));
        }
        reached = reach(target, &ctx.gate, received + granted) => reached?,
    };
    slot.connected(at.clone());
    // The allowlist may have changed while the dial was on its way, before the slot had an address.
    if !ctx.gate.still_permits(target, &at) {
        let message = format!("the node's allowlist no longer permits {target}");
        return Err(Unreached::new(CloseReason::TargetNotAllowed, RefusalCode::Denied, message));
    }
    Ok((Joined::Target(end), at.to_string(), resolved))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn no_slot(why: NoSlot, limit: u32) -> Unreached {
    match why {
        NoSlot::Full => {
            let message = format!("the node has its limit of {limit} tunnels open");
            let mut no = Unreached::new(CloseReason::Limit, RefusalCode::Failed, message);
            no.refusal =
                no.refusal.hint("on the node: tunnelctl agent config set limits.tunnels N");
            no
        }
        NoSlot::Twice => {
            let message = "a tunnel with this id is open already".to_owned();
            Unreached::new(CloseReason::Internal, RefusalCode::Conflict, message)
        }
    }
}

/// Answers and moves bytes; says why it ended. The grant's end is enforced here, also when the
/// server is out of reach (F4.6).
async fn join(
    ctx: &Context,
    mut stream: LaneStream,
    joined: Joined,
    slot: &Slot,
    opened: Opened,
) -> CloseReason {
    let by = Instant::now() + HEADER_DEADLINE;
    let compress = opened.compress;
    if !matches!(timeout_at(by, stream.send(&Answer::Opened(opened))).await, Ok(Ok(()))) {
        match joined {
            Joined::Target(end) => end.reset(),
            Joined::Arrival(tcp) => reset(tcp),
            Joined::Listener(_) => {}
        }
        return CloseReason::ClientReset;
    }
    let (meter, cut, limits) = (Arc::clone(&slot.meter), slot.cut.clone(), Limits::default());
    let limits = Limits { compress, ..limits };
    match joined {
        Joined::Target(end) => {
            let splicing = splice(End::Lane(stream), end, meter, limits, cut);
            while_granted(slot, splicing).await
        }
        Joined::Arrival(tcp) => {
            let splicing = splice_back(End::Tcp(tcp), End::Lane(stream), meter, limits, cut);
            while_granted(slot, splicing).await
        }
        Joined::Listener(listening) => listening.serve(ctx, stream, slot).await,
    }
}

async fn while_granted(slot: &Slot, splicing: impl Future<Output = Ended>) -> CloseReason {
    let mut splicing = std::pin::pin!(splicing);
    tokio::select! {
        biased;
        ended = &mut splicing => return ended.reason,
        () = slot.granted() => slot.cut.now(CloseReason::Max),
    }
    splicing.await.reason
}
