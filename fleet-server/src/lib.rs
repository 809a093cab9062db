//! The fleet server: accepts agents and operators, owns the state, publishes ports, keeps the audit chain.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
pub mod audit;
pub mod config;
pub mod fleet;
pub mod ops;
pub mod policy;
pub mod server;
pub mod state;

pub use config::Config;
pub use server::{Server, StartError};
