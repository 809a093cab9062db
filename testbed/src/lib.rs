//! A whole fleet in one process: a real server, real agents, real TLS over loopback, with verbs
//! (enrol, kill, restart, revoke), weather on the wire and local services. Tests, the demo and the
//! benchmark are written against it. It never depends on the console.

pub mod clock;
pub mod demo;
mod dice;
pub mod fleet;
pub mod middlebox;
pub mod public;
pub mod service;
pub mod wait;
pub mod weather;

pub use fleet::{Fleet, Node};
pub use middlebox::Middlebox;
pub use public::PublicAuthority;
pub use wait::until;
pub use weather::{Over, Shape, Sky, Snap, Way, Weather};
