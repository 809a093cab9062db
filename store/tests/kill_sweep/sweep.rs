//! Drives the sweep: enumerate, inject at every boundary, reopen in a fresh process, compare.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::child::{DIR, EXIT_FAILED, EXIT_NOT_OPENED, ROLE};
use crate::trace::{Boundary, CALLS, Enumeration, enumerate};

/// A run takes well under a second; one that hangs is a failure of its own.
const PATIENCE: Duration = Duration::from_secs(60);
/// Threads share sled's work by chance: a boundary that was not reached is tried again.
const TRIES: usize = 3;
const RANDOM_KILLS: usize = 500;

pub(crate) fn run() -> ExitCode {
    if Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_err()
    {
        if std::env::var_os("TUNNELCTL_SKIP_STRACE").is_some() {
            println!(
                "kill sweep: SKIPPED, strace is not installed and TUNNELCTL_SKIP_STRACE is set"
            );
            return ExitCode::SUCCESS;
        }
        println!(
            "kill sweep: strace is missing: apt-get install strace (or set TUNNELCTL_SKIP_STRACE=1)"
        );
        return ExitCode::FAILURE;
    }
    let started = Instant::now();
    let full = std::env::var_os("TUNNELCTL_FULL").is_some();
    let passes = if full { 6 } else { 2 };
    let scenarios = ["fresh", "young", "grown"].map(|name| Scenario::new(name, passes));
    let report = inject_everywhere(&scenarios, full);
    let mut failures = report.failures.clone();
    for scenario in &scenarios {
        failures.extend(scenario.missed_classes(&report.hit));
        scenario.describe();
    }
    if full {
        failures.extend(random_kills(&scenarios[2]));
    }
    for failure in &failures {
        println!("kill sweep: FAILED {failure}");
    }
    let count = |what: &str| failures.iter().filter(|failure| failure.contains(what)).count();
    println!(
        "kill sweep: {} boundaries × {} faults ({} runs, {} calls not reached again), {} lost, {} \
         unopenable, {} otherwise failed, {} s",
        scenarios.iter().map(|scenario| scenario.seen.boundaries.len()).sum::<usize>(),
        faults(full).len(),
        report.runs,
        report.unreached,
        count(LOST),
        count(UNOPENABLE),
        failures.len() - count(LOST) - count(UNOPENABLE),
        started.elapsed().as_secs()
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const LOST: &str = "LOST";
const UNOPENABLE: &str = "UNOPENABLE";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Kill,
    Error(&'static str),
    /// From the boundary on, every further call fails too.
    Lasting(&'static str),
}

impl Fault {
    fn injection(self, boundary: &Boundary) -> String {
        let Boundary { call, nth, .. } = boundary;
        match self {
            Fault::Kill => format!("inject={call}:signal=KILL:when={nth}"),
            Fault::Error(error) => format!("inject={call}:error={error}:when={nth}"),
            Fault::Lasting(error) => format!("inject={call}:error={error}:when={nth}+"),
        }
    }
}

fn faults(full: bool) -> &'static [Fault] {
    const FAULTS: [Fault; 5] = [
        Fault::Kill,
        Fault::Error("EIO"),
        Fault::Error("ENOSPC"),
        Fault::Lasting("EIO"),
        Fault::Lasting("ENOSPC"),
    ];
    if full { &FAULTS } else { &FAULTS[..3] }
}

/// A state of the directory to start from, and what a run on it does.
struct Scenario {
    name: &'static str,
    template: tempfile::TempDir,
    seen: Enumeration,
}

impl Scenario {
    /// Fresh: no store yet. Young: one short run, a single segment. Grown: ten times that, with
    /// segments that sled empties and reuses.
    fn new(name: &'static str, passes: usize) -> Self {
        let template = tempfile::tempdir().unwrap();
        if name != "fresh" {
            let role = if name == "young" { "work" } else { "grow" };
            let run = finish(spawn(command(role, template.path())));
            assert!(run.status.success(), "{run:?}");
        }
        let mut seen: Option<Enumeration> = None;
        for _ in 0..passes {
            let dir = copy(template.path());
            let log = tempfile::NamedTempFile::new().unwrap();
            let run = finish(spawn(traced("work", dir.path(), log.path(), &[])));
            assert!(run.status.success(), "an undisturbed run: {run:?}");
            let trace = std::fs::read_to_string(log.path()).unwrap();
            let pass = enumerate(&trace, &dir.path().canonicalize().unwrap());
            seen = Some(match seen {
                Some(seen) => seen.joined(pass),
                None => pass,
            });
        }
        let seen = seen.unwrap();
        // Each batch that is committed alone waits for a barrier of its own.
        let barriers = seen.boundaries.iter().filter(|boundary| boundary.call == "fdatasync");
        assert!(barriers.count() >= 12, "acknowledged without fdatasync: {:?}", seen.boundaries);
        assert!(seen.boundaries.len() > 30, "strace saw too little: {:?}", seen.boundaries);
        Self { name, template, seen }
    }

    /// Every class of calls was hit by every fault at least once.
    fn missed_classes(&self, hit: &BTreeSet<Hit>) -> Vec<String> {
        let mut missed = Vec::new();
        for class in self.seen.threads.keys() {
            for fault in faults(false) {
                if !hit.contains(&(self.name, class.clone(), *fault)) {
                    missed.push(format!("{} {class:?}: {fault:?} hit nothing", self.name));
                }
            }
        }
        missed
    }

    fn describe(&self) {
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for boundary in &self.seen.boundaries {
            *counts.entry(boundary.class()).or_default() += 1;
        }
        for (class, count) in counts {
            let threads: Vec<&str> = self.seen.threads[&class].iter().map(String::as_str).collect();
            println!(
                "  {} {:<16} {:<20} {count:>3}  {}",
                self.name,
                class.0,
                class.1,
                threads.join(", ")
            );
        }
    }
}

type Hit = (&'static str, (String, String), Fault);

#[derive(Default)]
struct Report {
    hit: BTreeSet<Hit>,
    failures: Vec<String>,
    unreached: usize,
    runs: usize,
}

fn inject_everywhere(scenarios: &[Scenario], full: bool) -> Report {
    let mut jobs = Vec::new();
    for scenario in scenarios {
        for boundary in &scenario.seen.boundaries {
            jobs.extend(faults(full).iter().map(|fault| (scenario, boundary, *fault)));
        }
    }
    let jobs = Mutex::new(jobs);
    let report = Mutex::new(Report::default());
    let workers = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some((scenario, boundary, fault)) = jobs.lock().unwrap().pop() else {
                        break;
                    };
                    let outcome = try_one(scenario, boundary, fault);
                    let mut report = report.lock().unwrap();
                    report.runs += 1;
                    match outcome {
                        Ok(true) => {
                            report.hit.insert((scenario.name, boundary.class(), fault));
                        }
                        Ok(false) => report.unreached += 1,
                        Err(what) => {
                            let name = scenario.name;
                            report.failures.push(format!("{name} {boundary:?} {fault:?}: {what}"));
                        }
                    }
                }
            });
        }
    });
    report.into_inner().unwrap()
}

