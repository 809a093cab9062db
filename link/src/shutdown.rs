//! Token + tracker + deadline + report: every task of a process part is owned here.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use std::future::Future;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Cheap to clone; children end with their parent.
#[derive(Debug, Clone)]
pub struct Shutdown {}

impl Shutdown {
    pub fn new() -> Self {
        todo!()
    }
    pub fn child(&self) -> Self {
        todo!()
    }
    pub fn token(&self) -> &CancellationToken {
        todo!()
    }
    /// Spawns an owned task. A panic in it is counted, logged and contained (I10).
    pub fn spawn<F>(&self, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        todo!()
    }
    pub fn cancel(&self) {
        todo!()
    }
    pub fn is_cancelled(&self) -> bool {
        todo!()
    }
    pub async fn cancelled(&self) {
        todo!()
    }
    /// Cancels, then waits for all tasks until the deadline; how many were left.
    pub async fn finish(&self, within: Duration) -> usize {
        todo!()
    }
    pub fn panics() -> u64 {
        todo!()
    }
}
