//! In which order names are taken: as given, but one that does not resolve at once waits behind the
//! others. A resolver that is down must not keep a known address waiting.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::timeout;

/// A resolver that is well answers within this.
const PROMPT: Duration = Duration::from_millis(250);

/// Names and their lookups; a lookup begins at its first turn.
pub(super) struct Turns<F> {
    first: VecDeque<(usize, Pin<Box<F>>)>,
    slow: VecDeque<(usize, Pin<Box<F>>)>,
}

impl<F: Future<Output = io::Result<Vec<SocketAddr>>>> Turns<F> {
    pub(super) fn new(lookups: impl Iterator<Item = (usize, F)>) -> Self {
        let first = lookups.map(|(index, lookup)| (index, Box::pin(lookup))).collect();
        Self { first, slow: VecDeque::new() }
    }

    /// The next name and what its lookup said; `None` inside: nothing within `within`.
    pub(super) async fn next(&mut self, within: Duration) -> Option<(usize, Option<F::Output>)> {
        while let Some((index, mut lookup)) = self.first.pop_front() {
            match timeout(PROMPT.min(within), &mut lookup).await {
                Ok(found) => return Some((index, Some(found))),
                Err(_) => self.slow.push_back((index, lookup)),
            }
        }
        let (index, lookup) = self.slow.pop_front()?;
        Some((index, timeout(within, lookup).await.ok()))
    }
}

#[cfg(test)]
mod tests {
    // A failing step of a test is the test's failure.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::FutureExt;
    use futures::future::pending;
    use tokio::time::{Instant, sleep};

    fn at_once(port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![([127, 0, 0, 1], port).into()])
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_resolver_does_not_keep_known_addresses_waiting() {
        let within = Duration::from_secs(5);
        let slow = async {
            sleep(Duration::from_secs(2)).await;
            at_once(1)
        };
        let lookups = [
            pending().boxed(),
            slow.boxed(),
            async { at_once(2) }.boxed(),
            async { Err(io::Error::other("no such name")) }.boxed(),
        ];
        let mut turns = Turns::new(lookups.into_iter().enumerate());
        let start = Instant::now();

        let (index, found) = turns.next(within).await.unwrap();
        assert_eq!((index, found.unwrap().unwrap()), (2, at_once(2).unwrap()));
        assert!(start.elapsed() <= 2 * PROMPT, "{:?}", start.elapsed());
        let (index, found) = turns.next(within).await.unwrap();
        assert!(index == 3 && found.unwrap().is_err());
        let (index, found) = turns.next(within).await.unwrap();
        assert!(index == 0 && found.is_none(), "a dead one has its whole time, but last");
        let (index, found) = turns.next(within).await.unwrap();
        assert_eq!((index, found.unwrap().unwrap()), (1, at_once(1).unwrap()));
        assert!(turns.next(within).await.is_none());
    }
}
