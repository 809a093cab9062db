//! What the console may cost: time to the first frame and from a key to the paint, frames per
//! second, bytes to the terminal, work at rest, and how all of it grows with the fleet. Each test
//! prints its figure beside the bar; what it asserts leaves room for a slow and busy machine.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]
#![allow(clippy::print_stdout, reason = "the figures are what these tests are for")]

mod lab;
mod pty;
mod stage;

use console::tui::data::batch::Batch;
use console::tui::data::link::LinkNews;
use console::tui::msg::{Focus, Msg};
use console::tui::record::Recorder;
use console::tui::screens;
use console::tui::term::Screen;
use lab::Lab;
use pty::Pty;
use stage::{Stage, connected, full};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wire::message::operator::Push;
use wire::message::view::{NodeState, NodeView, TunnelState, TunnelView};

const MINUTE: u64 = 60_000;

/// Prints a figure beside the bar it has on a quiet machine and in a release build.
fn figure(what: &str, measured: impl std::fmt::Display, bar: &str) {
    println!("{what}: {measured} (bar: {bar})");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort();
    times[(times.len() - 1) * percent / 100]
}

/// The shortest of a few runs: what the work takes when nobody else wants the machine.
fn shortest(mut work: impl FnMut() -> Duration) -> Duration {
    (0..5).map(|_| work()).min().unwrap()
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

// ---- the first frame -------------------------------------------------------------------------

#[test]
fn the_first_frame_waits_for_no_server_and_asks_the_terminal_nothing() {
    let mut lab = Lab::straight("its time is measured").served();
    lab.server.take().unwrap().kill();
    // It takes connections and never says a word.
    let _silent = std::net::TcpListener::bind(&lab.address).unwrap();
    let mut times = Vec::new();
    for _ in 0..10 {
        let start = Instant::now();
        let pty = Pty::in_lab(lab.dir.path(), &["console"], (80, 24));
        pty.wait_for("[1Fleet]");
        times.push(start.elapsed());
        pty.wait_for("◌ connecting");
        let bytes = pty.bytes();
        for (question, name) in
            [(&b"\x1b[6n"[..], "cursor"), (b"\x1b[c", "attributes"), (b"]11;?", "background")]
        {
            let asked = bytes.windows(question.len()).any(|w| w == question);
            assert!(!asked, "the terminal is asked for its {name}; not every one answers");
        }
    }
    let p95 = percentile(times.clone(), 95);
    figure("first frame, p95 of 10 starts", format!("{:.0} ms", millis(p95)), "50 ms");
    assert!(percentile(times, 50) < Duration::from_secs(2), "the first frame waits for something");
}

// ---- keys and frames -------------------------------------------------------------------------

fn recording(dir: &Path, write: impl FnOnce(&mut Recorder)) -> std::path::PathBuf {
    let path = dir.join("run.jsonl");
    let mut recorder = Recorder::new(Some(&path)).unwrap();
    write(&mut recorder);
    recorder.flush().unwrap();
    path
}

fn replay(home: &Path, path: &Path, speed: &str, size: (u16, u16)) -> Pty {
    let args = ["console", "--replay", path.to_str().unwrap(), "--speed", speed];
    Pty::start(home, &args, &[], size)
}

#[test]
fn a_key_is_on_the_screen_at_once() {
    let home = tempfile::tempdir().unwrap();
    let path = recording(home.path(), |recorder| {
        let stage = Stage::new(120, 35);
        let batch = Msg::Data(Box::new(full(many_nodes(1000), vec![], stage.now.wall)));
        recorder.record(stage.now, &Msg::Link(connected()), false).unwrap();
        recorder.record(stage.now, &batch, false).unwrap();
    });
    let mut pty = replay(home.path(), &path, "1", (120, 35));
    pty.wait_for("row 1/1,000");
    let times: Vec<Duration> = (0..60)
        .map(|at| {
            let (key, place) = if at % 2 == 0 { ("j", "row 2/") } else { ("k", "row 1/") };
            let start = Instant::now();
            pty.press(key);
            pty.wait_for(place);
            start.elapsed()
        })
        .collect();
    let p95 = percentile(times.clone(), 95);
    figure("key to paint, 1,000 nodes, p95 of 60", format!("{:.1} ms", millis(p95)), "16 ms");
    // Slower than a frame's pause, and the key would have waited for it.
    assert!(percentile(times, 50) < Duration::from_millis(400));
    pty.press("q");
    assert!(pty.end().success());
}

#[test]
fn news_are_drawn_at_most_twenty_times_a_second() {
    let home = tempfile::tempdir().unwrap();
    let path = recording(home.path(), |recorder| {
        let mut stage = Stage::new(80, 24);
        let batch = Msg::Data(Box::new(full(stage::fleet(), vec![], stage.now.wall)));
        recorder.record(stage.now, &Msg::Link(connected()), false).unwrap();
        recorder.record(stage.now, &batch, false).unwrap();
        for at in 0..400_u64 {
            stage.now.mono += Duration::from_millis(5);
            let mut node = stage::fleet()[5].clone();
            node.down_bytes_per_s = 1_000_000 * (at % 90 + 1);
            let label = wire::Labels::pair(&format!("n={at}")).unwrap();
            node.labels = wire::Labels::new([label].into_iter().collect()).unwrap();
            recorder.record(stage.now, &Msg::Data(Box::new(changed(vec![node]))), false).unwrap();
        }
        let mut last = stage::fleet()[5].clone();
        last.name = "the-last-one".parse().unwrap();
        recorder.record(stage.now, &Msg::Data(Box::new(changed(vec![last]))), false).unwrap();
    });
    let start = Instant::now();
    let pty = replay(home.path(), &path, "1", (80, 24));
    pty.wait_for("the-last-one");
    let seconds = start.elapsed().as_secs_f64();
    let begin = b"\x1b[?2026h";
    let frames = pty.bytes().windows(begin.len()).filter(|w| w == begin).count();
    let rate = frames as f64 / seconds;
    figure("frames under 200 news a second", format!("{rate:.1}/s"), "20/s");
    assert!(rate <= 22.0, "{frames} frames in {seconds:.1} s");
    assert!(frames > 5, "something was drawn");
}

// ---- bytes to the terminal -------------------------------------------------------------------

/// Counts what is written to it.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.fetch_add(bytes.len(), Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Bytes and frames of `time` ms on this stage, drawn the way the loop draws: at once when a key
/// asks, at due times, and for news. `second` is called at every whole one.
fn spent(stage: &mut Stage, time: u64, mut second: impl FnMut(&mut Stage, u64)) -> (usize, usize) {
    let counter = Counter::default();
    let mut screen = Screen::over(counter.clone(), stage.app.ui.size).unwrap();
    let mut draw = |stage: &mut Stage| {
        let (app, now) = (&stage.app, stage.now);
        screen.draw(|buf| screens::draw(app, now, buf)).unwrap();
        stage.app.drawn(now);
    };
    draw(stage);
    counter.0.store(0, Relaxed);
    let (mut frames, mut now) = (0, 0);
    // News come between the ticks, as they do.
    let mut news_at = 437;
    while now < time {
        let due = stage.app.next_due(stage.now).unwrap().saturating_sub(stage.now.mono);
        let due = now + u64::try_from(due.as_millis()).unwrap().max(1);
        let next = due.min(news_at).min(time);
        stage.now.mono += Duration::from_millis(next - now);
        stage.now.wall = wire::UnixMs(stage.now.wall.0 + next - now);
        now = next;
        if now == news_at {
            second(stage, now / 1000);
            news_at += 1000;
        } else {
            stage.send(Msg::Due);
        }
        if stage.app.wants_a_frame(stage.now) {
            draw(stage);
            frames += 1;
        }
    }
    (counter.0.load(Relaxed), frames)
}

/// What a server sends every second when nothing happens.
fn routine(stage: &mut Stage, _: u64) {
    let mut batch = Batch::default();
    batch.push(Push::Server(stage::server()));
    stage.send(Msg::Data(Box::new(batch)));
    stage.send(Msg::Link(LinkNews::Heard { rtt_ms: Some(18) }));
}

fn resting() -> Stage {
    let mut stage = Stage::new(120, 35);
    stage.send(Msg::Link(connected()));
    let at = stage.now.wall;
    stage.send(Msg::Data(Box::new(full(stage::fleet(), vec![], at))));
    stage.press("j");
    stage
}

#[test]
fn a_fleet_at_rest_costs_next_to_nothing_over_ssh() {
    let mut stage = resting();
    let (bytes, frames) = spent(&mut stage, MINUTE, routine);
    figure("first minute after a key, 120×35", format!("{bytes} B in {frames} frames"), "60 kB");
    assert!(bytes <= 12_000 && frames <= 70, "{bytes} B in {frames} frames");
    let (bytes, frames) = spent(&mut stage, MINUTE, routine);
    figure("a minute at rest, 120×35", format!("{bytes} B in {frames} frames"), "1 kB");
    assert!(bytes <= 1000, "{bytes} B in {frames} frames");
    stage.press("k");
    let (_, frames) = spent(&mut stage, 5000, routine);
    assert!(frames >= 5, "the clock runs again once somebody is there: {frames} frames");
}

#[test]
fn two_hundred_busy_tunnels_stay_below_a_kilobyte_a_second() {
    let mut stage = resting();
    stage.press("2");
    let busy = |second: u64| -> Vec<TunnelView> {
        let node = stage::fleet().len();
        (1..=200_u64)
            .map(|at| {
                let place = usize::try_from(at).unwrap() % node;
                let mut row =
                    stage::stream(at, place, "10.20.6.2:443", "ci-bot", TunnelState::Flowing);
                row.up_bytes = second * 10_000 * at;
                row.down_bytes = second * (100_000 * at + second % 7 * 1000);
                row
            })
            .collect()
    };
    let (bytes, frames) = spent(&mut stage, MINUTE, |stage, second| {
        let mut batch = Batch::default();
        let at = stage.now.wall;
        batch.push(Push::Tunnels { at, changed: busy(second), gone: vec![], complete: false });
        batch.push(Push::Server(stage::server()));
        stage.send(Msg::Data(Box::new(batch)));
    });
    figure(
        "a minute of 200 live tunnels, 120×35",
        format!("{bytes} B in {frames} frames"),
        "60 kB",
    );
    assert!(bytes <= 60_000, "{bytes} B in {frames} frames");
    assert!(frames >= 60, "every second's counters are drawn");
}

#[test]
fn another_window_in_front_halves_the_frames() {
    let mut stage = resting();
    stage.send(Msg::Focus(Focus::Lost));
    let (_, frames) = spent(&mut stage, 20_000, routine);
    figure("frames in 20 s without the focus", frames, "10");
    assert!(frames <= 10, "{frames}");
}

// ---- work at rest ----------------------------------------------------------------------------

/// Clock ticks of processor time, and how often a thread went to sleep by itself.
fn work(pid: u32) -> (u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let sleeps = tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok())
        .filter_map(|text| {
            let line = text.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
            line.split_whitespace().last()?.parse::<u64>().ok()
        })
        .sum();
    (ticks, sleeps)
}

