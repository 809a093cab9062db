//! Seeded mutations for every parser. One file without dependencies: the tests of each crate take it
//! in with `#[path]`, so that no crate has to depend on another for it.
//!
//! A parser runs in a process of its own, with bounded memory and processor time: a panic, an
//! allocation beyond the bound, a stack that overflows and a loop all end that process, and the input
//! that did it is printed in the form in which the corpus keeps it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "part of tests: a failed step is the test's failure, and not every test uses every part"
)]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Inputs per parser.
const FEW: u64 = 1_500;
/// The same with TUNNELCTL_FULL=1.
const MANY: u64 = 1_000_000;
/// Where all runs begin unless TUNNELCTL_SEED says otherwise (and TUNNELCTL_INPUTS how many), so that a failure is one everywhere.
const SEED: u64 = 0x7475_6e6e_656c_6374;
/// What one input may take at most, in a build without optimisation on a loaded machine.
const LONGEST: Duration = Duration::from_millis(250);
/// Address space of a parser's process, and how much of it may be added while it parses.
const MEMORY_KIB: u64 = 768 * 1024;
const GROWTH_KIB: u64 = 48 * 1024;
/// Which parser a process is for, and where it says what it is about to parse.
const ROLE: &str = "TUNNELCTL_FUZZ";
const CURRENT: &str = "TUNNELCTL_FUZZ_CURRENT";

/// A parser under test.
pub(crate) struct Parser {
    /// Folder of its corpus below `testbed/fuzz/corpus`.
    pub(crate) name: &'static str,
    /// Longest input that is tried.
    pub(crate) longest: usize,
    /// Valid inputs that are made, not kept.
    pub(crate) seeds: Vec<Vec<u8>>,
}

/// A parser, and what must hold of whatever it reads.
pub(crate) type Case = (Parser, Box<dyn FnMut(&[u8])>);

impl Parser {
    pub(crate) fn new(name: &'static str, longest: usize) -> Self {
        Self { name, longest, seeds: Vec::new() }
    }

    pub(crate) fn with(mut self, seeds: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.seeds.extend(seeds);
        self
    }

    /// For properties that more than one program tries: the tests here, and the targets of cargo-fuzz.
    pub(crate) fn holds(self, parse: impl FnMut(&[u8]) + 'static) -> Case {
        (self, Box::new(parse))
    }

    /// Valid inputs: what is made, and what is kept.
    pub(crate) fn corpus(&self) -> Vec<Vec<u8>> {
        let mut corpus = self.seeds.clone();
        corpus.extend(kept(&folder().join(self.name)));
        assert!(!corpus.is_empty(), "{}: an empty corpus", self.name);
        corpus
    }

    /// Feeds `parse` the corpus as it is, and then mutated. `parse` panics if anything is wrong with
    /// what it read. Must be called from a test function of its own, as `survives(|input| …)`.
    pub(crate) fn survives<F: FnMut(&[u8])>(self, parse: F) {
        match std::env::var(ROLE) {
            Ok(role) if role == self.name => self.work(parse),
            Ok(_) => {}
            Err(_) => self.watch(&test_of::<F>()),
        }
    }

    /// Runs the same test in a process of its own and judges how that ended.
    fn watch(&self, test: &str) {
        let dir = scratch(self.name);
        let current = dir.join("current");
        // A processor's time, not a clock's: other tests run beside this one.
        let is_long = is_full() || number("TUNNELCTL_INPUTS").is_some();
        let seconds = if is_long { 7200 } else { 120 };
        let script = format!("ulimit -v {MEMORY_KIB} && ulimit -t {seconds} && exec \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh"]).arg(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
        command.env(ROLE, self.name).env(CURRENT, &current).env("MALLOC_ARENA_MAX", "1");
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        let output = command.output().expect("a shell");
        let input = std::fs::read(&current);
        std::fs::remove_dir_all(&dir).expect("the scratch directory goes");
        let said = String::from_utf8_lossy(&output.stdout);
        match said.split_once("survived ").and_then(|(_, line)| line.lines().next()) {
            Some(line) if output.status.success() => println!("{}: survived {line}", self.name),
            _ => panic!("{}", self.report(&output, input.as_deref().unwrap_or_default())),
        }
    }

    fn report(&self, output: &Output, input: &[u8]) -> String {
        format!(
            "{name}: {status}\n{said}\n{error}\nthe input, {length} bytes: {shown:?}\n\
             to keep it: a file NAME.hex in testbed/fuzz/corpus/{name} with\n{hex}",
            name = self.name,
            status = output.status,
            said = tail(&output.stdout),
            error = tail(&output.stderr),
            length = input.len(),
            shown = String::from_utf8_lossy(input),
            hex = to_hex(input),
        )
    }

