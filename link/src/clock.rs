//! The clock seam: monotonic and wall time. Sleeping is tokio's, so that paused tests work.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use wire::UnixMs;

/// Where time comes from.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Monotonic time, for deadlines.
    fn now(&self) -> Instant;
    /// Wall time, for people and certificates.
    fn wall(&self) -> UnixMs;
}

/// A clock that parts of a process share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[allow(clippy::disallowed_methods, reason = "this is the one clock")]
    fn wall(&self) -> UnixMs {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl System {
    /// The machine's clock, shared.
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}
