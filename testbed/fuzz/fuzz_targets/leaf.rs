//! Certificates: leaves, what is above them, roots, bundles.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("leaf");
