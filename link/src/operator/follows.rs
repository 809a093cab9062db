//! What an operator's program wants to be warned of before it ends, and what the server said last.

use super::connection::Shared;
use super::{Operator, OperatorError};
use crate::shutdown::Shutdown;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;
use wire::message::operator::{Followed, FromConsole};
use wire::message::view::EndsView;

/// Who waits for news of which end.
#[derive(Default)]
pub(super) struct Follows(Mutex<Vec<(Followed, watch::Sender<Option<EndsView>>)>>);

impl Follows {
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Vec<(Followed, watch::Sender<Option<EndsView>>)>) -> T,
    ) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn enter(&self, of: Followed) -> watch::Receiver<Option<EndsView>> {
        let (tell, ends) = watch::channel(None);
        self.with(|all| {
            all.retain(|(_, tell)| !tell.is_closed());
            all.push((of, tell));
        });
        ends
    }

    /// The server said this.
    pub(super) fn told(&self, of: &Followed, ends: &Option<EndsView>) {
        self.with(|all| {
            for (_, tell) in all.iter().filter(|(followed, _)| followed == of) {
                tell.send_replace(ends.clone());
            }
        });
    }
}

/// News of one end. It does not keep the connection alive.
#[derive(Debug)]
pub struct EndsFeed {
    ends: watch::Receiver<Option<EndsView>>,
    shutdown: Shutdown,
}

impl EndsFeed {
    /// The next news: the end that is near, or that none is any more. `None` when the connection has
    /// ended.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn next(&mut self) -> Option<Option<EndsView>> {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => return None,
            changed = self.ends.changed() => changed.ok()?,
        }
        Some(self.ends.borrow_and_update().clone())
    }
}

impl Operator {
    /// Asks to be warned before this ends. A server that is too old never says anything.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn follow(&self, of: Followed) -> Result<EndsFeed, OperatorError> {
        let shared: &Shared = &self.shared;
        let ends = shared.follows.enter(of.clone());
        shared.say(FromConsole::Follow(of))?;
        Ok(EndsFeed { ends, shutdown: shared.shutdown.clone() })
    }
}
