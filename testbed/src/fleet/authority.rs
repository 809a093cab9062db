//! The certificate authority's steps, as the admin takes them.

use super::{Fleet, PATIENCE};
use anyhow::{Context, Result, bail};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use wire::message::operator::{Intent, Reply, Request};
use wire::message::view::{CaKind, CaPhase, CaView};

/// Between two looks at who has followed.
const LOOK: Duration = Duration::from_millis(20);

impl Fleet {
    /// The authority as the server shows it.
    ///
    /// # Errors
    /// Not reached.
    pub async fn authority(&mut self) -> Result<CaView> {
        match self.ask(Request::Ca).await? {
            Reply::Ca(view) => Ok(*view),
            other => bail!("not an authority: {other:?}"),
        }
    }

    /// Waits until everybody who is connected has followed; the view then.
    ///
    /// # Errors
    /// Somebody does not in time.
    pub async fn followed(&mut self) -> Result<CaView> {
        let until = Instant::now() + PATIENCE;
        loop {
            self.follow_as_admin().await?;
            let view = self.authority().await?;
            let behind = view.waiting.iter().find(|one| one.connected);
            match behind {
                None => return Ok(view),
                Some(one) if Instant::now() >= until => {
                    bail!("{} {} still needs its {}", one.holder, one.name, one.needs)
                }
                Some(_) => sleep(LOOK).await,
            }
        }
    }

    /// Leads a rotation on, once everybody who is connected has followed; the phase it is in then.
    ///
    /// # Errors
    /// Refused.
    pub async fn rotate(&mut self, kind: Option<CaKind>) -> Result<CaPhase> {
        self.followed().await?;
        let intent = Intent::default();
        let request = Request::CaRotate { kind, signed: None, force: false, intent };
        self.ask(request).await?;
        Ok(self.authority().await?.phase)
    }

    /// Leads a rotation back, once everybody who is connected has followed; the phase then.
    ///
    /// # Errors
    /// Refused.
    pub async fn roll_back(&mut self) -> Result<CaPhase> {
        self.followed().await?;
        self.ask(Request::CaRollback(Intent::default())).await?;
        Ok(self.authority().await?.phase)
    }

    /// The admin's files are the server's own, which keeps them in step.
    async fn follow_as_admin(&mut self) -> Result<()> {
        let operator = self.operator().await.context("the admin")?;
        let feed = operator.trust_feed();
        if let Some(offer) = feed.offered() {
            feed.taken(offer.bundle.number);
        }
        Ok(())
    }
}
