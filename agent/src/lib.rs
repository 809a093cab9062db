//! The agent: enrols once, dials out, stays connected, dials what its own allowlist permits.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
pub mod agent;
pub mod config;
pub mod enrol;

pub use agent::{Agent, AgentError, Phase};
pub use config::Config;
