//! mTLS dial and accept, yamux lanes, splices, framed control connections, the operator's client,
//! shutdown, clock and telemetry. All tokio lives on this floor and above.

pub mod arrivals;
pub mod backoff;
pub mod bundle;
pub mod clock;
pub mod control;
pub mod dial;
pub mod enrol;
pub mod forward;
pub mod ladder;
pub mod lane;
pub mod listen;
pub mod memory;
pub mod meter;
pub mod operator;
pub mod peer;
pub mod shutdown;
pub mod splice;
pub mod telemetry;
pub mod tls;

#[cfg(test)]
#[path = "../../testbed/fuzz/harness.rs"]
mod harness;

pub use clock::{Clock, SharedClock, System};
pub use peer::Peer;
pub use shutdown::Shutdown;
