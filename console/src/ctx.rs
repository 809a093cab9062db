//! Which server, which identity, which preferences: flags, environment, context and configuration
//! files brought together once, with the origin of every value.
//!
//! Reads only what a command needs; writes nothing except through [`contexts`].

pub mod access;
pub mod config;
pub mod contexts;
pub mod follow;
pub mod identity;
pub mod local;
pub mod paths;
pub mod renewal;
pub mod settings;
pub mod ways;

pub use access::{Link, connect};
pub use contexts::{Context, ContextName};
pub use identity::Identity;
pub use settings::{Origin, Settings, Value};
