//! Messages between operators and the server.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("wire-console");
