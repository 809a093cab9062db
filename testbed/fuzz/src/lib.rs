//! The parsers that strangers reach, for cargo-fuzz: `target!` makes a target of one. Where there is no
//! libFuzzer the same program replays inputs. What must hold is said in `parsers/`, for the seeded
//! mutations of the tests as well.

#[path = "../harness.rs"]
mod harness;
#[path = "../parsers/lanes.rs"]
mod lanes;
#[path = "../parsers/messages.rs"]
mod messages;
#[path = "../parsers/owners.rs"]
mod owners;
#[path = "../parsers/proofs.rs"]
mod proofs;
#[path = "../../../wire/tests/samples/mod.rs"]
mod samples;

use harness::Case;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Every parser that has a target.
const CASES: [fn() -> Case; 16] = [
    messages::agents,
    messages::operators,
    messages::bare,
    messages::frames,
    messages::payload,
    messages::names,
    messages::text,
    messages::audit_lines,
    proofs::requests,
    proofs::leaves,
    proofs::identities,
    proofs::tokens,
    proofs::pem_texts,
    owners::agent_toml,
    owners::allowlists,
    lanes::frames,
];

/// Makes a program the target of the parser of this name: one of libFuzzer, or one that replays.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::feed($name, input));
        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            $crate::replay($name)
        }
    };
}

/// Feeds a parser one input; it panics if anything is wrong with what it read.
pub fn feed(name: &str, input: &[u8]) {
    thread_local! {
        static CASE: RefCell<Option<Case>> = const { RefCell::new(None) };
    }
    CASE.with_borrow_mut(|kept| {
        let (parser, parse) = kept.get_or_insert_with(|| case(name));
        // Longer ones never reach it.
        parse(&input[..input.len().min(parser.longest)]);
    });
}

/// Feeds a parser the files of the command line, as they are; without any its corpus.
pub fn replay(name: &str) -> ExitCode {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let inputs = if files.is_empty() { case(name).0.corpus() } else { read(&files) };
    inputs.iter().for_each(|input| feed(name, input));
    println!("{name}: {} inputs", inputs.len());
    ExitCode::SUCCESS
}

/// Writes the corpus of every parser as libFuzzer wants it: a folder of each, a file of each input.
///
/// # Errors
/// A folder or a file cannot be written.
pub fn unpack(into: &Path) -> std::io::Result<()> {
    for (parser, _) in CASES.map(|case| case()) {
        let folder = into.join(parser.name);
        std::fs::create_dir_all(&folder)?;
        let corpus = parser.corpus();
        for (number, input) in corpus.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), input)?;
        }
        println!("{}: {} inputs", folder.display(), corpus.len());
    }
    Ok(())
}

fn case(name: &str) -> Case {
    let found = CASES.iter().map(|case| case()).find(|(parser, _)| parser.name == name);
    found.unwrap_or_else(|| panic!("{name}: no parser is called so"))
}

/// Files as they are, and those of the corpus as the corpus has them.
fn read(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let is_hex = path.extension() == Some(OsStr::new("hex"));
        if is_hex { harness::from_hex(&bytes) } else { bytes }
    };
    files.iter().map(read).collect()
}
