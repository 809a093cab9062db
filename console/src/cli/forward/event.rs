//! Tells what happens to forwards where it belongs: on stdout, and to whoever attached.

use crate::cli::Run;
use crate::cli::out::warn;
use crate::exit::Result;
use crate::forwards::{Board, News, Shown, Words};
use link::forward::Event;
use link::{Clock, System};
use serde_json::Value;
use std::time::Duration;
use wire::ForwardId;

/// Tells events where they belong: stdout, or stderr when a program owns stdout.
pub(super) struct Teller<'a> {
    run: &'a Run,
    board: Board,
    beside_program: bool,
    started: bool,
    words: Words,
}

impl<'a> Teller<'a> {
    /// Nothing has been told yet.
    pub(super) fn new(run: &'a Run, board: Board, beside_program: bool) -> Self {
        let words = Words::new(run.out.look.clone());
        Self { run, board, beside_program, started: false, words }
    }

    /// A listener is bound.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn listening(&mut self, id: ForwardId, address: &str, shown: &Shown) -> Result<()> {
        if !self.run.out.is_structured() && self.run.out.quiet && !self.beside_program {
            self.run.out.line(address)?;
        }
        let news = self.words.listening(id, address, shown);
        self.tell(news)
    }

    /// Something happened to a forward.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn event(&mut self, id: ForwardId, event: &Event) -> Result<()> {
        if let Some(news) = self.words.unpacked(id, event) {
            self.tell(news)?;
        }
        let Some(news) = self.words.event(id, event) else { return Ok(()) };
        // A warning is no news of the forward: it goes where warnings go.
        if matches!(event, Event::Ending(_) | Event::Extended)
            && !self.run.out.is_structured()
            && !self.run.out.quiet
        {
            warn(news.line.as_deref().unwrap_or_default());
            self.board.tell(news);
            return Ok(());
        }
        if matches!(event, Event::Traced { .. }) && !self.run.out.is_structured() {
            return self.traced(news);
        }
        self.tell(news)
    }

    /// A timeline is no news of the forward: for people it goes where diagnostics go.
    fn traced(&self, news: News) -> Result<()> {
        if !self.run.out.quiet {
            warn(news.line.as_deref().unwrap_or_default());
        }
        self.board.tell(News { line: None, ..news });
        Ok(())
    }

    /// It could not be bound or looked up, and is tried again.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn failed(
        &mut self,
        id: ForwardId,
        shown: &Shown,
        why: &str,
        again: Duration,
    ) -> Result<()> {
        let news = self.words.failed(id, shown, why, again);
        self.tell(news)
    }

    /// The check of a forward failed, or succeeds again.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn checked(&mut self, id: ForwardId, failed: Option<&str>) -> Result<()> {
        let news = self.words.checked(id, failed);
        self.tell(news)
    }

    /// It has ended and is not opened again.
    ///
    /// # Errors
    /// The reader has gone.
    pub(super) fn closed(&mut self, id: ForwardId, why: &str) -> Result<()> {
        let news = self.words.closed(id, why);
        self.tell(news)
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

    fn tell(&mut self, news: News) -> Result<()> {
        let said = match (&news.event, &news.line) {
            (Some(event), _) if self.run.out.is_structured() => self.json(event),
            (_, Some(line)) if !self.run.out.is_structured() && !self.run.out.quiet => {
                self.line(line)
            }
            _ => Ok(()),
        };
        self.board.tell(news);
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
