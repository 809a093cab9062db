//! The terminal: taken over, given back in every ending, and what it types.

use super::effect::Capture;
use super::key::{Code, Held, Key};
use super::msg::{Focus, Msg};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture, Event, EventStream, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers, MouseButton, MouseEventKind,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use futures::StreamExt;
use link::Shutdown;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::{TerminalOptions, Viewport};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::mpsc;

/// Whether the terminal is ours right now; the panic hook asks too.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Standard output while it is ours. What is written after it was given back is dropped: the
/// terminal may be gone, and the library would say so on a standard error that is gone, too.
pub struct Out(BufWriter<Stdout>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if TAKEN.load(SeqCst) { self.0.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if TAKEN.load(SeqCst) { self.0.flush() } else { Ok(()) }
    }
}

/// The terminal, ours while this lives.
pub struct Screen<W: Write = Out> {
    inner: ratatui::Terminal<CrosstermBackend<W>>,
}

impl<W: Write> Screen<W> {
    /// Draws into `out`, which is of this size and for somebody else to take and give back.
    ///
    /// # Errors
    /// It does not take commands.
    pub fn over(out: W, (width, height): (u16, u16)) -> io::Result<Self> {
        let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
        let backend = CrosstermBackend::new(out);
        Ok(Self { inner: ratatui::Terminal::with_options(backend, TerminalOptions { viewport })? })
    }

    /// Draws what changed, and puts the cursor where `draw` says; it is hidden without a place.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.inner.draw(|frame| {
            if let Some(cursor) = draw(frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        })?;
        queue!(self.inner.backend_mut(), EndSynchronizedUpdate)?;
        io::Write::flush(self.inner.backend_mut())
    }
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// It is none, or does not take commands.
    pub fn take(title: &str, mouse: Capture) -> io::Result<Self> {
        enter(title, mouse)?;
        let out = Out(BufWriter::with_capacity(64 * 1024, io::stdout()));
        let backend = CrosstermBackend::new(out);
        Ok(Self { inner: ratatui::Terminal::new(backend)? })
    }

    /// Takes the terminal over again after [`restore`].
    ///
    /// # Errors
    /// It went away.
    pub fn retake(&mut self, title: &str, mouse: Capture) -> io::Result<()> {
        enter(title, mouse)?;
        self.forget()
    }

    /// Its columns and rows.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.inner.size()?;
        Ok((size.width, size.height))
    }

    /// Draws every cell the next time.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn forget(&mut self) -> io::Result<()> {
        // Not `clear`: it asks the terminal where its cursor is, and some never answer.
        let size = self.inner.size()?;
        self.inner.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Sends bytes that are not cells.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let backend = self.inner.backend_mut();
        backend.write_all(bytes)?;
        io::Write::flush(backend)
    }

    /// Takes or lets go of the mouse.
    ///
    /// # Errors
    /// The terminal went away.
    pub fn mouse(&mut self, capture: Capture) -> io::Result<()> {
        match capture {
            Capture::On => execute!(self.inner.backend_mut(), EnableMouseCapture),
            Capture::Off => execute!(self.inner.backend_mut(), DisableMouseCapture),
        }
    }
}

fn enter(title: &str, mouse: Capture) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, SeqCst);
    let mut out = io::stdout();
    execute!(
        out,
        EnterAlternateScreen,
        SetTitle(title),
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide
    )?;
    if mouse == Capture::On {
        execute!(out, EnableMouseCapture)?;
    }
    Ok(())
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, once; harmless when it is not ours.
pub fn restore() {
    if TAKEN.swap(false, SeqCst) {
        let mut out = io::stdout();
        // A terminal that is gone can't be restored, and there is nobody left to tell.
        let _ = execute!(
            out,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}

/// Reads the terminal until told to stop, or until it is gone: then the console must end.
pub async fn read(out: mpsc::Sender<Msg>, stop: Shutdown) {
    let mut events = EventStream::new();
    loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            event = next(&mut events) => event,
        };
        let msg = match event {
            Some(Ok(event)) => translate(event),
            Some(Err(_)) | None => Some(Msg::Quit),
        };
        let ends = matches!(msg, Some(Msg::Quit));
        if let Some(msg) = msg {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                sent = out.send(msg) => if sent.is_err() { return },
            }
        }
        if ends {
            return;
        }
    }
}

/// The next event; `None` once the terminal is gone. The library asks a terminal that hung up for
/// its next key for ever, so it is not asked any more.
async fn next(events: &mut EventStream) -> Option<io::Result<Event>> {
    std::future::poll_fn(|context| {
        if io::stdin().is_terminal() {
            events.poll_next_unpin(context)
        } else {
            std::task::Poll::Ready(None)
        }
    })
    .await
}

fn translate(event: Event) -> Option<Msg> {
    Some(match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Msg::Key(translate_key(key)?),
        Event::Key(_) => return None,
        Event::Paste(text) => Msg::Paste(text),
        Event::Resize(width, height) => Msg::Resize { width, height },
        Event::FocusGained => Msg::Focus(Focus::Gained),
        Event::FocusLost => Msg::Focus(Focus::Lost),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Msg::Click { x: mouse.column, y: mouse.row },
            MouseEventKind::ScrollDown => Msg::Scroll(3),
            MouseEventKind::ScrollUp => Msg::Scroll(-3),
            _ => return None,
        },
    })
}

fn translate_key(key: KeyEvent) -> Option<Key> {
    let code = match key.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    let held = if key.modifiers.contains(KeyModifiers::CONTROL) {
        Held::Ctrl
    } else if key.modifiers.contains(KeyModifiers::ALT) {
        Held::Alt
    } else {
        Held::None
    };
    Some(Key { code, held })
}
