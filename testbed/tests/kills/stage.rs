//! One run of one flow on a fleet of its own, with one fault at one step; and the sweep over all steps.

use anyhow::{Context, Result, ensure};
use fleet_server::Server;
use link::{SharedClock, System};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use store::Faults;
use testbed::{Fleet, Snap, Weather};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Runs at a time: they mostly wait.
const WIDTH: usize = 8;
/// A run that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is reset instead of the record.
    Lose,
    /// The connection is closed in the middle of the record.
    Tear,
    /// The connection is closed, for TCP in order, before the record.
    End,
    /// The server is killed before the record passes.
    KillServer,
    /// The agent is killed before the record passes.
    KillAgent,
    /// The commit fails, and the server with it.
    FailCommit,
    /// The commit reaches the disk, and the server dies before anybody learns of it.
    LoseAnswer,
}

/// A fleet with a fault in wait.
pub(crate) struct Stage {
    pub(crate) fleet: Fleet,
    /// Of the agent's machine.
    pub(crate) clock: SharedClock,
    fault: Fault,
    step: usize,
    faults: Faults,
    commit: u64,
}

impl Stage {
    pub(crate) async fn new(fault: Fault, step: usize) -> Result<Self> {
        Self::with(fault, step, |_| {}).await
    }

    /// With other settings of the server.
    pub(crate) async fn with(
        fault: Fault,
        step: usize,
        change: impl FnOnce(&mut fleet_server::Config),
    ) -> Result<Self> {
        let (fleet, faults) = Fleet::faulty_with(change).await?;
        Ok(Self { fleet, clock: System::shared(), fault, step, faults, commit: 0 })
    }

    /// From here on steps are counted: the records of `link`, or the commits.
    pub(crate) fn arm(&mut self, link: &Weather) {
        let nth = self.step as u64 + 1;
        self.commit = self.faults.commits() + nth;
        match self.fault {
            Fault::Lose => link.arm(self.step, Snap::Lose),
            Fault::Tear => link.arm(self.step, Snap::Tear),
            Fault::End => link.arm(self.step, Snap::End),
            Fault::KillServer | Fault::KillAgent => link.arm(self.step, Snap::Hold),
            Fault::FailCommit => self.faults.fail_commit(nth),
            Fault::LoseAnswer => self.faults.lose_answer(nth),
        }
    }

    /// Whether the flow met its fault.
    pub(crate) fn met(&self, link: &Weather) -> bool {
        match self.fault {
            Fault::FailCommit | Fault::LoseAnswer => self.faults.commits() >= self.commit,
            _ => link.has_sprung(),
        }
    }

    /// Runs `work`. When the fault strikes, who is to be killed is killed and started again, and the
    /// work goes on as well as it can.
    pub(crate) async fn under<T>(
        &mut self,
        link: &Weather,
        work: impl Future<Output = T>,
    ) -> Result<T> {
        let mut work = pin!(work);
        let strike = struck(self.fault, self.fleet.server().ok(), link);
        let done = tokio::select! {
            biased;
            done = &mut work => Some(done),
            () = strike => None,
        };
        // What comes after the work is not counted; but it may be over in the moment of the fault.
        link.disarm();
        self.faults.calm();
        if done.is_none() || self.met(link) {
            self.kill_and_heal(link).await?;
        }
        Ok(match done {
            Some(done) => done,
            None => work.await,
        })
    }

    async fn kill_and_heal(&mut self, link: &Weather) -> Result<()> {
        match self.fault {
            Fault::Lose | Fault::Tear | Fault::End => {}
            Fault::KillServer | Fault::FailCommit | Fault::LoseAnswer => {
                self.fleet.kill_server().await;
                link.cut();
                self.fleet.start_server().await.context("the server does not start again")?;
                if let Ok(node) = self.fleet.node("web1") {
                    node.nudge();
                }
            }
            Fault::KillAgent => {
                self.fleet.kill("web1").await;
                link.cut();
                self.fleet.run_by("web1", self.clock.clone()).await?;
            }
        }
        Ok(())
    }

    /// As after a power cut: whatever was acknowledged must be there again.
    pub(crate) async fn restart_server(&mut self) -> Result<()> {
        self.fleet.kill_server().await;
        self.fleet.start_server().await.context("the server does not start again")?;
        if let Ok(node) = self.fleet.node("web1") {
            node.nudge();
        }
        Ok(())
    }

    /// The audit trail holds, and nobody is left over.
    pub(crate) async fn finish(mut self) -> Result<()> {
        self.fleet.audit().await?;
        self.fleet.finish().await
    }
}

async fn struck(fault: Fault, server: Option<&Server>, link: &Weather) {
    match (fault, server) {
        (Fault::KillServer | Fault::KillAgent, _) => link.sprung().await,
        (Fault::FailCommit | Fault::LoseAnswer, Some(server)) => drop(server.failed().await),
        _ => std::future::pending().await,
    }
}

/// Runs a flow with each fault at step 0, 1, 2, … until it gets through without meeting it. The flow
/// says whether it met its fault; it has at least `known` steps.
pub(crate) async fn sweep<R>(
    name: &str,
    faults: &[Fault],
    known: usize,
    flow: impl Fn(Fault, usize) -> R + Copy,
) where
    R: Future<Output = Result<bool>> + Send + 'static,
{
    for fault in faults {
        let begun = tokio::time::Instant::now();
        let met = sweep_one(*fault, flow).await;
        let met = met.unwrap_or_else(|error| panic!("{name}, {error:#}"));
        println!("{name}: {fault:?} at each of {met} steps, {:.1?}", begun.elapsed());
        assert!(met >= known, "{name}: {fault:?} met at {met} steps only, {known} are known");
    }
}

async fn sweep_one<R>(fault: Fault, flow: impl Fn(Fault, usize) -> R) -> Result<usize>
where
    R: Future<Output = Result<bool>> + Send + 'static,
{
    let mut met = 0;
    // One run has a record or two more than the next, as bytes happen to be packed: it is over when
    // the whole second half of a round got through.
    for first in (0..).step_by(WIDTH) {
        let mut runs = JoinSet::new();
        for step in first..first + WIDTH {
            let run = flow(fault, step);
            let what = move || format!("{fault:?} at step {step}");
            runs.spawn(async move {
                let was_met = timeout(LONGEST, run).await.with_context(what)?.with_context(what)?;
                Ok((step, was_met))
            });
        }
        let results = runs.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
        let here: Vec<usize> = results.into_iter().filter(|run| run.1).map(|run| run.0).collect();
        met += here.len();
        if here.iter().all(|step| *step < first + WIDTH / 2) {
            break;
        }
    }
    Ok(met)
}

/// The whole trail as actions, for the counting of facts.
pub(crate) async fn trail(fleet: &mut Fleet) -> Result<Vec<wire::audit::AuditEvent>> {
    let trail = fleet.audit().await?;
    ensure!(!trail.is_empty(), "an empty audit trail");
    Ok(trail)
}

/// The way between a node and the server.
pub(crate) fn link(fleet: &Fleet) -> Result<Arc<Weather>> {
    Ok(Arc::clone(&fleet.node("web1")?.weather))
}