/// The clock in the header.
fn clock(pty: &Pty) -> String {
    pty.text().lines().next().unwrap_or_default().trim_end().chars().rev().take(9).collect()
}

#[test]
fn with_nothing_live_the_console_sleeps() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(home.path(), &["console"], &[], (120, 35));
    pty.wait_for("not set up");
    let tick = |pty: &Pty| {
        let before = clock(pty);
        pty.wait("the next second", |screen| {
            let line = screen.contents().lines().next().unwrap_or_default().trim_end().to_owned();
            line.chars().rev().take(9).collect::<String>() != before
        });
    };
    tick(&pty);
    let (start, before, bytes) = (Instant::now(), work(pty.pid()), pty.bytes().len());
    for _ in 0..8 {
        tick(&pty);
    }
    let (after, seconds) = (work(pty.pid()), start.elapsed().as_secs_f64());
    let cpu = (after.0 - before.0) as f64 / seconds;
    let sleeps = (after.1 - before.1) as f64 / seconds;
    figure("processor at rest", format!("{cpu:.2} %"), "0.1 %");
    figure("wake-ups at rest", format!("{sleeps:.1}/s"), "3/s");
    figure(
        "bytes at rest",
        format!("{:.0} B/s", (pty.bytes().len() - bytes) as f64 / seconds),
        "-",
    );
    assert!(cpu <= 5.0, "{cpu:.1} % at rest");
    assert!(sleeps <= 10.0, "{sleeps:.1} wake-ups a second at rest");
    pty.press("q");
    assert!(pty.end().success());
}

