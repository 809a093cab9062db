//! `connect LABEL=VALUE …`: any one of the nodes with the label, the shortest round trip first. A node whose
//! target does not answer leaves its place to the next: no byte has moved yet.

use super::{ConnectArgs, opened, request};
use crate::cli::Run;
use crate::cli::forward::through;
use crate::cli::out::warn;
use crate::ctx::Link;
use crate::exit::{Exit, Failure, Result};
use link::forward::{Group, TRIES};
use link::lane::LaneStream;
use link::operator::{OperatorError, Timeline};
use link::{Clock, System};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use wire::message::tunnel::{OpenTo, Opened};
use wire::{RefusalCode, Target};

/// Until the nodes are looked at again while none is connected.
const RETRY: Duration = Duration::from_secs(1);

/// Opens at one of them; says which one it is, and how it is asked for.
///
/// # Errors
/// There is no such node (3), none is connected in time (6), or the last one that was tried refused.
pub(super) async fn open(
    (run, link, args): (&Run, &Link, &ConnectArgs),
    (group, target): (&Group, &Target),
    mut timeline: Option<&mut Timeline>,
) -> Result<(OpenTo, Opened, LaneStream)> {
    let until = Instant::now() + args.wait.unwrap_or_default();
    loop {
        let members = group.members(&link.operator).await?;
        if members.connected.is_empty() && members.away == 0 {
            return Err(Failure::new(Exit::NotFound, format!("no node has the label {group}"))
                .hint("tunnelctl nodes list     shows the labels of each"));
        }
        let mut last = None;
        for node in members.connected.into_iter().take(TRIES) {
            let to = through(OpenTo::Node { node, target: target.clone() }, &args.via);
            let open = request(args, to.clone(), Some(Duration::ZERO));
            match opened(run, link, &open, timeline.as_deref_mut()).await {
                Ok((opened, stream)) => {
                    told(run, group, &opened);
                    return Ok((to, opened, stream));
                }
                Err(error @ OperatorError::Open { .. }) => last = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(error) = last.filter(|error| !is_away(error)) {
            return Err(error.into());
        }
        if Instant::now() + RETRY >= until {
            return Err(Failure::new(
                Exit::NodeOffline,
                format!("no node with {group} is connected"),
            )
            .hint(
                "tunnelctl nodes list     shows labels and states\n--wait 10m     waits for one",
            ));
        }
        sleep(RETRY).await;
    }
}

fn is_away(error: &OperatorError) -> bool {
    matches!(error, OperatorError::Open { refusal, .. } if refusal.code == RefusalCode::NodeOffline)
}

/// Which node it is. Standard output carries bytes.
fn told(run: &Run, group: &Group, opened: &Opened) {
    let Some(node) = opened.node_name.as_ref().filter(|_| !run.out.quiet) else { return };
    if run.out.is_structured() {
        let (label, at) = (group.to_string(), System.wall());
        let event = json!({
            "event": "open", "tunnel": opened.tunnel, "through": node, "label": label, "at": at,
        });
        return warn(&event.to_string());
    }
    warn(&format!("through {node} ({group})"));
}
