//! The fleet server: accepts agents and operators, owns the state, publishes ports, keeps the audit chain.
//!
//! Stored facts live in [`fleet`] and change only through [`state`]; live facts (sessions, tunnels,
//! listeners) live in the private modules beside them. Persist, then publish, then perform.

mod accept;
mod admission;
pub mod audit;
pub mod ca;
pub mod config;
mod conn;
mod core;
mod events;
pub mod fleet;
mod lapse;
mod links;
mod metrics;
mod noise;
mod operators;
pub mod ops;
pub mod policy;
mod ports;
mod presence;
mod process;
mod registry;
pub mod server;
mod shares;
pub mod state;
mod terms;
mod tunnels;
mod version;
mod views;

#[cfg(test)]
#[path = "../../testbed/fuzz/harness.rs"]
mod harness;

pub use config::Config;
pub use server::{AdminIdentity, Server, StartError, init};

/// The version of this build, as told to peers.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
