//! Allowlists of a node.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("targets");
