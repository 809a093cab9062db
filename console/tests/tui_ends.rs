//! What ends soon, on the bottom line of every screen and beside the forwards of this console (F4.2).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod stage;

use console::tui::data::access::Tab;
use console::tui::data::link::LinkNews;
use console::tui::effect::Effect;
use console::tui::msg::{Answer, Msg};
use link::forward::Event;
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

#[test]
fn a_forward_says_that_what_it_leads_to_ends_soon_and_that_it_goes_on() {
    let mut stage = Stage::live(120, 35);
    stage.press("2 t");
    let effects = stage.press("f2");
    let Some(Effect::OpenForward { job, forward, spec }) = effects.first() else {
        panic!("{effects:?}")
    };
    stage.send(Msg::Done { job: *job, answer: Answer::Listening(spec.listen.clone()) });
    assert!(stage.text().contains("● ready"), "{}", stage.text());
    let until = UnixMs(stage.now.wall.0 + 600_000);
    let which = Some("support".into());
    let ends = EndsView { until, left_ms: 600_000, cause: EndCause::Role, which };
    stage.send(Msg::Forward { forward: *forward, event: Event::Ending(ends) });
    let text = stage.text();
    let toast = format!("{}: ends in 10m with role support; longer: tunnelctl", spec.listen);
    assert!(text.contains(&toast), "{text}");
    assert!(text.contains("◔ ends in 10m00s: role"), "{text}");
    stage.send(Msg::Forward { forward: *forward, event: Event::Extended });
    let text = stage.text();
    assert!(text.contains("goes on for longer") && text.contains("● ready"), "{text}");
}
