//! What time alone ends: rules past their end or outside their hours, roles given for a time. Live
//! tunnels are asked about again at that moment; what fails or panics is tried again, for ever.

use crate::core::Core;
use crate::ops::{Op, PolicyChange, PolicyOp};
use crate::policy;
use crate::tunnels;
use link::Shutdown;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use wire::audit::Actor;
use wire::{Refusal, UnixMs};

/// A clock that was set is noticed within this time; what went wrong is tried again after it.
const LOOK: Duration = Duration::from_secs(1);

/// What came of a turn: how long until the next moment, if one is known.
type Turn = Result<Option<Duration>, Refusal>;

/// Runs until the server stops.
pub(crate) async fn run(core: Arc<Core>) {
    let tasks = core.shutdown.clone();
    let mut seen = core.wall();
    keep(&tasks, move |again| {
        let (core, now) = (Arc::clone(&core), core.wall());
        let before = std::mem::replace(&mut seen, now);
        async move {
            if again || now < before || next(&core, before).is_some_and(|at| at <= now) {
                roles_over(&core, now).await?;
                tunnels::reevaluate(&core, &"server".into()).await?;
            }
            Ok(next(&core, now).map(|at| at.since(core.wall())))
        }
    })
    .await;
}

/// One turn after the other. A turn that fails or panics ends nothing: the next is told to look at
/// everything again.
async fn keep<F>(tasks: &Shutdown, mut turn: impl FnMut(bool) -> F)
where
    F: Future<Output = Turn> + Send + 'static,
{
    let mut last = Ok(Some(Duration::ZERO));
    loop {
        let wait = last.as_ref().ok().copied().flatten().map_or(LOOK, |wait| wait.min(LOOK));
        tokio::select! {
            biased;
            () = tasks.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let (tell, told) = oneshot::channel();
        let one = turn(last.is_err());
        // A task of its own: its panic is counted there, and seen here by its silence.
        tasks.spawn("lapse turn", async move {
            let _ = tell.send(one.await);
        });
        last = match told.await {
            Ok(Ok(wait)) => Ok(wait),
            Ok(Err(refusal)) => {
                tracing::warn!(%refusal, "what time ended was not taken away, tried again");
                Err(())
            }
            Err(_) => Err(()),
        };
    }
}

/// The next moment after `after` at which a decision may change by itself.
fn next(core: &Core, after: UnixMs) -> Option<UnixMs> {
    let fleet = core.state.fleet();
    let roles = fleet.operators().filter_map(|operator| operator.next_role_end(after)).min();
    policy::next_change(&fleet, after).into_iter().chain(roles).min()
}

/// Takes roles away whose time is over, for good.
async fn roles_over(core: &Core, now: UnixMs) -> Result<(), Refusal> {
    let fleet = core.state.fleet();
    if !fleet.operators().any(|who| who.terms.iter().any(|term| term.until <= now)) {
        return Ok(());
    }
    let what = PolicyChange::Lapse;
    let op = Op::Policy(PolicyOp { actor: Actor::default(), reason: None, what });
    core.apply(op).await.map(drop)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a panic is what this is about")]
    use super::*;
    use std::sync::Mutex;
    use wire::RefusalCode;

    /// A re-evaluation that panicked ended the task, and with it the server; one that failed was forgotten.
    #[tokio::test]
    async fn a_turn_that_panics_or_fails_is_tried_again_and_ends_nothing() {
        let (tasks, told) = (Shutdown::new(), Arc::new(Mutex::new(Vec::new())));
        let (panics, ending, calls) = (Shutdown::panics(), tasks.clone(), Arc::clone(&told));
        keep(&tasks, move |again| {
            let number = crate::core::lock(&calls).len();
            crate::core::lock(&calls).push(again);
            let ending = ending.clone();
            async move {
                match number {
                    0 => panic!("on purpose"),
                    1 => Err(Refusal::new(RefusalCode::Server, "the disk is full")),
                    2 => Ok(Some(Duration::ZERO)),
                    _ => {
                        ending.cancel();
                        Ok(None)
                    }
                }
            }
        })
        .await;
        assert_eq!(*crate::core::lock(&told), [false, true, true, false]);
        assert!(Shutdown::panics() > panics, "it is counted");
    }
}
