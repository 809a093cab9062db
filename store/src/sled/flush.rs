//! sled's flush, without its lost wake-up.
//!
//! When the write that ends a batch fails, sled notes the error but does not wake who waits for that
//! write (logger.rs, `exit_reservation`): a plain `flush()` then waits for ever. The kill sweep met it.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

/// How long a noted error may go unheard.
const LISTEN_EVERY: Duration = Duration::from_millis(20);

/// Returns once everything is handed to the kernel, or with the engine's error.
pub(super) fn flush(engine: &sled::Db) -> sled::Result<()> {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut flushing = pin!(engine.flush_async());
    loop {
        if let Poll::Ready(flushed) = flushing.as_mut().poll(&mut context) {
            return flushed.map(drop);
        }
        if engine.context.global_error().is_err() {
            // With the error noted this returns it at once, and wakes the flush that waits.
            return engine.flush().map(drop);
        }
        std::thread::park_timeout(LISTEN_EVERY);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
