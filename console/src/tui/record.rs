//! Records what reaches the console, and plays recordings. The same lines go into crash reports.
//!
//! One JSON object per line. Typed text is never recorded: it may be a secret or a reason.

use super::data::batch::Batch;
use super::data::link::LinkNews;
use super::key::Code;
use super::msg::{Msg, Now};
use link::Shutdown;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use wire::UnixMs;

/// Lines kept for a crash report.
const KEPT: usize = 200;
/// A longer line is not ours: the largest batch is a full set of nodes.
const MAX_LINE: u64 = 256 * 1024 * 1024;
/// Longest line kept for a crash report; full sets would bury everything else.
const MAX_KEPT: usize = 4096;

/// What happened, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Link(LinkNews),
    Data(Box<Batch>),
    Key(String),
    Size(u16, u16),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    at_ms: u64,
    wall: UnixMs,
    #[serde(flatten)]
    what: What,
}

/// The newest lines, shared with the panic hook.
pub type Kept = Arc<Mutex<VecDeque<String>>>;

/// Writes down what happens.
#[derive(Debug, Default)]
pub struct Recorder {
    file: Option<BufWriter<File>>,
    kept: Kept,
}

impl Recorder {
    /// Keeps the newest lines, and writes all of them to a file if asked.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn new(file: Option<&Path>) -> io::Result<Self> {
        let file = file.map(File::create_new).transpose()?.map(BufWriter::new);
        Ok(Self { file, kept: Kept::default() })
    }

    /// The newest lines.
    pub fn kept(&self) -> Kept {
        Arc::clone(&self.kept)
    }

    /// Writes down a message; `typing` = it may be part of a text.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn record(&mut self, now: Now, msg: &Msg, typing: bool) -> io::Result<()> {
        let what = match msg {
            Msg::Link(news) => What::Link(news.clone()),
            Msg::Data(batch) => What::Data(batch.clone()),
            Msg::Key(key) if typing && matches!(key.code, Code::Char(_)) => {
                What::Key("·".to_owned())
            }
            Msg::Key(key) => What::Key(key.to_string()),
            Msg::Resize { width, height } => What::Size(*width, *height),
            _ => return Ok(()),
        };
        let at_ms = u64::try_from(now.mono.as_millis()).unwrap_or(u64::MAX);
        let line = serde_json::to_string(&Line { at_ms, wall: now.wall, what })?;
        if let Some(file) = &mut self.file {
            writeln!(file, "{line}")?;
        }
        if let Ok(mut kept) = self.kept.lock() {
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(line.chars().take(MAX_KEPT).collect());
        }
        Ok(())
    }

    /// Whatever waits is written.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// A recording, ready to be played.
#[derive(Debug)]
pub struct Recording {
    lines: Vec<Line>,
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// It can't be read, or a line is not of a recording.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut lines = Vec::new();
        let mut text = String::new();
        loop {
            text.clear();
            let read = io::Read::take(&mut reader, MAX_LINE).read_line(&mut text)?;
            if read == 0 {
                return Ok(Self { lines });
            }
            let number = lines.len() + 1;
            let line = serde_json::from_str(&text).map_err(|e| {
                io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {e}"))
            })?;
            lines.push(line);
        }
    }

    /// Wall time at its begin.
    pub fn began(&self) -> UnixMs {
        self.lines.first().map_or(UnixMs(0), |line| line.wall)
    }

    /// What reached the console, in order, with the time since the begin. Keys and sizes are not
    /// played: whoever watches has their own.
    pub fn messages(self) -> impl Iterator<Item = (Duration, Msg)> {
        let began = self.lines.first().map_or(0, |line| line.at_ms);
        self.lines.into_iter().filter_map(move |line| {
            let at = Duration::from_millis(line.at_ms.saturating_sub(began));
            match line.what {
                What::Link(news) => Some((at, Msg::Link(news))),
                What::Data(batch) => Some((at, Msg::Data(batch))),
                What::Key(_) | What::Size(..) => None,
            }
        })
    }
}

/// Plays a recording into `out`, `speed` times as fast.
pub async fn play(recording: Recording, speed: f64, out: mpsc::Sender<Msg>, stop: Shutdown) {
    let start = tokio::time::Instant::now();
    for (at, msg) in recording.messages() {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep_until(start + at.div_f64(speed)) => {}
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            sent = out.send(msg) => if sent.is_err() { return },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::tui::key::Key;

    #[test]
    fn a_recording_plays_what_was_recorded_without_typed_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.jsonl");
        let mut recorder = Recorder::new(Some(&path)).unwrap();
        let now = |ms| Now { mono: Duration::from_millis(ms), wall: UnixMs(1_000_000 + ms) };
        let mut batch = Batch::default();
        batch.restart();
        recorder.record(now(5), &Msg::Link(LinkNews::Connecting), false).unwrap();
        recorder.record(now(9), &Msg::Key(Key::plain(Code::Char('s'))), true).unwrap();
        recorder.record(now(25), &Msg::Data(Box::new(batch)), false).unwrap();
        recorder.flush().unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("\"s\""));
        let recording = Recording::open(&path).unwrap();
        assert_eq!(recording.began(), UnixMs(1_000_005));
        let times: Vec<u128> = recording.messages().map(|(at, _)| at.as_millis()).collect();
        assert_eq!(times, [0, 20]);
        assert!(Recorder::new(Some(&path)).is_err(), "a recording is never overwritten");
    }
}
