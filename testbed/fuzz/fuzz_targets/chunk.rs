//! The words of a tunnel's payload.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("chunk");