/// Whether the fault struck; an error if the store did not bear it.
fn try_one(scenario: &Scenario, boundary: &Boundary, fault: Fault) -> Result<bool, String> {
    for _ in 0..TRIES {
        let dir = copy(scenario.template.path());
        let log = tempfile::NamedTempFile::new().unwrap();
        let target = match boundary.path.as_str() {
            "" => dir.path().to_owned(),
            path => dir.path().join(path),
        };
        let inject = ["-P", target.to_str().unwrap(), "-e", &fault.injection(boundary)];
        let run = finish(spawn(traced("work", dir.path(), log.path(), &inject)));
        let struck = match fault {
            Fault::Kill => run.status.signal() == Some(9),
            _ => std::fs::read_to_string(log.path()).unwrap().contains("(INJECTED)"),
        };
        check_run(&run, boundary, fault, struck)?;
        check_remains(dir.path(), &run)?;
        if struck {
            return Ok(true);
        }
    }
    Ok(false)
}

fn check_run(run: &Run, boundary: &Boundary, fault: Fault, struck: bool) -> Result<(), String> {
    if run.late {
        return Err(format!("it hung: {run:?}"));
    }
    let known = [0, EXIT_NOT_OPENED, EXIT_FAILED].map(i32::from);
    if fault != Fault::Kill && !run.status.code().is_some_and(|code| known.contains(&code)) {
        return Err(format!("it ended badly: {run:?}"));
    }
    let refused = run.lines.iter().position(|line| line.starts_with("nak "));
    if let Some(refused) = refused
        && run.lines[refused..].iter().any(|line| line.starts_with("ack "))
    {
        return Err(format!("an acknowledgement after the failure: {run:?}"));
    }
    // Only the store's own barrier: sled's other calls may fail after the last commit, unseen.
    if struck && fault != Fault::Kill && boundary.call == "fdatasync" && run.status.success() {
        return Err(format!("a failed fdatasync went unnoticed: {run:?}"));
    }
    Ok(())
}

