//! Text of peers, cleaned.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("text");
