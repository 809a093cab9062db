//! What happens to a forward, as lines for people and as `jsonl`.

use super::serve::Line;
use crate::cli::Run;
use crate::cli::human;
use crate::cli::out::warn;
use crate::ending;
use crate::exit::Result;
use link::forward::Event;
use link::{Clock, System};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use wire::{ForwardId, RuleId};

/// Tells events where they belong: stdout, or stderr when a program owns stdout.
pub(super) struct Teller<'a> {
    run: &'a Run,
    beside_program: bool,
    started: bool,
    lines: Vec<(ForwardId, String)>,
}

impl<'a> Teller<'a> {
    /// Nothing has been told yet.
    pub(super) const fn new(run: &'a Run, beside_program: bool) -> Self {
        Self { run, beside_program, started: false, lines: Vec::new() }
    }

    /// A listener is bound.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn listening(
        &mut self,
        id: ForwardId,
        (address, rule): (SocketAddr, Option<RuleId>),
        line: &Line,
    ) -> Result<()> {
        self.lines.push((id, line.via.clone()));
        let rule = rule.or(line.rule);
        let state = if line.away.is_some() { "waiting" } else { "ready" };
        if self.run.out.is_structured() {
            let event = json!({
                "event": "listening", "forward": id, "addr": address, "node": line.via,
                "target": (!line.target.is_empty()).then_some(&line.target), "type": line.kind,
                "rule": rule, "state": state, "at": System.wall(),
            });
            return self.json(&event);
        }
        if self.run.out.quiet {
            return if self.beside_program {
                Ok(())
            } else {
                self.run.out.line(&address.to_string())
            };
        }
        let look = &self.run.out.look;
        let arrow = look.glyph("→", "->");
        let target = if line.target.is_empty() { "anything it may reach" } else { &line.target };
        let rule = rule.map(|r| format!("   rule {r}")).unwrap_or_default();
        let way = match line.kind {
            "reverse" => format!("{} listens on {address} {arrow} {target}", line.via),
            _ => format!("{address} {arrow} {} {arrow} {target}", line.via),
        };
        self.line(&format!("{} {way}{rule}   (Ctrl-C stops)", look.tick()))?;
        match &line.away {
            Some(why) => self.line(&format!("{} {why}; waiting", look.glyph("◔", "waiting:"))),
            None => Ok(()),
        }
    }

    /// Something happened to listener number `at`.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn event(&mut self, at: usize, event: &Event) -> Result<()> {
        let Some((id, via)) = self.lines.get(at).cloned() else { return Ok(()) };
        if self.run.out.is_structured() {
            return match shape(event) {
                Some(mut shape) => {
                    shape["forward"] = json!(id);
                    shape["node"] = json!(via);
                    shape["at"] = json!(System.wall());
                    self.json(&shape)
                }
                None => Ok(()),
            };
        }
        if self.run.out.quiet {
            return Ok(());
        }
        let Some(sentence) = self.sentence(event, &via) else { return Ok(()) };
        let line = format!("{} {sentence}", self.run.out.look.clock(System.wall()));
        // A warning is no news of the forward: it goes where warnings go.
        if matches!(event, Event::Ending(_) | Event::Extended) {
            warn(&line);
            return Ok(());
        }
        self.line(&line)
    }

    fn sentence(&self, event: &Event, via: &str) -> Option<String> {
        let look = &self.run.out.look;
        Some(match event {
            Event::Listening { .. } => return None,
            Event::Opened { tunnel, from, .. } => format!("+ {tunnel} from {from}"),
            Event::Closed { tunnel, reason, up, down, after } => format!(
                "- {tunnel} {}  {} {} {} {}  {}",
                reason.as_str().replace('_', " "),
                look.glyph("▲", "up"),
                human::bytes(*up),
                look.glyph("▼", "down"),
                human::bytes(*down),
                human::duration(*after),
            ),
            Event::Refused { from, reason, refusal } => {
                format!("{} from {from}: {refusal} ({reason})", look.glyph("✗", "x"))
            }
            Event::Lost { reason, hold } => {
                let then = match hold {
                    Some(hold) => format!("holding new connections {}", human::duration(*hold)),
                    None => "closing new connections".to_owned(),
                };
                format!("{} {via} lost ({reason}); {then}", look.glyph("◔", "~"))
            }
            Event::Ending(ends) => {
                format!("{} {via} {}", look.glyph("◔", "warning:"), ending::sentence(ends))
            }
            Event::Over { .. } => return None,
            Event::Extended => format!("{} {via} goes on for longer", look.tick()),
            Event::Back { after } => {
                format!("{} {via} back after {}", look.glyph("●", "*"), human::duration(*after))
            }
        })
    }

    fn line(&self, text: &str) -> Result<()> {
        if self.beside_program {
            warn(text);
            return Ok(());
        }
        self.run.out.line(text)
    }

    fn json(&mut self, value: &Value) -> Result<()> {
        if self.beside_program {
            warn(&value.to_string());
            return Ok(());
        }
        if !self.started {
            self.run.out.stream_header()?;
            self.started = true;
        }
        self.run.out.json_line(value)
    }
}

fn shape(event: &Event) -> Option<Value> {
    let ms = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Some(match event {
        Event::Listening { .. } => return None,
        Event::Opened { tunnel, from, target } => {
            json!({"event": "open", "tunnel": tunnel, "from": from, "target": target})
        }
        Event::Closed { tunnel, reason, up, down, after } => json!({
            "event": "close", "tunnel": tunnel, "reason": reason, "up_bytes": up,
            "down_bytes": down, "duration_ms": ms(after),
        }),
        Event::Refused { from, reason, refusal } => json!({
            "event": "refused", "from": from, "reason": reason, "code": refusal.code,
            "message": refusal.message, "rule": refusal.rule,
        }),
        Event::Lost { reason, hold } => {
            json!({"event": "node_lost", "reason": reason, "hold_ms": hold.as_ref().map(ms)})
        }
        Event::Ending(ends) => json!({
            "event": "ending", "ends_at": ends.until, "left_ms": ends.left_ms,
            "cause": ends.cause, "which": ends.which,
        }),
        Event::Over { reason, refusal } => json!({
            "event": "over", "reason": reason, "code": refusal.code, "message": refusal.message,
        }),
        Event::Extended => json!({"event": "extended"}),
        Event::Back { after } => json!({"event": "node_back", "after_ms": ms(after)}),
    })
}
