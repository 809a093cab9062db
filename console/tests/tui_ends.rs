//! What ends soon, on the bottom line of every screen and beside the forwards of this console (F4.2).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod stage;

use console::tui::data::access::Tab;
use console::tui::data::link::LinkNews;
use console::tui::msg::Msg;
use stage::Stage;
use wire::UnixMs;
use wire::message::view::{EndCause, EndsView};

/// A session that ends this long after `now`.
fn session(now: UnixMs, seconds: u64) -> Option<EndsView> {
    let until = UnixMs(now.0 + seconds * 1000);
    let which = Some("s_51aa".into());
    Some(EndsView { until, left_ms: seconds * 1000, cause: EndCause::Session, which })
}

fn told(stage: &mut Stage, ends: Option<EndsView>) {
    stage.send(Msg::Link(LinkNews::Ends(ends)));
}

#[test]
fn the_end_of_a_session_counts_down_at_the_bottom_and_its_extension_takes_it_back() {
    let mut stage = Stage::live(120, 35);
    stage.go_access(Tab::Sessions);
    let ends = session(stage.now.wall, 600);
    told(&mut stage, ends.clone());
    let line = "⚠ session s_51aa ends in 10m · tunnelctl sessions extend s_51aa --for 1h";
    assert!(stage.text().contains(line), "{}", stage.text());
    // The warning has gone; what is left stays and counts.
    stage.wait(60_000);
    let line = "⚠ session s_51aa ends in 9m · tunnelctl sessions extend s_51aa --for 1h";
    assert!(stage.text().contains(line), "{}", stage.text());
    // The last minute is said once more, and stands in the log with the first.
    stage.wait(480_000);
    let last = ends.map(|ends| EndsView { left_ms: 60_000, ..ends });
    told(&mut stage, last);
    assert!(stage.text().contains("session s_51aa ends in 1m ·"), "{}", stage.text());
    told(&mut stage, None);
    assert!(stage.text().contains("session s_51aa lasts longer"), "{}", stage.text());
    stage.wait(10_000);
    assert!(!stage.text().contains("s_51aa ends in"), "{}", stage.text());
}

#[test]
fn an_end_that_has_passed_is_not_shown_any_more() {
    let mut stage = Stage::live(80, 24);
    let ends = session(stage.now.wall, 30);
    told(&mut stage, ends);
    stage.wait(10_000);
    assert!(stage.text().contains("s_51aa ends in 20s"), "{}", stage.text());
    stage.wait(21_000);
    assert!(!stage.text().contains("s_51aa"), "{}", stage.text());
}
