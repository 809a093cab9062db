//! Frames with their length words.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("wire-frame");
