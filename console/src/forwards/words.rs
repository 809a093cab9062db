//! What happens to forwards, as lines for people and as events for programs.

use super::{News, Shown};
use crate::cli::global::TimeArg;
use crate::cli::human;
use crate::cli::out::Look;
use crate::cli::trace;
use crate::ending;
use link::forward::Event;
use link::{Clock, System};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use wire::{ForwardId, SafeText};

/// Puts into words what happens to the forwards it was told of.
#[derive(Debug)]
pub struct Words {
    look: Look,
    known: BTreeMap<ForwardId, Known>,
}

/// What is said of a forward again and again.
#[derive(Debug)]
struct Known {
    name: Option<String>,
    via: String,
    is_share: bool,
    /// Packing was asked for, and nobody was told yet that the other side does not.
    expects_packing: bool,
}

impl Known {
    fn of(shown: &Shown) -> Self {
        Self {
            name: shown.name.clone(),
            via: shown.via.clone(),
            is_share: shown.kind == "share",
            expects_packing: shown.packs,
        }
    }
}

impl Words {
    /// Words that look like this.
    pub const fn new(look: Look) -> Self {
        Self { look, known: BTreeMap::new() }
    }

    /// Words for a reader whose terminal is not known.
    pub fn plain() -> Self {
        let (time, now) = (TimeArg::Iso, System.wall());
        let look =
            Look { machine: false, color: false, ascii: false, time, utc: true, width: None, now };
        Self::new(look)
    }

    /// A listener is bound.
    pub fn listening(&mut self, id: ForwardId, address: &str, shown: &Shown) -> News {
        self.known.insert(id, Known::of(shown));
        let state = if shown.away.is_some() { "waiting" } else { "ready" };
        let mut event = json!({
            "event": "listening", "addr": address,
            "target": (!shown.target.is_empty()).then_some(&shown.target), "type": shown.kind,
            "rule": shown.rule, "state": state,
        });
        let mut terms = String::new();
        if let Some(until) = shown.until {
            (event["from"], event["ends_at"]) = (json!(shown.admits), json!(until));
            let (at, left) = (self.look.clock(until), until.since(System.wall()));
            let left = ending::left(ms(&left));
            terms = format!("   admits {}   until {at} (in {left})", joined(&shown.admits));
        }
        let look = &self.look;
        let arrow = look.glyph("→", "->");
        let target = if shown.target.is_empty() { "anything it may reach" } else { &shown.target };
        let rule = shown.rule.map(|r| format!("   rule {r}")).unwrap_or_default();
        let name = shown.name.as_ref().map(|name| format!("{name}  ")).unwrap_or_default();
        let stops = if shown.name.is_some() { "" } else { "   (Ctrl-C stops)" };
        let way = match shown.kind {
            "reverse" => format!("{} listens on {address} {arrow} {target}", shown.via),
            "share" => format!("{address} {arrow} {target}{terms}"),
            _ => format!("{address} {arrow} {} {arrow} {target}", shown.via),
        };
        let mut text = format!("{} {name}{way}{rule}{stops}", look.tick());
        if let Some(why) = &shown.away {
            text.push_str(&format!("\n{} {name}{why}; waiting", look.glyph("◔", "waiting:")));
        }
        self.news(id, Some(text), Some(event))
    }

    /// Something happened to a forward; none if nobody knows of it.
    pub fn event(&self, id: ForwardId, event: &Event) -> Option<News> {
        let known = self.known.get(&id)?;
        if let Event::Traced { tunnel, steps, told, .. } = event {
            return Some(self.news(id, Some(trace::block(*tunnel, steps, *told)), shape(event)));
        }
        let via = if known.is_share { "the share" } else { &known.via };
        let line = self.sentence(event, via).map(|sentence| self.timed(id, &sentence));
        Some(self.news(id, line, shape(event)))
    }

    /// Says once that tunnels go as they are although packing was asked for.
    pub fn unpacked(&mut self, id: ForwardId, event: &Event) -> Option<News> {
        let known = self.known.get_mut(&id).filter(|known| known.expects_packing)?;
        let Event::Opened { node, compress: None, .. } = event else { return None };
        known.expects_packing = false;
        let node = node.as_ref().map_or(known.via.as_str(), |node| node.as_str());
        let text = format!("{node} does not pack (it or the server is too old); sent as it is");
        let event = json!({"event": "not_compressed", "through": node});
        Some(self.said(id, &text, event))
    }

    /// It could not be bound or looked up, and is tried again.
    pub fn failed(&mut self, id: ForwardId, shown: &Shown, why: &str, again: Duration) -> News {
        self.known.insert(id, Known::of(shown));
        let cross = self.look.glyph("✗", "x");
        let text = format!("{cross} {why}; tried again in {}", human::duration(again));
        let event =
            json!({"event": "failed", "reason": SafeText::from(why), "again_ms": ms(&again)});
        self.said(id, &text, event)
    }

    /// The check of a forward failed, or succeeds again.
    pub fn checked(&self, id: ForwardId, failed: Option<&str>) -> News {
        let look = &self.look;
        let (text, event) = match failed {
            Some(why) => (
                format!("{} check failed: {why}", look.glyph("✗", "x")),
                json!({"event": "check_failed", "reason": SafeText::from(why)}),
            ),
            None => (format!("{} check passed", look.tick()), json!({"event": "check_passed"})),
        };
        self.said(id, &text, event)
    }

    /// It has ended and is not opened again.
    pub fn closed(&mut self, id: ForwardId, why: &str) -> News {
        let event = json!({"event": "closed", "reason": why});
        let news = self.said(id, &format!("closed: {why}"), event);
        self.known.remove(&id);
        news
    }

    fn said(&self, id: ForwardId, sentence: &str, event: Value) -> News {
        self.news(id, Some(self.timed(id, sentence)), Some(event))
    }

    fn news(&self, id: ForwardId, line: Option<String>, event: Option<Value>) -> News {
        News { forward: id, line, event: self.placed(id, event) }
    }

    fn timed(&self, id: ForwardId, sentence: &str) -> String {
        let name = self.known.get(&id).and_then(|known| known.name.as_ref());
        let name = name.map(|name| format!("{name} ")).unwrap_or_default();
        format!("{} {name}{sentence}", self.look.clock(System.wall()))
    }

    fn sentence(&self, event: &Event, via: &str) -> Option<String> {
        let look = &self.look;
        Some(match event {
            Event::Listening { .. } | Event::Traced { .. } => return None,
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
            Event::Over { .. } | Event::Done => return None,
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
}

/// Networks as one text.
pub fn joined(networks: &[SafeText]) -> String {
    networks.iter().map(SafeText::as_str).collect::<Vec<_>>().join(", ")
}

fn ms(time: &Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn shape(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Listening { .. } | Event::Done => return None,
        Event::Opened { tunnel, from, node, target, compress } => json!({
            "event": "open", "tunnel": tunnel, "from": from.to_string(), "through": node, "target": target,
            "compress": compress,
        }),
        Event::Closed { tunnel, reason, up, down, after } => json!({
            "event": "close", "tunnel": tunnel, "reason": reason, "up_bytes": up,
            "down_bytes": down, "duration_ms": ms(after),
        }),
        Event::Refused { from, reason, refusal } => json!({
            "event": "refused", "from": from.to_string(), "reason": reason, "code": refusal.code,
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
        Event::Traced { tunnel, from, steps, told: _ } => {
            let mut event = trace::event(*tunnel, steps);
            event["from"] = json!(from.to_string());
            event
        }
    })
}