/// A fresh process opens the store without help and finds every acknowledged batch.
fn check_remains(dir: &Path, run: &Run) -> Result<(), String> {
    let judged = finish(spawn(command("judge", dir)));
    let state = judged.number("state ");
    match state {
        _ if judged.status.code() == Some(i32::from(EXIT_NOT_OPENED)) || judged.late => {
            Err(format!("{UNOPENABLE}: {judged:?}"))
        }
        Some(state) if state < run.acknowledged() => {
            Err(format!("{LOST}: batch {} of which {state} remain", run.acknowledged()))
        }
        _ if !judged.status.success() => Err(format!("{LOST}: {judged:?}")),
        _ => Ok(()),
    }
}

/// SIGKILL at any instant, not only at a boundary, on one store that lives through all of them.
fn random_kills(scenario: &Scenario) -> Vec<String> {
    let dir = copy(scenario.template.path());
    let mut failures = Vec::new();
    for round in 0..RANDOM_KILLS {
        let mut child = spawn(command("endless", dir.path()));
        let pause = Duration::from_micros(random() % 60_000);
        std::thread::park_timeout(pause);
        child.kill().unwrap();
        let run = finish(child);
        if let Err(what) = check_remains(dir.path(), &run) {
            failures.push(format!("random kill {round}: {what}"));
        }
    }
    println!("kill sweep: {RANDOM_KILLS} random kills");
    failures
}

fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

fn command(role: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, role).env(DIR, dir.canonicalize().unwrap());
    command
}

fn traced(role: &str, dir: &Path, log: &Path, inject: &[&str]) -> Command {
    let mut command = Command::new("strace");
    // Not --seccomp-bpf: with it strace 6.1 silently leaves injected signals out.
    command.args(["-f", "-qq", "-Y", "-y", "-e"]);
    command.arg(format!("trace={CALLS}")).arg("-o").arg(log).args(inject);
    command.arg(std::env::current_exe().unwrap());
    command.env(ROLE, role).env(DIR, dir.canonicalize().unwrap());
    command
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that a run that hangs ends together with what strace holds.
    command.process_group(0).spawn().unwrap()
}

/// What a process said and how it ended.
#[derive(Debug)]
struct Run {
    status: ExitStatus,
    lines: Vec<String>,
    #[allow(dead_code)] // Shown when the run is printed.
    stderr: String,
    late: bool,
}

impl Run {
    fn acknowledged(&self) -> u64 {
        let acknowledged = self.lines.iter().filter_map(|line| line.strip_prefix("ack "));
        let opened = self.number("open ").unwrap_or(0);
        acknowledged.filter_map(|number| number.parse().ok()).max().unwrap_or(0).max(opened)
    }

    fn number(&self, word: &str) -> Option<u64> {
        self.lines.iter().rev().find_map(|line| line.strip_prefix(word)?.parse().ok())
    }
}

fn finish(mut child: Child) -> Run {
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut errors = child.stderr.take().unwrap();
    let group = rustix::process::Pid::from_child(&child);
    let (done, end) = channel();
    std::thread::scope(|scope| {
        let lines = scope.spawn(move || {
            let lines: Vec<String> = stdout.lines().map_while(Result::ok).collect();
            let _ = done.send(());
            lines
        });
        let stderr = scope.spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let late = end.recv_timeout(PATIENCE).is_err();
        if late {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let status = child.wait().unwrap();
        Run { status, lines: lines.join().unwrap(), stderr: stderr.join().unwrap(), late }
    })
}

fn copy(template: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy_into(template, dir.path());
    dir
}

fn copy_into(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_into(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
