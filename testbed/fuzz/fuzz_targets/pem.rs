//! Certificates as PEM.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("pem");
