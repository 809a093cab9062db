//! Messages outside of envelopes: enrolment, the opening of lanes and tunnels.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("wire-open");
