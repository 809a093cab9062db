//! How a cell is written: times, sizes, rates and glyphs for a person or for a program.

use crate::cli::global::{Format, TimeArg};
use crate::cli::human;
use crate::cli::out::row::{Cell, Tone};
use crate::ctx::{Origin, Settings};
use link::{Clock, System};
use std::time::Duration;
use wire::UnixMs;

/// How a cell is written.
#[derive(Debug, Clone)]
pub struct Look {
    /// For a program: exact numbers, ISO times.
    pub machine: bool,
    /// With colour.
    pub color: bool,
    /// No glyphs beyond ASCII.
    pub ascii: bool,
    /// How times are shown.
    pub time: TimeArg,
    /// In UTC.
    pub utc: bool,
    /// Columns of the terminal, if cells are cut to it.
    pub width: Option<usize>,
    /// The time ages are counted from.
    pub now: UnixMs,
}

impl Look {
    /// As the settings want it for stdout.
    pub fn new(settings: &Settings, terminal: bool, format: Format) -> Self {
        let people = matches!(format, Format::Table | Format::Wide);
        let machine = !people || (!terminal && settings.output.value.is_none());
        let default = if terminal && people { TimeArg::Rel } else { TimeArg::Iso };
        // For a program a preference does not count, only a flag.
        let asked = settings.time.origin == Origin::Flag || !machine;
        let time = settings.time.value.filter(|_| asked).unwrap_or(default);
        Self {
            machine,
            color: people && settings.colored(terminal),
            ascii: settings.ascii.value,
            time,
            utc: settings.utc.value,
            width: (terminal && people).then(width).flatten(),
            now: System.wall(),
        }
    }

    /// `good` on a terminal with glyphs, `plain` in ASCII.
    pub const fn glyph<'a>(&self, good: &'a str, plain: &'a str) -> &'a str {
        if self.ascii { plain } else { good }
    }

    /// The mark of a thing that was done.
    pub const fn tick(&self) -> &'static str {
        self.glyph("✓", "ok")
    }

    /// A missing value.
    pub const fn none(&self) -> &'static str {
        if self.machine { "" } else { self.glyph("—", "-") }
    }

    /// A point in the past: `2m ago`.
    pub fn ago(&self, at: Option<UnixMs>) -> Cell {
        let Some(at) = at else { return self.missing() };
        let age = self.now.since(at);
        let text = match self.time {
            TimeArg::Rel if age < Duration::from_secs(2) => "now".to_owned(),
            TimeArg::Rel => human::age(age),
            _ => self.at(at),
        };
        Cell::number(text, at.0)
    }

    /// A point in the future: `in 23h`.
    pub fn until(&self, at: Option<UnixMs>) -> Cell {
        let Some(at) = at else {
            return Cell::number(if self.machine { "" } else { "never" }, u64::MAX);
        };
        let text = match self.time {
            TimeArg::Rel if at <= self.now => format!("{} ago", human::age(self.now.since(at))),
            TimeArg::Rel => format!("in {}", human::age(at.since(self.now))),
            _ => self.at(at),
        };
        Cell::number(text, at.0)
    }

    /// A point in time, in full.
    pub fn at(&self, at: UnixMs) -> String {
        if self.time == TimeArg::Iso {
            return at.to_string();
        }
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
        let Ok(stamp) = jiff::Timestamp::from_millisecond(ms) else { return at.to_string() };
        if self.utc {
            return stamp.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        }
        stamp.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The time of day, for event lines.
    pub fn clock(&self, at: UnixMs) -> String {
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_millisecond(ms) {
            Ok(stamp) => stamp.strftime("%H:%M:%SZ").to_string(),
            Err(_) => at.to_string(),
        }
    }

    /// How long something took or lasted.
    pub fn span(&self, ms: Option<u64>) -> Cell {
        let Some(ms) = ms else { return self.missing() };
        let text =
            if self.machine { ms.to_string() } else { human::duration(Duration::from_millis(ms)) };
        Cell::number(text, ms)
    }

    /// A round trip.
    pub fn ms(&self, ms: Option<u64>) -> Cell {
        let Some(ms) = ms else { return self.missing() };
        Cell::number(if self.machine { ms.to_string() } else { format!("{ms}ms") }, ms)
    }

    /// A size.
    pub fn bytes(&self, bytes: u64) -> Cell {
        Cell::number(if self.machine { bytes.to_string() } else { human::bytes(bytes) }, bytes)
    }

    /// A count.
    pub fn count(&self, count: u64) -> Cell {
        Cell::number(if self.machine { count.to_string() } else { human::count(count) }, count)
    }

    /// A share of one, in percent for people.
    pub fn percent(&self, ratio: Option<f64>) -> Cell {
        let Some(ratio) = ratio else { return self.missing() };
        let text = if self.machine { ratio.to_string() } else { format!("{:.1}%", ratio * 100.0) };
        Cell { order: Some(ratio), ..Cell::plain(text) }
    }

    /// Text that may be missing.
    pub fn text(&self, text: Option<impl ToString>) -> Cell {
        text.map_or_else(|| self.missing(), |t| Cell::plain(t.to_string()))
    }

    fn missing(&self) -> Cell {
        Cell { tone: Tone::Dim, ..Cell::plain(self.none()) }
    }
}

fn width() -> Option<usize> {
    let stated = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    stated.or_else(|| crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns)))
}
