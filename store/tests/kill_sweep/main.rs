//! The kill sweep: at every write, sync, rename, unlink and open the store makes, the process is killed,
//! or the call fails with EIO or ENOSPC; afterwards the store opens by itself and nothing acknowledged
//! is missing. The test starts itself again, under strace, as the process that suffers.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.
#![allow(clippy::print_stdout)] // Without the test harness the result is ours to print.

mod child;
mod sweep;
mod trace;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Ok(role) = std::env::var(child::ROLE) {
        return child::run(&role);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ignored_only = arguments.iter().any(|argument| argument == "--ignored");
    if arguments.iter().any(|argument| argument == "--list") {
        if !ignored_only {
            println!("kill_sweep: test");
        }
        return ExitCode::SUCCESS;
    }
    let filters: Vec<&String> =
        arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let chosen = filters.is_empty() || filters.iter().any(|filter| "kill_sweep".contains(*filter));
    if ignored_only || !chosen {
        return ExitCode::SUCCESS;
    }
    sweep::run()
}
