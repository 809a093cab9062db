//! Keeps the listener of one link open: waits for its node, asks the rules, opens, serves, and begins
//! again. Nobody is asked twice in vain: what was refused waits for a change, or for its turn on the
//! curve.

use super::{Kept, Status, ends, granted, join};
use crate::admission::{self, Moment, Verdict};
use crate::core::{Core, lock, random};
use crate::fleet::{LinkRecord, Stored};
use crate::registry::Session;
use crate::tunnels::{self, Origin, Trace, Wish};
use link::Shutdown;
use link::backoff::{Backoff, CAP, Ending};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use wire::audit::Actor;
use wire::message::tunnel::{AtNode, TunnelType};
use wire::message::view::{Pick, Who};
use wire::{CloseReason, SafeText, TunnelId};

/// What came of a turn, and so what the next one waits for.
enum Turn {
    /// The node is away, or its connection is another one by now.
    Away,
    /// The rules or the node say no: until something changes.
    Refused,
    /// It went wrong: after a while.
    Failed,
    /// The listener was open for this long.
    Served(Duration),
    /// The link is gone.
    Over,
}

/// Runs until the link is deleted or the server stops.
pub(super) async fn run(core: Arc<Core>, kept: Arc<Kept>) {
    let mut backoff = Backoff::default();
    let mut changes = core.state.revisions();
    let at = [kept.at];
    loop {
        changes.mark_unchanged();
        let turn = tokio::select! {
            biased;
            () = core.accepting.cancelled() => return,
            () = kept.shutdown.cancelled() => return,
            _ = core.registry.wait(&at) => {
                // One that panics is tried again like one that fails.
                let one = Shutdown::contained("link", turn(&core, &kept));
                one.await.unwrap_or(Turn::Failed)
            }
        };
        let wait = match turn {
            Turn::Over => return,
            Turn::Refused => CAP,
            Turn::Away | Turn::Failed => backoff.wait(Ending::Lost, random()),
            Turn::Served(time) => {
                backoff.healthy(time);
                backoff.wait(Ending::Lost, random())
            }
        };
        let changed = async {
            // Only what is decided here may be asked again at each change: it costs nobody anything.
            match turn {
                Turn::Refused => drop(changes.changed().await),
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = core.accepting.cancelled() => return,
            () = kept.shutdown.cancelled() => return,
            () = kept.wake.notified() => {}
            () = changed => {}
            () = sleep(wait) => {}
        }
    }
}

/// One listener, from the question whether it may be to its end.
async fn turn(core: &Arc<Core>, kept: &Arc<Kept>) -> Turn {
    let fleet = core.state.fleet();
    let Some(link) = fleet.link(kept.id) else { return Turn::Over };
    let Some(session) = core.registry.session(link.at) else {
        kept.is(Status::Closed);
        return Turn::Away;
    };
    if let Some(why) = refusal(core, &link, &session) {
        kept.is(Status::Refused(why));
        return Turn::Refused;
    }
    let wish = Box::new(listener(core, &link, &session));
    match Box::pin(tunnels::establish(core, &wish, Duration::ZERO)).await {
        Ok(established) => {
            drop(wish);
            kept.is(Status::Open);
            let since = core.clock.now();
            join::serve(core, kept, &link, &session, established).await;
            kept.is(Status::Closed);
            Turn::Served(core.clock.now().saturating_duration_since(since))
        }
        Err(refused) if is_away(refused.reason) => {
            kept.is(Status::Closed);
            Turn::Away
        }
        Err(refused) => {
            kept.is(Status::Refused(refused.refusal.message));
            Turn::Failed
        }
    }
}

const fn is_away(reason: CloseReason) -> bool {
    matches!(reason, CloseReason::NodeLost | CloseReason::Superseded | CloseReason::Drain)
}

/// Who says no before anybody is asked: a lock, the rules, or the node by what it grants.
fn refusal(core: &Core, link: &LinkRecord, session: &Session) -> Option<SafeText> {
    let fleet = core.state.fleet();
    let (at, to) = ends(&fleet, link)?;
    if to.revoked.is_some() {
        return Some(format!("{} is revoked", to.name).into());
    }
    let verdict = admission::link(&fleet, link, Some(session.source), Moment::Opening, core.wall());
    let why = match verdict {
        Verdict::Denied(_, Some(lock)) => {
            let on =
                if lock.object.as_str().is_empty() { "everything" } else { lock.object.as_str() };
            format!("{} {on} is locked: {}", lock.kind, lock.reason)
        }
        Verdict::Denied(Some(rule), None) => format!("rule {rule} denies it"),
        Verdict::Denied(None, None) => {
            format!("no rule lets node:{} reach {} at {}", at.name, link.target, to.name)
        }
        Verdict::Granted(_) => match granted(core, link) {
            Some(false) if lock(&session.facts).reverse.is_none() => {
                format!("the agent of {} is too old to listen", at.name)
            }
            Some(false) => format!("{} does not grant a listener on {}", at.name, link.listen),
            Some(true) | None => return None,
        },
    };
    Some(why.into())
}

/// What the server wants at the node that listens.
fn listener(core: &Core, link: &LinkRecord, session: &Session) -> Wish {
    Wish {
        nodes: vec![link.at],
        target: link.listen.clone(),
        at_node: Some(AtNode::Listen),
        ..wish(core, link, session, None)
    }
}

/// What the server wants at the node that dials, for what came in by this listener.
pub(super) fn connection(
    core: &Core,
    link: &LinkRecord,
    session: &Session,
    listener: TunnelId,
) -> Wish {
    wish(core, link, session, Some(listener))
}

fn wish(core: &Core, link: &LinkRecord, session: &Session, listener: Option<TunnelId>) -> Wish {
    let at = core.state.fleet().node(link.at).map(|node| node.name.clone());
    let source: SafeText = session.source.to_string().into();
    Wish {
        nodes: vec![link.to],
        target: link.target.clone(),
        origin: Origin::Link { link: link.id, at: link.at, source: session.source, listener },
        who: Who { node: at.clone(), source_ip: Some(source.clone()), ..Who::default() },
        actor: Actor {
            node: at.map(|name| name.as_str().into()),
            source_ip: Some(source),
            ..Actor::default()
        },
        kind: TunnelType::Link,
        port: None,
        port_limit: None,
        link: link.name().cloned(),
        pick: Pick::First,
        note: None,
        limits: join::limits(),
        compress: None,
        at_node: None,
        via: Vec::new(),
        trace: Trace::begin(core.clock.now()),
    }
}
