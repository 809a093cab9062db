//! The metrics listener: plain HTTP on its own address, one path.

use super::{MetricsConfig, StartError, taken};
use crate::accept::Pause;
use crate::conn::https::{self, Answer};
use crate::core::Core;
use crate::metrics::CONTENT_TYPE;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Scrapes at once.
const SCRAPES: usize = 16;

/// Binds the listener; a default address that is taken only costs the metrics.
pub(super) async fn bind(config: MetricsConfig) -> Result<Option<TcpListener>, StartError> {
    let (address, explicit) = match config {
        MetricsConfig::Off => return Ok(None),
        MetricsConfig::Default(address) => (address, false),
        MetricsConfig::Explicit(address) => (address, true),
    };
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if explicit => Err(taken(address, error)),
        Err(error) => {
            tracing::warn!(%address, %error, "metrics are not served");
            Ok(None)
        }
    }
}

/// Serves `/metrics` until shutdown.
pub(super) async fn serve(core: Arc<Core>, listener: TcpListener) {
    let (mut pause, scrapes) = (Pause::new("metrics"), Arc::new(Semaphore::new(SCRAPES)));
    loop {
        let accepted = tokio::select! {
            biased;
            () = core.shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let tcp = match accepted {
            Ok((tcp, _)) => tcp,
            Err(error) => {
                pause.after(&error).await;
                continue;
            }
        };
        pause.worked();
        let Ok(permit) = Arc::clone(&scrapes).try_acquire_owned() else { continue };
        let task = Arc::clone(&core);
        core.shutdown.spawn("scrape", async move {
            https::serve(tcp, |request| match request.path.as_str() {
                "/metrics" => Answer::ok(CONTENT_TYPE, task.metrics.text(&task)),
                _ => Answer::not_found(),
            })
            .await;
            drop(permit);
        });
    }
}
