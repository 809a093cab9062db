//! The demo's tour passes, step by step.
// A failed step of a test is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation
)]

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_passes_and_measures_every_step() {
    let mut steps = Vec::new();
    testbed::demo::tour(|step| {
        println!("{:<20} {:>10.2} {}", step.step, step.value, step.unit);
        steps.push(step.step);
    })
    .await
    .unwrap();
    assert_eq!(
        steps,
        [
            "server",
            "enrol",
            "open_tunnel",
            "forward",
            "port_held",
            "reconnect",
            "session_end",
            "revoke_last_byte",
            "audit_verify"
        ]
    );
}
