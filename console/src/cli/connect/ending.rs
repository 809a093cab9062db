//! Says before `connect` is cut by time: on stderr, because stdout carries bytes.

use crate::cli::Run;
use crate::cli::out::warn;
use crate::ctx::Link;
use crate::ending::sentence;
use link::{Clock, System};
use serde_json::json;
use std::convert::Infallible;
use wire::message::operator::Followed;
use wire::message::view::EndsView;

/// Warns for as long as the connection lasts, and then waits for whoever ends first.
pub(super) async fn warnings(run: &Run, link: &Link, of: Followed) -> Infallible {
    if !run.out.quiet
        && let Ok(mut feed) = link.operator.follow(of)
    {
        let mut is_said = false;
        while let Some(ends) = feed.next().await {
            match &ends {
                Some(ends) => told(run, ends),
                None if is_said => extended(run),
                None => {}
            }
            is_said = ends.is_some();
        }
    }
    std::future::pending().await
}

fn told(run: &Run, ends: &EndsView) {
    if run.out.is_structured() {
        return warn(&event(ends).to_string());
    }
    let sign = run.out.look.glyph("◔", "warning:");
    warn(&format!("{} {sign} {}", run.out.look.clock(System.wall()), sentence(ends)));
}

fn extended(run: &Run) {
    if run.out.is_structured() {
        return warn(&json!({"event": "extended", "at": System.wall()}).to_string());
    }
    warn(&format!(
        "{} {} goes on for longer",
        run.out.look.clock(System.wall()),
        run.out.look.tick()
    ));
}

/// An end that is near, as an event.
fn event(ends: &EndsView) -> serde_json::Value {
    json!({
        "event": "ending", "ends_at": ends.until, "left_ms": ends.left_ms, "cause": ends.cause,
        "which": ends.which, "at": System.wall(),
    })
}
