//! The one URI of a leaf.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("identity");
