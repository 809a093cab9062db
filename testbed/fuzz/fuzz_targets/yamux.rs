//! Frames of a lane, from both sides.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("yamux");
