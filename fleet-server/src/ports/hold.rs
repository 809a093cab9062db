//! The bounded queue of visitors that wait for a node to come back.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::limits::HOLD_QUEUE;

/// Places to wait; when all are taken, further visitors are refused at once.
pub(crate) struct HoldQueue {
    places: Arc<Semaphore>,
}

/// One visitor's place; dropping it frees the place.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Default for HoldQueue {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(HOLD_QUEUE)) }
    }
}

impl HoldQueue {
    /// Takes a place, if there is one.
    pub(crate) fn enter(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        HOLD_QUEUE - self.places.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_bounded_and_a_place_is_free_again_when_its_visitor_is_gone() {
        let queue = HoldQueue::default();
        let mut places: Vec<_> = std::iter::from_fn(|| queue.enter()).collect();
        assert_eq!((places.len(), queue.waiting()), (HOLD_QUEUE, HOLD_QUEUE));
        assert!(queue.enter().is_none());
        places.pop();
        assert_eq!(queue.waiting(), HOLD_QUEUE - 1);
        assert!(queue.enter().is_some());
    }
}
