//! The parts of `tunnelctl`, as a library for the binary and for tests: command line, contexts,
//! exit codes, filter language.

pub mod cli;
pub mod ctx;
pub mod ending;
pub mod exit;
pub mod filter;
pub mod forwards;
pub mod tui;

#[cfg(test)]
#[path = "../../testbed/fuzz/harness.rs"]
mod harness;
