//! Takes over a connection that waits at a node's listener, for the server itself: the near half of a
//! link's tunnel. Nothing is read of it before the far half is open.

use super::Tunnel;
use super::open::ask;
use crate::core::{Core, millis, random};
use crate::registry::Session;
use link::lane::LaneStream;
use wire::limits::{DIAL_DEADLINE, OPEN_DEADLINE};
use wire::message::tunnel::{AgentOpen, Answer, AtNode};
use wire::{SafeText, TunnelId};

/// The connection with this number and who made it, as the node says; `None` if it waits no more.
/// Its end is the listener's, and that of what it is joined to.
pub(crate) async fn take(
    core: &Core,
    session: &Session,
    listener: &Tunnel,
    number: u64,
) -> Option<(LaneStream, Option<SafeText>)> {
    session.want_lane(core.clock.now());
    let request = AgentOpen {
        tunnel: TunnelId::from_random(random()),
        target: listener.target.clone(),
        kind: listener.kind,
        dial_ms: millis(DIAL_DEADLINE),
        max_ms: None,
        compress: None,
        at_node: Some(AtNode::Take { listener: listener.id, number }),
    };
    let asked = tokio::time::timeout(OPEN_DEADLINE, ask(core, session, &request, None)).await;
    match asked.ok()?.ok()? {
        (stream, Answer::Opened(opened), _) => Some((stream, opened.address)),
        (_, Answer::Refused { reason, .. }, _) => {
            tracing::debug!(listener = %listener.id, number, %reason, "a connection was not taken");
            None
        }
    }
}
