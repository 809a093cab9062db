//! Ends a splice from outside. Knows nothing of what it ends.

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use wire::CloseReason;

/// Ends a running splice from outside, with a reason; the first one wins. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Cut {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    reason: OnceLock<CloseReason>,
    told: Notify,
}

impl Cut {
    /// Not cut yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cuts, unless it was cut before.
    pub fn now(&self, reason: CloseReason) {
        if self.inner.reason.set(reason).is_ok() {
            self.inner.told.notify_waiters();
        }
    }

    /// Why it was cut, if it was.
    pub fn reason(&self) -> Option<CloseReason> {
        self.inner.reason.get().copied()
    }

    /// Waits for the cut.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn cut(&self) -> CloseReason {
        loop {
            let mut told = pin!(self.inner.told.notified());
            told.as_mut().enable();
            if let Some(reason) = self.reason() {
                return reason;
            }
            told.await;
        }
    }
}
