//! The agent: enrols once, dials out, stays connected, dials what its own allowlist permits.
//!
//! ```text
//! agent ─ uplink ─ session ─ lanes ─ tunnel ─ dial ─ targets
//!   │                 │               └─ reverse (listeners)
//!   │                 └─ identity (renewal)
//!   └─ keeper (status file, agent.toml) · gateway (for nodes that reach only this one) · service (systemd)
//! ```

pub mod agent;
pub mod config;
mod context;
mod dial;
pub mod enrol;
mod gateway;
mod identity;
mod inventory;
mod keeper;
pub mod leave;
mod lock;
pub mod paths;
mod recover;
mod reverse;
mod service;
mod session;
mod status;
pub mod targets;
mod tunnel;
mod tunnels;
mod uplink;

pub use agent::{Agent, AgentError, Phase, Status, status};
pub use config::Config;
pub use keeper::{ask_for_rotation, is_rotating};
