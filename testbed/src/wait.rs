//! Waits for a state, never for an edge: looks, pauses briefly, looks again, gives up at a deadline.

use anyhow::{Result, bail};
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Waits until `look` returns something, and returns it with how long that took.
///
/// # Errors
/// It did not within `within`; the message says what was waited for.
pub async fn until<T, F, L>(what: &str, within: Duration, mut look: L) -> Result<(T, Duration)>
where
    F: Future<Output = Option<T>>,
    L: FnMut() -> F,
{
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return Ok((found, start.elapsed()));
        }
        if start.elapsed() >= within {
            bail!("{what}: not within {within:?}");
        }
        sleep(LOOK).await;
    }
}
