//! Requests for a certificate.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("csr");
