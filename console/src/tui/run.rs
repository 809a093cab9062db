//! The loop: waits for input, news and due times, updates the app, draws, runs effects.

use super::app::{App, Dirty, Permit, Start};
use super::clip::{self, Surroundings, Way};
use super::clock::Clock;
use super::data::access::Tab;
use super::data::link::Link;
use super::effect::Effect;
use super::glyph::Glyphs;
use super::msg::{Answer, Msg, Now};
use super::net::Net;
use super::record::{self, Recorder, Recording};
use super::runner::Runner;
use super::theme::Theme;
use super::{Ended, Options, poll, screens, state, term};
use anyhow::Context as _;
use link::Shutdown;
use rustix::process::{Signal, getpid, kill_process};
use std::collections::VecDeque;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal as UnixSignal, SignalKind, signal};
use tokio::sync::{Notify, mpsc, watch};

mod crash;

/// Keys and mouse events that may wait; a full queue makes the reader wait.
const INPUT_QUEUE: usize = 256;
/// News and results that may wait; the link task merges when it is full.
const NEWS_QUEUE: usize = 1024;
/// Messages taken in before the next look at the screen.
const DRAIN: usize = 256;
/// SIGTERM and SIGHUP, for the exit code.
const TERMINATE: u8 = 15;
const HANGUP: u8 = 1;
/// How long tasks may take to end.
const LEAVE: Duration = Duration::from_secs(2);

pub(super) async fn run(options: Options) -> anyhow::Result<Ended> {
    let shutdown = Shutdown::new();
    let result = match Console::start(options, &shutdown) {
        Ok(console) => console.run().await,
        Err(error) => Err(error),
    };
    // A terminal that is gone ended the console, whoever noticed first, and has nobody to tell.
    let gone = !std::io::stdin().is_terminal();
    term::restore();
    shutdown.finish(LEAVE).await;
    if gone { Ok(Ended::Signal(HANGUP)) } else { result }
}

struct Console {
    app: App,
    screen: term::Screen,
    clock: Clock,
    recorder: Recorder,
    runner: Runner,
    retry: Arc<Notify>,
    wanted: watch::Sender<&'static [Tab]>,
    news: mpsc::Receiver<Msg>,
    input: Input,
    signals: Signals,
    surroundings: Surroundings,
    state_file: Option<PathBuf>,
    title: String,
    own: VecDeque<Msg>,
    ended: Ended,
}

/// The task that reads the terminal. It must have ended before anybody else may read.
struct Input {
    keys: mpsc::Receiver<Msg>,
    stop: Shutdown,
}

impl Input {
    fn start(shutdown: &Shutdown) -> Self {
        let (out, keys) = mpsc::channel(INPUT_QUEUE);
        let stop = shutdown.child();
        stop.spawn("console input", term::read(out, stop.clone()));
        Self { keys, stop }
    }

    async fn end(&self) {
        self.stop.finish(LEAVE).await;
    }
}

/// What a terminal tells a program by signals.
struct Signals {
    terminate: UnixSignal,
    hangup: UnixSignal,
    stop: UnixSignal,
    size: UnixSignal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            // Of many sizes in a row, the reader of keys may miss the last.
            size: signal(SignalKind::window_change())?,
        })
    }
}

/// Whether the loop goes on.
enum Next {
    On,
    Leave,
}