// ---- the fleet's size ------------------------------------------------------------------------

fn one_node(at: u64) -> NodeView {
    let state = match at % 50 {
        0 => NodeState::Offline,
        1 => NodeState::Degraded,
        _ => NodeState::Online,
    };
    let labels = format!("site=s{} ring={} rack=r{}", at % 40, at % 3, at % 100);
    let mut node = stage::node(at, &format!("node-{at:05}"), state, &labels);
    node.down_bytes_per_s = at * 7919 % 1_000_003;
    node
}

fn many_nodes(count: u64) -> Vec<NodeView> {
    (1..=count).map(one_node).collect()
}

fn changed(nodes: Vec<NodeView>) -> Batch {
    let mut batch = Batch::default();
    let (revision, at) = (wire::Revision(2), stage::WALL);
    batch.push(Push::Nodes { revision, at, changed: nodes, gone: vec![], complete: false });
    batch
}

/// A console that was told of this many nodes, a thousand at a time.
fn stage_of(count: u64) -> Stage {
    let mut stage = Stage::new(120, 35);
    stage.send(Msg::Link(connected()));
    let at = stage.now.wall;
    stage.send(Msg::Data(Box::new(full(vec![], vec![], at))));
    for from in (1..=count).step_by(1000) {
        let nodes = (from..from + 1000).map(one_node).collect();
        stage.send(Msg::Data(Box::new(changed(nodes))));
    }
    stage.wait(3000);
    stage
}

