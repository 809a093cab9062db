//! Records of the audit chain as lines.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("audit-line");
