//! The tunnels that run on this side, so that the server can have them ended at once.

use crate::splice::Cut;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use wire::{CloseReason, TunnelId};

#[derive(Debug, Default)]
pub(super) struct Running(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    tunnels: Mutex<HashMap<TunnelId, Cut>>,
    left: Notify,
}

impl Inner {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<TunnelId, Cut>) -> T) -> T {
        work(&mut self.tunnels.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Leaves the table when dropped, so that every way a tunnel ends is counted once.
pub(super) struct Entered(Arc<Inner>, TunnelId);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.with(|tunnels| tunnels.remove(&self.1));
        self.0.left.notify_waiters();
    }
}

impl Running {
    pub(super) fn enter(&self, tunnel: TunnelId, cut: Cut) -> Entered {
        self.0.with(|tunnels| tunnels.insert(tunnel, cut));
        Entered(Arc::clone(&self.0), tunnel)
    }

    /// Cuts the named tunnels; resolves when each of them has ended.
    pub(super) async fn cut(&self, tunnels: &[TunnelId], reason: CloseReason) {
        self.0.with(|running| {
            for cut in tunnels.iter().filter_map(|tunnel| running.get(tunnel)) {
                cut.now(reason);
            }
        });
        loop {
            let left = self.0.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            if self.0.with(|running| !tunnels.iter().any(|t| running.contains_key(t))) {
                return;
            }
            left.await;
        }
    }
}
