//! `corpus DIR`: the corpus of every parser as libFuzzer's files.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(into) = std::env::args_os().nth(1) else {
        eprintln!("usage: corpus DIR");
        return ExitCode::from(2);
    };
    match fuzz::unpack(Path::new(&into)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&into).display());
            ExitCode::FAILURE
        }
    }
}