    /// What the process of its own does.
    fn work(self, mut parse: impl FnMut(&[u8])) {
        let corpus = self.corpus();
        let path = std::env::var_os(CURRENT).expect("where to say what is parsed");
        let current = File::create(path).unwrap();
        // What is made once, tables and the like, is there before anything is measured.
        for input in &corpus {
            timed(&current, input, &mut parse);
        }
        bound_memory();
        for input in &corpus {
            timed(&current, input, &mut parse);
        }
        let seed = number("TUNNELCTL_SEED").unwrap_or(SEED);
        let mut mutator = Mutator::new(seed, self.longest);
        let begun = Instant::now();
        let count = number("TUNNELCTL_INPUTS").unwrap_or(if is_full() { MANY } else { FEW });
        for _ in 0..count {
            let input = mutator.next(&corpus);
            timed(&current, &input, &mut parse);
        }
        println!(
            "survived {} inputs as they are and {count} mutated, {:.1?}, seed {seed}",
            corpus.len(),
            begun.elapsed(),
        );
    }
}

/// Parses one input within its time. One that took longer gets two more chances: the machine may
/// have been elsewhere.
fn timed(current: &File, input: &[u8], parse: &mut impl FnMut(&[u8])) {
    current.set_len(input.len() as u64).unwrap();
    current.write_all_at(input, 0).unwrap();
    for _ in 0..3 {
        let begun = Instant::now();
        parse(input);
        if begun.elapsed() <= LONGEST {
            return;
        }
    }
    panic!("takes longer than {LONGEST:?}");
}

/// Bounds what this process may add to its memory from here on.
fn bound_memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let size = size.and_then(|size| size.trim().strip_suffix(" kB")).unwrap();
    let bytes = (size.trim().parse::<u64>().unwrap() + GROWTH_KIB) * 1024;
    let pid = std::process::id().to_string();
    let done = Command::new("prlimit").args(["--pid", &pid, &format!("--as={bytes}")]).status();
    assert!(done.expect("prlimit, of util-linux").success());
}

/// A source of random numbers that says the same on every machine (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Numbers at which parsers go wrong, of every width.
const EDGES: [u64; 20] = [
    0,
    1,
    0x17,
    0x18,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX - 1,
    u64::MAX,
];
/// Heads of CBOR and DER items, and characters that mean something in our texts.
const MARKS: &[u8] = b"\x00\x18\x1a\x1b\x30\x31\x40\x5a\x5b\x5f\x60\x7b\x7f\x80\x81\x83\x84\x9b\x9f\xa0\xbb\xbf\xc0\xd9\xf6\xf7\xf9\xfb\xff\r\n \t\":,.-+/*[]{}()#=%@\\'";
/// Texts of no use.
const WORDS: [&str; 12] = [
    "\r\n\r\n",
    "\u{202e}",
    "\u{1b}]52;c;",
    "\u{e9}",
    "\u{1f600}",
    "::ffff:127.0.0.1",
    "99999999999999999999",
    "-0",
    "0x7f.1",
    "localhost.",
    "[[[[[[[[",
    "/33",
];

/// Makes inputs out of a corpus.
#[derive(Debug)]
pub(crate) struct Mutator {
    random: Random,
    longest: usize,
}

impl Mutator {
    pub(crate) const fn new(seed: u64, longest: usize) -> Self {
        Self { random: Random::new(seed), longest }
    }

