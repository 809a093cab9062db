//! W1, W2 and W4 under seeded mutation. What must hold is said in `testbed/fuzz/parsers/messages.rs`,
//! which the targets of cargo-fuzz try as well.

#[path = "../../testbed/fuzz/harness.rs"]
mod harness;
#[path = "../../testbed/fuzz/parsers/messages.rs"]
mod messages;
mod samples;

#[test]
fn messages_of_agents_survive() {
    let (parser, mut parse) = messages::agents();
    parser.survives(|input| parse(input));
}

#[test]
fn messages_of_operators_survive() {
    let (parser, mut parse) = messages::operators();
    parser.survives(|input| parse(input));
}

#[test]
fn messages_outside_of_envelopes_survive() {
    let (parser, mut parse) = messages::bare();
    parser.survives(|input| parse(input));
}

#[test]
fn frames_survive() {
    let (parser, mut parse) = messages::frames();
    parser.survives(|input| parse(input));
}

#[test]
fn payload_survives() {
    let (parser, mut parse) = messages::payload();
    parser.survives(|input| parse(input));
}

#[test]
fn names_survive() {
    let (parser, mut parse) = messages::names();
    parser.survives(|input| parse(input));
}

#[test]
fn text_survives() {
    let (parser, mut parse) = messages::text();
    parser.survives(|input| parse(input));
}

#[test]
fn audit_records_as_lines_survive() {
    let (parser, mut parse) = messages::audit_lines();
    parser.survives(|input| parse(input));
}
