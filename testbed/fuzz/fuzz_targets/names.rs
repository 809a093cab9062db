//! Names, targets, ids, times, labels.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("names");
