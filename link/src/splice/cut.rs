//! Ending a running splice from outside, with a reason.

use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;
use wire::CloseReason;

/// A handle to end a splice; the first reason wins. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Cut(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    token: CancellationToken,
    reason: OnceLock<CloseReason>,
}

impl Cut {
    /// Not cut.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the splice now.
    pub fn now(&self, reason: CloseReason) {
        // A later reason changes nothing: the tunnel ended for the first.
        let _ = self.0.reason.set(reason);
        self.0.token.cancel();
    }

    /// Why it was cut, if it was.
    pub fn reason(&self) -> Option<CloseReason> {
        self.0.reason.get().copied()
    }

    /// Resolves with the reason when it is cut.
    ///
    /// # Cancel safety
    /// Yes.
    pub async fn cut(&self) -> CloseReason {
        self.0.token.cancelled().await;
        self.reason().unwrap_or(CloseReason::Internal)
    }
}
