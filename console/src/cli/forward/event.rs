//! What happens to forwards, as lines for people and as `jsonl`: on stdout, and for whoever attached.

use super::board::{Board, News};
use super::serve::Line;
use crate::cli::Run;
use crate::cli::human;
use crate::cli::out::warn;
use crate::ending;
use crate::exit::Result;
use link::forward::Event;
use link::{Clock, System};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use wire::{ForwardId, SafeText};

/// Tells events where they belong: stdout, or stderr when a program owns stdout.
pub(super) struct Teller<'a> {
    run: &'a Run,
    board: Board,
    beside_program: bool,
    started: bool,
    known: BTreeMap<ForwardId, Known>,
}

/// What is said of a forward again and again.
struct Known {
    name: Option<String>,
    via: String,
    /// Packing was asked for, and nobody was told yet that the other side does not.
    expects_packing: bool,
}

impl Known {
    fn of(line: &Line) -> Self {
        let expects_packing = line.spec.compress.is_some();
        Self { name: line.name.clone(), via: line.via.clone(), expects_packing }
    }
}

impl<'a> Teller<'a> {
    /// Nothing has been told yet.
    pub(super) const fn new(run: &'a Run, board: Board, beside_program: bool) -> Self {
        Self { run, board, beside_program, started: false, known: BTreeMap::new() }
    }

