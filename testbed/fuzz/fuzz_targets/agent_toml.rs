//! `agent.toml`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!("agent-toml");
