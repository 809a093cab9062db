//! T-41 at a tenth of a minute's size; `bench --only storm` does it with ten thousand agents, five times.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::process::Command;

/// G5, G1: agents in processes of their own, the server killed under them, nodes with a busy tunnel
/// revoked while the others come back.
#[test]
fn a_crowd_is_back_after_a_kill_and_a_revocation_in_the_middle_is_still_a_cut() {
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("storm.jsonl");
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    let ended = bench.args(["--only", "storm", "--quick", "--json"]).arg(&json).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let worst: BTreeMap<String, f64> = std::fs::read_to_string(&json)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter_map(|row| Some((row["name"].as_str()?.to_owned(), row["max"].as_f64()?)))
        .collect();
    let figure = |name: &str| match worst.get(name) {
        Some(value) => *value,
        None => panic!("{name} is missing in {worst:?}"),
    };
    assert!(figure("agents_back") <= 60.0, "{worst:?}");
    assert!(figure("back_p99") <= 30.0, "{worst:?}");
    assert!(figure("storm_last_byte") <= 250.0, "{worst:?}");
    assert!(figure("storm_late") <= 256.0, "{worst:?}");
    assert!(figure("storm_panics") < 1.0, "{worst:?}");
    assert!(figure("tries_p50") >= 1.0, "nothing was tried: {worst:?}");
}
