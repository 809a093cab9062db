//! Many agents at once, straight to the server: real sessions over real TLS that do nothing, three
//! descriptors each.

use super::Fleet;
use agent::Agent;
use agent::enrol::enrol;
use anyhow::{Context, Result};
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use std::time::Duration;
use tokio::time::timeout;

/// Agents that enrol at a time.
const ENROLLING: usize = 32;
/// How long all of them may take until they are connected.
const PATIENCE: Duration = Duration::from_secs(120);

impl Fleet {
    /// Enrols these nodes by one token and runs their agents until all are connected.
    ///
    /// # Errors
    /// Any step of any of them fails.
    pub async fn crowd(&mut self, names: &[String]) -> Result<()> {
        let uses = u32::try_from(names.len())?;
        let token = self.token_with("crowd", |spec| spec.uses = uses).await?;
        let server = self.address()?;
        let (clock, mut specs) = (self.clock.clone(), Vec::new());
        for name in names {
            specs.push(self.enrolment(name, token.clone(), server)?);
        }
        let joining = specs.into_iter().map(|spec| {
            let (dir, clock) = (spec.dir.clone(), clock.clone());
            async move {
                enrol(spec, |_| {}).await?;
                anyhow::Ok(Agent::start(&dir, clock).await?)
            }
        });
        let joined: Vec<Agent> =
            stream::iter(joining).buffer_unordered(ENROLLING).try_collect().await?;
        self.crowd.extend(joined);
        timeout(PATIENCE, self.crowd_connected()).await.context("not all are connected in time")?
    }

    async fn crowd_connected(&self) -> Result<()> {
        for agent in &self.crowd {
            let connected = |phase: &agent::Phase| matches!(phase, agent::Phase::Connected { .. });
            agent.phase().wait_for(connected).await.context("an agent ended")?;
        }
        Ok(())
    }

    /// Stops them in order.
    pub(super) async fn dismiss_crowd(&mut self) {
        let stopping = self.crowd.drain(..).map(|agent| agent.stop(Duration::from_secs(1)));
        join_all(stopping).await;
    }
}
