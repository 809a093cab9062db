//! The first words of a session: hello, and what the server answers. Values out of bounds are not
//! believed.

use super::ending::Ended;
use super::{allow_texts, reverse_texts};
use crate::context::Context;
use crate::inventory;
use link::control::{ControlError, Reader, Sender};
use link::dial::Route;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::time::timeout;
use wire::limits::HANDSHAKE_DEADLINE;
use wire::message::agent::{PathAttempt, PathReport, Returned};
use wire::message::{Envelope, Hello, ToAgent, ToServer};
use wire::session::liveness::Pace;
use wire::{DisconnectReason, Violation};

/// What a server may ask for; outside of it a wrong number would make a dead or a chatty link.
const HEARTBEAT_RANGE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));
const DEAD_RANGE: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(150));

/// Ways that did not lead there, of which the server is told.
const MAX_ATTEMPTS: usize = wire::limits::MAX_PATH_ATTEMPTS;

/// What the server said at the start.
pub(super) struct Welcome {
    pub(super) node: wire::NodeId,
    pub(super) name: wire::Name,
    pub(super) generation: wire::Generation,
    pub(super) warm_lanes: u32,
    pub(super) pace: Pace,
}

/// How this connection came about, for people who ask at the server.
fn path(ctx: &Context, route: &Route) -> PathReport {
    let now = ctx.clock.wall();
    let attempts = ctx.ladder.attempts().into_iter().take(MAX_ATTEMPTS);
    PathReport {
        rung: route.way.rung().as_str().into(),
        proxy: route.way.proxy().map(|proxy| proxy.to_string().into()),
        address: route.server.as_str().into(),
        attempts: attempts
            .map(|attempt| PathAttempt {
                rung: attempt.way.rung().as_str().into(),
                proxy: attempt.way.proxy().map(|proxy| proxy.to_string().into()),
                address: attempt.address.as_str().into(),
                error: attempt.error.as_str().into(),
                age_ms: u64::try_from(now.since(attempt.at).as_millis()).unwrap_or(u64::MAX),
            })
            .collect(),
    }
}

/// Hello and its answer, within the deadline of a handshake.
pub(super) async fn open<R: AsyncRead + Unpin>(
    ctx: &Context,
    reader: &mut Reader<R>,
    sender: &Sender<ToServer>,
    returned: Option<Returned>,
    route: &Route,
) -> Result<Welcome, Ended> {
    let hello = ToServer::Hello {
        hello: Hello::ours(env!("CARGO_PKG_VERSION"), ctx.clock.wall().0),
        inventory: inventory::take(),
        allow: allow_texts(ctx),
        returned,
        instance: Some(ctx.instance),
        path: Some(path(ctx, route)),
        reverse: reverse_texts(ctx),
    };
    sender.send(hello).map_err(|error| Ended::unwelcomed(&error))?;
    let first = tokio::select! {
        biased;
        () = ctx.stopping.cancelled() => return Err(Ended::stopped()),
        first = timeout(HANDSHAKE_DEADLINE, reader.next::<Envelope<ToAgent>>()) => first,
    };
    let first = first.unwrap_or(Err(ControlError::Timeout));
    match first.map_err(|error| Ended::unwelcomed(&error))?.body {
        Some(ToAgent::Welcome {
            node,
            name,
            generation,
            hello,
            warm_lanes,
            heartbeat_ms,
            dead_after_ms,
        }) => {
            hello.check().map_err(|violation| Ended::violated(&violation))?;
            let me = ctx.identity.load().id;
            if node != me {
                tracing::error!(%node, ours = %me, "the server takes us for another node");
                return Err(Ended::violated(&Violation::Unexpected("node in welcome")));
            }
            let pace = pace(heartbeat_ms, dead_after_ms);
            Ok(Welcome { node, name, generation, warm_lanes, pace })
        }
        Some(ToAgent::Refused(refusal)) => Err(Ended::refused(&refusal)),
        Some(ToAgent::Bye { reason }) => Err(Ended::bye(reason, None)),
        Some(ToAgent::Draining { retry_after_ms }) => {
            Err(Ended::bye(DisconnectReason::Drain, Some(Duration::from_millis(retry_after_ms))))
        }
        _ => Err(Ended::violated(&Violation::Unexpected("message instead of a welcome"))),
    }
}

/// The server's pace, within bounds.
fn pace(heartbeat_ms: u64, dead_after_ms: u64) -> Pace {
    let within = |ms, (low, high)| Duration::from_millis(ms).clamp(low, high);
    let heartbeat = within(heartbeat_ms, HEARTBEAT_RANGE);
    Pace { heartbeat, dead_after: within(dead_after_ms, DEAD_RANGE).max(heartbeat * 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_pace_is_believed_within_bounds() {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        for (asked, heartbeat, dead_after) in [
            ((10_000, 24_000), s(10), s(24)),
            ((60_000, 150_000), s(60), s(150)),
            ((0, 0), ms(100), ms(300)),
            ((u64::MAX, u64::MAX), s(60), s(150)),
            ((10_000, 0), s(10), s(20)),
        ] {
            assert_eq!(pace(asked.0, asked.1), Pace { heartbeat, dead_after });
        }
    }
}