/// One figure of a fleet of this size.
struct Costs {
    filter: Duration,
    order: Duration,
    frame: Duration,
    key: Duration,
    delta: Duration,
}

fn costs(count: u64) -> Costs {
    let mut stage = stage_of(count);
    let order = shortest(|| {
        stage.press("o");
        let by_rate = timed(|| drop(stage.press("d")));
        stage.press("o s");
        by_rate
    });
    stage.wait(3000);
    let key = shortest(|| timed(|| drop(stage.press("j"))));
    let frame = shortest(|| timed(|| drop(stage.buffer())));
    stage.wait(3000);
    let some = many_nodes(count.min(500));
    let delta = shortest(|| {
        let batch = Msg::Data(Box::new(changed(some.clone())));
        timed(|| drop(stage.send(batch)))
    });
    stage.press("/");
    stage.type_in("site=s1 rtt>20m");
    // The last letter makes the whole filter count.
    let filter = shortest(|| {
        let time = timed(|| drop(stage.type_in("s")));
        stage.press("backspace");
        time
    });
    Costs { filter, order, frame, key, delta }
}

#[test]
fn fifty_thousand_nodes_are_filtered_ordered_and_drawn_at_hand_speed() {
    let (small, large) = (costs(5_000), costs(50_000));
    for (what, small, large, bar) in [
        ("filter", small.filter, large.filter, "30 ms"),
        ("order", small.order, large.order, "50 ms"),
        ("frame", small.frame, large.frame, "4 ms"),
        ("key", small.key, large.key, "16 ms with its frame"),
        ("500 changed rows", small.delta, large.delta, "2 ms"),
    ] {
        let text = format!("{:.2} ms, of 5,000 {:.2} ms", millis(large), millis(small));
        figure(&format!("50,000 nodes, {what}"), text, bar);
    }
    for (what, small, large) in
        [("filter", small.filter, large.filter), ("order", small.order, large.order)]
    {
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        // A square would be a hundred.
        assert!(ratio < 90.0, "ten times the nodes, {ratio:.0} times the {what}");
        assert!(large < Duration::from_secs(3), "{what}: {large:?}");
    }
    // A frame holds what is in sight, and a move changes no order: neither grows with the fleet
    // but by finding the cursor's place.
    for (what, time) in [("frame", large.frame), ("key", large.key)] {
        assert!(time < Duration::from_millis(250), "{what}: {time:?}");
        assert!(time < large.order, "{what} costs as much as putting everything in order");
    }
}

#[test]
fn fifty_thousand_nodes_fit_into_150_megabytes() {
    let pages = || {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap();
        text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = pages();
    let mut stage = stage_of(50_000);
    stage.buffer();
    let grown = pages().saturating_sub(before) * 4096 / 1_000_000;
    figure("memory of 50,000 nodes", format!("{grown} MB"), "150 MB");
    // Tests beside this one may hold such a fleet, too.
    assert!(grown <= 450, "{grown} MB");
    stage.press("j");
}

// ---- a long absence --------------------------------------------------------------------------

#[test]
fn ten_minutes_without_a_server_keep_every_row_and_grow_nothing() {
    let mut stage = Stage::live(120, 35);
    let toasts = stage.text().matches("toasts").count();
    for round in 0..60_u32 {
        stage.send(Msg::Link(LinkNews::Connecting));
        let cause = "connection refused (10.0.0.1:8443)".to_owned();
        stage.send(Msg::Link(LinkNews::Down { cause, next_try: round + 2, wait_ms: 10_000 }));
        for _ in 0..10 {
            stage.wait(1000);
            stage.press("j");
        }
    }
    let text = stage.text();
    for part in ["✕ offline 10m00s", "retry 61", "gw-ber-022", "data 10m"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.matches("toasts").count(), toasts, "an absence is one fact, not sixty");
}
