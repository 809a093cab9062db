//! Operators who stay: their automatic sessions follow the addresses they are connected from, and
//! they are told about their sessions.

use crate::core::Core;
use crate::fleet::SessionRecord;
use crate::operators::OperatorSession;
use crate::ops::{Done, Grant, Op};
use crate::{tunnels, views};
use std::net::IpAddr;
use std::sync::Arc;
use wire::SafeText;
use wire::message::operator::{Push, SessionNews, ToConsole};

/// The operator of this connection stays: takes its address into his automatic sessions, and tells
/// it about all that run.
pub(super) async fn arrive(core: Arc<Core>, operator: Arc<OperatorSession>) {
    operator.attend();
    let now = core.wall();
    let running: Vec<_> = {
        let fleet = core.state.fleet();
        let own = fleet.running().iter().map(|running| &running.record);
        own.filter(|r| r.operator == operator.id && r.is_live(now)).cloned().collect()
    };
    for session in running {
        if session.auto {
            follow(&core, &operator, &session).await;
        }
        let news = match session.state(now) {
            wire::message::view::SessionState::Expiring => SessionNews::Ending,
            _ => SessionNews::Running,
        };
        if let Some(session) = core.state.fleet().session(session.id) {
            push(&core, &operator, &session, news);
        }
    }
}

/// What a session of this operator admits from now on: where he is; a family in which he is nowhere
/// keeps what it had.
async fn follow(core: &Arc<Core>, operator: &OperatorSession, session: &SessionRecord) {
    let here = core.operators.attending(operator.id);
    let gone = |text: &SafeText| {
        let family = |address: &IpAddr| address.is_ipv4();
        let old = text.as_str().split('/').next().and_then(|ip| ip.parse::<IpAddr>().ok());
        old.is_none_or(|old| here.iter().any(|now| family(now) == family(&old)))
    };
    let kept = session.seen.iter().filter(|text| !gone(text)).cloned();
    let seen = here.iter().map(|address| address.to_string().into()).chain(kept).collect();
    let op = Op::Grant {
        actor: operator.actor(),
        reason: None,
        grant: Box::new(Grant::SessionMove { session: session.id, seen }),
    };
    match core.apply(op).await.map(|applied| applied.done) {
        Ok(Done::Session(moved)) => {
            tracing::info!(session = %moved.id, operator = %operator.name, "session follows its operator");
            let by = operator.name.as_str().into();
            if let Err(refusal) = tunnels::reevaluate(core, &by).await {
                tracing::warn!(%refusal, "a moved session's tunnels were not all cut");
            }
            core.feed.ports();
            tell(core, &moved, SessionNews::Moved);
        }
        Ok(_) => {}
        Err(refusal) => tracing::warn!(session = %session.id, %refusal, "session did not follow"),
    }
}

/// Tells the operator of a session about it, wherever he stays.
pub(crate) fn tell(core: &Core, session: &SessionRecord, news: SessionNews) {
    for operator in core.operators.all() {
        if operator.id == session.operator && operator.attends() {
            push(core, &operator, session, news);
        }
    }
}

fn push(core: &Core, operator: &OperatorSession, session: &SessionRecord, news: SessionNews) {
    let push = Push::Session { news, session: Box::new(views::session(core, session)) };
    // A queue that is full or closed ends the connection by itself.
    let _ = operator.to_console.send(ToConsole::Push(Box::new(push)));
}
