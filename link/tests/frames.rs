//! T-22 under seeded mutation. What must hold is said in `testbed/fuzz/parsers/lanes.rs`, which a target
//! of cargo-fuzz tries as well.

#[path = "../../testbed/fuzz/harness.rs"]
mod harness;
#[path = "../../testbed/fuzz/parsers/lanes.rs"]
mod lanes;

#[test]
fn hostile_frames_survive_mutation() {
    let (parser, mut parse) = lanes::frames();
    parser.survives(|input| parse(input));
}
