//! The result of a change: one entry per object, the same shape for every verb.

use crate::cli::global::Format;
use crate::cli::out::{API_VERSION, Out, table};
use crate::exit::{Exit, Failure, Result};
use serde::Serialize;
use wire::message::operator::Outcome;

#[derive(Serialize)]
struct Changed<'a> {
    api_version: &'static str,
    kind: &'static str,
    items: &'a [Outcome],
}

impl Out {
    /// Prints what a change did, or would do, and how the run ends.
    ///
    /// # Errors
    /// The only object failed, or the reader has gone.
    pub fn changed(&self, verb: &str, outcomes: &[Outcome], plan: Plan) -> Result {
        let failed = outcomes.iter().filter(|o| o.error.is_some() || !(o.ok || o.planned)).count();
        if let ([only], 1) = (outcomes, failed) {
            return Err(failure(only));
        }
        if self.is_structured() {
            let changed = Changed { api_version: API_VERSION, kind: "Result", items: outcomes };
            match self.format {
                Format::Yaml => self.yaml(&changed)?,
                format => self.json(&changed, format == Format::Json)?,
            }
        } else if self.quiet {
            return Ok(ending(outcomes, failed, plan));
        } else if self.format == Format::Name {
            outcomes.iter().try_for_each(|outcome| self.line(outcome.object.as_str()))?;
        } else if self.format == Format::Csv {
            self.csv(outcomes)?;
        } else {
            for outcome in outcomes {
                self.line(&self.sentence(verb, outcome))?;
            }
            if plan != Plan::Done {
                self.line("nothing changed (dry run)")?;
            }
        }
        Ok(ending(outcomes, failed, plan))
    }

    fn csv(&self, outcomes: &[Outcome]) -> Result<()> {
        let header = ["object", "name", "ok", "planned", "cut_tunnels", "error"];
        let rows = outcomes.iter().map(|o| {
            vec![
                o.object.to_string(),
                o.name.to_string(),
                o.ok.to_string(),
                o.planned.to_string(),
                o.cut_tunnels.map(|n| n.to_string()).unwrap_or_default(),
                o.error.as_ref().map(ToString::to_string).unwrap_or_default(),
            ]
        });
        table::records(self, header.map(str::to_owned).into(), rows)
    }

    /// One line about one object.
    fn sentence(&self, verb: &str, outcome: &Outcome) -> String {
        if let Some(error) = &outcome.error {
            return format!("{} {}: {error}", self.look.glyph("✗", "failed"), outcome.object);
        }
        let mark = if outcome.planned { "plan" } else { self.look.tick() };
        let mut line = format!("{mark} {verb} {}", outcome.object);
        let cut = outcome.cut_tunnels.unwrap_or(0);
        if cut > 0 || !outcome.cuts.is_empty() {
            let word = if outcome.planned { "would cut" } else { "cut" };
            line.push_str(&format!("  {word} {}", cuts(outcome)));
        }
        if let Some(ms) = outcome.last_byte_ms.filter(|_| !outcome.planned) {
            line.push_str(&format!("  last byte after {ms}ms"));
        }
        line
    }
}

/// How a change was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// It was done.
    Done,
    /// Only shown.
    Shown,
    /// Only shown, and the exit code says whether it would change something.
    Asked,
}

/// `3 tunnels (ana 2, mira 1)`.
pub fn cuts(outcome: &Outcome) -> String {
    let by_owner: u32 = outcome.cuts.iter().map(|(_, count)| count).sum();
    let count = outcome.cut_tunnels.unwrap_or(by_owner);
    let noun = if count == 1 { "tunnel" } else { "tunnels" };
    let owners: Vec<String> =
        outcome.cuts.iter().map(|(who, count)| format!("{who} {count}")).collect();
    if owners.is_empty() {
        return format!("{count} {noun}");
    }
    format!("{count} {noun} ({})", owners.join(", "))
}

fn ending(outcomes: &[Outcome], failed: usize, plan: Plan) -> Exit {
    match plan {
        _ if failed > 0 => Exit::Partial,
        Plan::Asked if outcomes.iter().any(|o| o.planned) => Exit::Differs,
        _ => Exit::Ok,
    }
}

fn failure(outcome: &Outcome) -> Failure {
    match &outcome.error {
        Some(refusal) => refusal.clone().into(),
        None => Failure::new(Exit::Failed, format!("{} was not changed", outcome.object)),
    }
}