impl Console {
    fn start(options: Options, shutdown: &Shutdown) -> anyhow::Result<Self> {
        let mut clock = Clock::new(link::System::shared());
        let recording = match &options.replay {
            Some((path, speed)) => {
                let recording =
                    Recording::open(path).with_context(|| format!("{}", path.display()))?;
                clock = clock.replaying(recording.began(), *speed);
                Some((recording, *speed))
            }
            None => None,
        };
        let recorder = Recorder::new(options.record.as_deref()).with_context(|| {
            options.record.as_ref().map_or(String::new(), |p| p.display().to_string())
        })?;
        let state_file = options.state_dir.as_deref().map(|dir| state::file(dir, &options.context));
        let title = format!("tunnelctl {}", wire::SafeText::clean(&options.context));
        crash::install(options.state_dir.clone(), recorder.kept());
        let (out, news) = mpsc::channel(NEWS_QUEUE);
        crash::tell(out.clone());
        let mut app = app(&options, clock.now(), state_file.as_deref());
        // Before the terminal is taken: from then on every ending must give it back.
        let signals = Signals::listen()?;
        let mut screen =
            term::Screen::take(&title, app.ui.mouse).context("the console needs a terminal")?;
        // The first frame waits for nobody.
        let now = clock.now();
        screen.draw(|buf| screens::draw(&app, now, buf))?;
        app.drawn(now);
        let retry = Arc::new(Notify::new());
        let access = options.access.ok().filter(|_| recording.is_none());
        let wanted = watch::Sender::new([].as_slice());
        let mut live = None;
        if let Some((recording, speed)) = recording {
            shutdown.spawn(
                "console replay",
                record::play(recording, speed, out.clone(), shutdown.clone()),
            );
        } else if let Some(access) = access.clone() {
            let (net, watch) = Net::new(access, out.clone(), Arc::clone(&retry), shutdown.clone());
            if let Some(companion) = options.companion {
                (companion.0)(watch.clone(), shutdown);
            }
            shutdown.spawn("console link", net.run());
            let poll = poll::run(watch.clone(), wanted.subscribe(), out.clone(), shutdown.clone());
            shutdown.spawn("console poll", poll);
            live = Some(watch);
        }
        let runner = Runner::new(access, live, out, shutdown.clone());
        Ok(Self {
            app,
            screen,
            clock,
            recorder,
            runner,
            retry,
            wanted,
            news,
            input: Input::start(shutdown),
            signals,
            surroundings: Surroundings::here(),
            state_file,
            title,
            own: VecDeque::new(),
            ended: Ended::Left,
        })
    }

    async fn run(mut self) -> anyhow::Result<Ended> {
        loop {
            let wake = self.clock.instant(self.wake()).into();
            let msg = tokio::select! {
                biased;
                _ = self.signals.terminate.recv() => self.ended_by(TERMINATE),
                _ = self.signals.hangup.recv() => self.ended_by(HANGUP),
                _ = self.signals.stop.recv() => {
                    self.suspend().await?;
                    continue;
                }
                _ = self.signals.size.recv() => self.resized()?,
                key = self.input.keys.recv() => key.unwrap_or(Msg::Quit),
                news = self.news.recv() => news.unwrap_or(Msg::Quit),
                () = tokio::time::sleep_until(wake) => Msg::Due,
            };
            crash::here();
            if self.clock.slept() {
                self.retry.notify_one();
            }
            if let Next::Leave = self.take(msg).await? {
                self.recorder.flush()?;
                return Ok(self.ended);
            }
            self.draw()?;
        }
    }

    const fn ended_by(&mut self, signal: u8) -> Msg {
        self.ended = Ended::Signal(signal);
        Msg::Quit
    }

    fn resized(&self) -> std::io::Result<Msg> {
        let (width, height) = self.screen.size()?;
        Ok(Msg::Resize { width, height })
    }

    /// When to look again: the next due time, or the next frame if something waits to be drawn.
    fn wake(&self) -> Duration {
        let now = self.clock.now();
        let far = now.mono + Duration::from_secs(3600);
        let due = self.app.next_due(now).unwrap_or(far);
        match self.app.ui.dirty {
            Dirty::No => due,
            Dirty::Soon | Dirty::Now => due.min(self.app.ui.drawn + self.app.frame_gap()),
        }
    }

