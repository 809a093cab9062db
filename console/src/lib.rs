//! The parts of `tunnelctl`, as a library for the binary and for tests.

pub mod filter;
