//! The agent's own texts under seeded mutation. What must hold is said in
//! `testbed/fuzz/parsers/owners.rs`, which the targets of cargo-fuzz try as well.

#[path = "../../testbed/fuzz/harness.rs"]
mod harness;
#[path = "../../testbed/fuzz/parsers/owners.rs"]
mod owners;

#[test]
fn agent_toml_survives() {
    let (parser, mut parse) = owners::agent_toml();
    parser.survives(|input| parse(input));
}

#[test]
fn allowlists_survive() {
    let (parser, mut parse) = owners::allowlists();
    parser.survives(|input| parse(input));
}