    /// Takes in a message and whatever else waits already.
    async fn take(&mut self, first: Msg) -> anyhow::Result<Next> {
        let mut next = Some(first);
        for _ in 0..DRAIN {
            let Some(msg) = next.take() else { break };
            let now = self.clock.now();
            let typing = self.app.ui.overlay.is_some() || self.app.ui.filter_line.is_some();
            self.recorder.record(now, &msg, typing)?;
            for effect in self.app.update(now, msg) {
                if let Next::Leave = self.perform(effect).await? {
                    return Ok(Next::Leave);
                }
            }
            next = self
                .own
                .pop_front()
                .or_else(|| self.input.keys.try_recv().ok())
                .or_else(|| self.news.try_recv().ok());
        }
        self.own.extend(next);
        Ok(Next::On)
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        let now = self.clock.now();
        if self.app.wants_a_frame(now) {
            // The terminal may have changed since it was last told of.
            self.app.fit(self.screen.size()?);
            let app = &self.app;
            self.screen.draw(|buf| screens::draw(app, now, buf))?;
            self.app.drawn(now);
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> anyhow::Result<Next> {
        match effect {
            Effect::Quit => return Ok(Next::Leave),
            Effect::Suspend => self.suspend().await?,
            Effect::Redraw => self.screen.forget()?,
            Effect::Mouse(capture) => self.screen.mouse(capture)?,
            Effect::Retry => self.retry.notify_one(),
            Effect::Watch(tabs) => drop(self.wanted.send_replace(tabs)),
            Effect::Ask { job, request } => self.runner.ask(job, *request),
            Effect::CheckListen { job, listen } => self.runner.check_listen(job, listen),
            Effect::OpenForward { job, forward, spec } => {
                self.runner.open_forward(job, forward, *spec)
            }
            Effect::CloseForward(forward) => self.runner.close_forward(forward),
            Effect::Copy { job, text } => self.copy(job, text)?,
            Effect::Save(saved) => self.save(&saved),
        }
        Ok(Next::On)
    }

    fn copy(&mut self, job: super::msg::Job, text: String) -> anyhow::Result<()> {
        let way = self.surroundings.way();
        match clip::osc52(&text, self.surroundings.inside).filter(|_| way == Way::Osc52) {
            Some(sequence) => {
                self.screen.send(sequence.as_bytes())?;
                self.own.push_back(Msg::Done { job, answer: Answer::Copied(way.name()) });
            }
            None => self.runner.copy(job, way, text),
        }
        Ok(())
    }

    fn save(&self, saved: &state::Saved) {
        if let Some(path) = &self.state_file
            && let Err(error) = state::save(path, saved)
        {
            tracing::warn!(path = %path.display(), %error, "console state not kept");
        }
    }

    /// Gives the terminal back, stops, and takes it again when continued. The reader of the
    /// terminal is gone meanwhile: two readers would share the keys.
    async fn suspend(&mut self) -> anyhow::Result<()> {
        self.input.end().await;
        term::restore();
        kill_process(getpid(), Signal::STOP)?;
        self.screen.retake(&self.title, self.app.ui.mouse)?;
        self.input = Input::start(self.runner.shutdown());
        self.retry.notify_one();
        self.app.ui.dirty = Dirty::Now;
        let (width, height) = crossterm::terminal::size()?;
        self.own.push_back(Msg::Resize { width, height });
        self.draw()
    }
}

fn app(options: &Options, now: Now, state_file: Option<&std::path::Path>) -> App {
    let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let link = match &options.access {
        Err(cause) if options.replay.is_none() => Link::not_set_up(cause.clone()),
        _ => Link::default(),
    };
    let theme = if var("NO_COLOR").is_some() { Theme::Mono } else { Theme::default() };
    let locale = var("LC_ALL").or_else(|| var("LC_CTYPE")).or_else(|| var("LANG"));
    App::new(
        now,
        Start {
            context: wire::SafeText::clean(&options.context).to_string(),
            link,
            size: crossterm::terminal::size().unwrap_or((80, 24)),
            screen: options.screen,
            filter: options.filter.clone(),
            theme: options.theme.unwrap_or(theme),
            glyphs: options
                .glyphs
                .unwrap_or_else(|| Glyphs::for_terminal(var("TERM").as_deref(), locale.as_deref())),
            permit: if options.replay.is_some() { Permit::Replay } else { options.permit },
            caution: options.caution,
            manner: options.manner,
            saved: state_file.map(state::load).unwrap_or_default(),
            keep_state: state_file.is_some(),
        },
    )
}