    /// One of the corpus with one to eight mutations; rarely noise.
    pub(crate) fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = match self.random.below(50) {
            0 => (0..self.random.below(200)).map(|_| self.random.next() as u8).collect(),
            _ => self.random.pick(corpus).clone(),
        };
        for _ in 0..=self.random.below(8) {
            self.mutate(&mut input, corpus);
        }
        input.truncate(self.longest);
        input
    }

    fn mutate(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.random.below(input.len() + 1);
        let span = self.span(input, at);
        match self.random.below(12) {
            0 => self.flip(input),
            1 => self.set(input),
            2 => input.insert(at, self.random.next() as u8),
            3 => input.insert(at, *self.random.pick(MARKS)),
            4 => drop(input.drain(span)),
            5 => input.truncate(at),
            6 => self.repeat(input, span),
            7 => self.splice(input, at, corpus),
            8 => self.edge(input, at),
            9 => self.swap(input, span),
            10 => {
                let word = self.random.pick(&WORDS).as_bytes();
                input.splice(at..at, word.iter().copied());
            }
            _ => self.digits(input),
        }
    }

    fn span(&mut self, input: &[u8], at: usize) -> std::ops::Range<usize> {
        at..at + self.random.below((input.len() - at).min(64) + 1)
    }

    fn flip(&mut self, input: &mut [u8]) {
        let (at, bit) = (self.random.below(input.len()), self.random.below(8));
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn set(&mut self, input: &mut [u8]) {
        let at = self.random.below(input.len());
        let byte = if self.random.below(2) == 0 {
            *self.random.pick(MARKS)
        } else {
            self.random.next() as u8
        };
        if let Some(place) = input.get_mut(at) {
            *place = byte;
        }
    }

    /// Writes a piece again and again behind itself, mostly a few times.
    fn repeat(&mut self, input: &mut Vec<u8>, span: std::ops::Range<usize>) {
        let times = if self.random.below(10) == 0 {
            1 + self.random.below(4096)
        } else {
            1 + self.random.below(6)
        };
        let piece = input[span.clone()].to_vec();
        let room = self.longest.saturating_sub(input.len());
        let more: Vec<u8> =
            piece.iter().copied().cycle().take((piece.len() * times).min(room)).collect();
        input.splice(span.end..span.end, more);
    }

    /// The front of this one and the back of another.
    fn splice(&mut self, input: &mut Vec<u8>, at: usize, corpus: &[Vec<u8>]) {
        let other = self.random.pick(corpus);
        let from = self.random.below(other.len() + 1);
        input.truncate(at);
        input.extend_from_slice(&other[from..]);
    }

    /// A number at which parsers go wrong, over what is there or in front of it.
    fn edge(&mut self, input: &mut Vec<u8>, at: usize) {
        let value = *self.random.pick(&EDGES);
        let width = 1usize << self.random.below(4);
        let bytes = match self.random.below(2) {
            0 => value.to_be_bytes()[8 - width..].to_vec(),
            _ => value.to_le_bytes()[..width].to_vec(),
        };
        let end = if self.random.below(3) == 0 { at } else { (at + width).min(input.len()) };
        input.splice(at..end, bytes);
    }

    fn swap(&mut self, input: &mut Vec<u8>, span: std::ops::Range<usize>) {
        let piece: Vec<u8> = input.drain(span).collect();
        let at = self.random.below(input.len() + 1);
        input.splice(at..at, piece);
    }

    /// Another number in the place of one written in digits.
    fn digits(&mut self, input: &mut Vec<u8>) {
        // Where a number begins, not a digit inside of a word or a hash.
        let begins = |at: &usize| {
            let before = at.checked_sub(1).map_or(b' ', |before| input[before]);
            input[*at].is_ascii_digit() && !before.is_ascii_alphanumeric()
        };
        let starts: Vec<usize> = (0..input.len()).filter(begins).collect();
        if starts.is_empty() {
            return;
        }
        let start = *self.random.pick(&starts);
        let length = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = self.random.pick(&EDGES).to_string();
        input.splice(start..start + length, number.into_bytes());
    }
}

/// A number that somebody who runs the tests asked for.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn is_full() -> bool {
    std::env::var_os("TUNNELCTL_FULL").is_some()
}

/// Whether the inputs are those of the tests, the same in every run.
pub(crate) fn is_seeded() -> bool {
    std::env::var_os(ROLE).is_some()
}

/// The name of the test that a closure stands in.
fn test_of<F>() -> String {
    let name = std::any::type_name::<F>();
    let name = name.split_once("::").map_or(name, |(_, rest)| rest);
    name.split("::{{closure}}").next().unwrap_or(name).to_owned()
}

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("tunnelctl-fuzz-{name}-{}", std::process::id()));
    std::fs::create_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    dir
}

/// A folder of the workspace, whose crate this is part of.
pub(crate) fn within(folder: &str) -> PathBuf {
    let mut dirs = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = dirs.find(|dir| dir.join("testbed/fuzz").is_dir());
    root.expect("the workspace").join(folder)
}

/// Where the corpora are.
pub(crate) fn folder() -> PathBuf {
    within("testbed/fuzz/corpus")
}

/// The inputs kept in a folder, in the order of their names: `.hex` in hexadecimal, others as they are.
pub(crate) fn kept(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        if path.extension().is_some_and(|kind| kind == "hex") { from_hex(&bytes) } else { bytes }
    };
    paths.iter().map(read).collect()
}

pub(crate) fn from_hex(text: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.chunks(2).map(byte).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    let line = |line: &[u8]| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    bytes.chunks(48).map(line).collect::<Vec<_>>().join("\n")
}

fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