    /// A listener is bound.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn listening(
        &mut self,
        id: ForwardId,
        address: SocketAddr,
        line: &Line,
    ) -> Result<()> {
        self.known.insert(id, Known::of(line));
        let state = if line.away.is_some() { "waiting" } else { "ready" };
        let event = json!({
            "event": "listening", "addr": address,
            "target": (!line.target.is_empty()).then_some(&line.target), "type": line.kind,
            "rule": line.rule, "state": state,
        });
        if !self.run.out.is_structured() && self.run.out.quiet && !self.beside_program {
            self.run.out.line(&address.to_string())?;
        }
        let look = &self.run.out.look;
        let arrow = look.glyph("→", "->");
        let target = if line.target.is_empty() { "anything it may reach" } else { &line.target };
        let rule = line.rule.map(|r| format!("   rule {r}")).unwrap_or_default();
        let name = line.name.as_ref().map(|name| format!("{name}  ")).unwrap_or_default();
        let stops = if line.name.is_some() { "" } else { "   (Ctrl-C stops)" };
        let way = match line.kind {
            "reverse" => format!("{} listens on {address} {arrow} {target}", line.via),
            _ => format!("{address} {arrow} {} {arrow} {target}", line.via),
        };
        let mut text = format!("{} {name}{way}{rule}{stops}", look.tick());
        if let Some(why) = &line.away {
            text.push_str(&format!("\n{} {name}{why}; waiting", look.glyph("◔", "waiting:")));
        }
        self.tell(id, Some(text), Some(event))
    }

    /// Something happened to a forward.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn event(&mut self, id: ForwardId, event: &Event) -> Result<()> {
        self.unpacked(id, event)?;
        let Some(known) = self.known.get(&id) else { return Ok(()) };
        let line = self.sentence(event, &known.via).map(|sentence| self.timed(id, &sentence));
        // A warning is no news of the forward: it goes where warnings go.
        if matches!(event, Event::Ending(_) | Event::Extended)
            && !self.run.out.is_structured()
            && !self.run.out.quiet
        {
            warn(line.as_deref().unwrap_or_default());
            self.board.tell(News { forward: id, line, event: self.placed(id, shape(event)) });
            return Ok(());
        }
        self.tell(id, line, shape(event))
    }

    /// Says once that tunnels go as they are although packing was asked for.
    fn unpacked(&mut self, id: ForwardId, event: &Event) -> Result<()> {
        let Some(known) = self.known.get_mut(&id).filter(|known| known.expects_packing) else {
            return Ok(());
        };
        let Event::Opened { node, compress: None, .. } = event else { return Ok(()) };
        known.expects_packing = false;
        let node = node.as_ref().map_or(known.via.as_str(), |node| node.as_str());
        let text = format!("{node} does not pack (it or the server is too old); sent as it is");
        let event = json!({"event": "not_compressed", "through": node});
        let text = self.timed(id, &text);
        self.tell(id, Some(text), Some(event))
    }

    /// It could not be bound or looked up, and is tried again.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn failed(
        &mut self,
        id: ForwardId,
        line: &Line,
        why: &str,
        again: Duration,
    ) -> Result<()> {
        self.known.insert(id, Known::of(line));
        let cross = self.run.out.look.glyph("✗", "x");
        let text = format!("{cross} {why}; tried again in {}", human::duration(again));
        let event =
            json!({"event": "failed", "reason": SafeText::from(why), "again_ms": ms(&again)});
        let text = self.timed(id, &text);
        self.tell(id, Some(text), Some(event))
    }

    /// The check of a forward failed, or succeeds again.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn checked(&mut self, id: ForwardId, failed: Option<&str>) -> Result<()> {
        let look = &self.run.out.look;
        let (text, event) = match failed {
            Some(why) => (
                format!("{} check failed: {why}", look.glyph("✗", "x")),
                json!({"event": "check_failed", "reason": SafeText::from(why)}),
            ),
            None => (format!("{} check passed", look.tick()), json!({"event": "check_passed"})),
        };
        let text = self.timed(id, &text);
        self.tell(id, Some(text), Some(event))
    }

    /// It has ended and is not opened again.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn closed(&mut self, id: ForwardId, why: &str) -> Result<()> {
        let text = self.timed(id, &format!("closed: {why}"));
        self.tell(id, Some(text), Some(json!({"event": "closed", "reason": why})))?;
        self.known.remove(&id);
        Ok(())
    }

    /// Something about the file itself.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn file(&mut self, what: &str, event: &Value) -> Result<()> {
        if self.run.out.is_structured() {
            return self.json(event);
        }
        if !self.run.out.quiet {
            warn(&format!("{} {what}", self.run.out.look.clock(System.wall())));
        }
        Ok(())
    }

    fn timed(&self, id: ForwardId, sentence: &str) -> String {
        let name = self.known.get(&id).and_then(|known| known.name.as_ref());
        let name = name.map(|name| format!("{name} ")).unwrap_or_default();
        format!("{} {name}{sentence}", self.run.out.look.clock(System.wall()))
    }

    fn sentence(&self, event: &Event, via: &str) -> Option<String> {
        let look = &self.run.out.look;
        Some(match event {
            Event::Listening { .. } => return None,
            Event::Opened { tunnel, from, node, target, compress: _ } => {
                // Where that is always the same, the first line said it.
                let through = node.as_ref().filter(|node| node.as_str() != via);
                let through = through.filter(|_| !via.starts_with("port/"));
                let at = through.map(|node| format!(" to {target} at {node}")).unwrap_or_default();
                format!("+ {tunnel} from {from}{at}")
            }
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

    /// An event with whose it is, and when.
    fn placed(&self, id: ForwardId, event: Option<Value>) -> Option<Value> {
        let (mut event, known) = (event?, self.known.get(&id)?);
        event["forward"] = json!(id);
        if let Some(name) = &known.name {
            event["name"] = json!(name);
        }
        event["node"] = json!(known.via);
        event["at"] = json!(System.wall());
        Some(event)
    }

    fn tell(&mut self, id: ForwardId, line: Option<String>, event: Option<Value>) -> Result<()> {
        let event = self.placed(id, event);
        let said = match (&event, &line) {
            (Some(event), _) if self.run.out.is_structured() => self.json(event),
            (_, Some(line)) if !self.run.out.is_structured() && !self.run.out.quiet => {
                self.line(line)
            }
            _ => Ok(()),
        };
        self.board.tell(News { forward: id, line, event });
        said
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

fn ms(time: &Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn shape(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Listening { .. } => return None,
        Event::Opened { tunnel, from, node, target, compress } => json!({
            "event": "open", "tunnel": tunnel, "from": from, "through": node, "target": target,
            "compress": compress,
        }),
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
