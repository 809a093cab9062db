//! How a run ends: the exit codes of the contract (the only place with their numbers) and the
//! failure that carries one, with its sentence and its hint.
//!
//! Does not print; `cli::report` does.

mod from;

use std::fmt;
use wire::RequestId;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done, or already so.
    Ok,
    /// Anything without a code of its own.
    Failed,
    /// Arguments, configuration syntax, no terminal for a question.
    Usage,
    /// No such object or file.
    NotFound,
    /// Not logged in, or expired.
    Auth,
    /// Logged in, but role, rule or target says no.
    Denied,
    /// The node is known and not connected.
    NodeOffline,
    /// Something did not happen in time.
    Timeout,
    /// Some objects of several failed.
    Partial,
    /// The server cannot be reached, or is too old or too new.
    Server,
    /// A predicate is false, a dry run would change something, a chain is broken.
    Differs,
    /// Exists, stale, or held by another.
    Conflict,
    /// `--exec`: we failed before the program ran.
    ExecFailed,
    /// `--exec`: the program could not be run.
    ExecDenied,
    /// `--exec`: the program was not found.
    ExecMissing,
    /// Ended by a signal.
    Signal(u8),
    /// The code of a program that ran for us.
    Child(u8),
}

impl Exit {
    /// Every code with a number of its own, for `help exit-codes` and tests.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Ok, "done; also \"already so\""),
        (Self::Failed, "anything not below"),
        (Self::Usage, "arguments, config syntax, loose file modes, missing TTY for a prompt"),
        (Self::NotFound, "no such object or file"),
        (Self::Auth, "not logged in, or expired"),
        (Self::Denied, "logged in but role, rule or target says no"),
        (Self::NodeOffline, "node known, not connected"),
        (Self::Timeout, "--timeout, or a wait that was not met"),
        (Self::Partial, "several objects: some failed; details in the output"),
        (Self::Server, "cannot reach the server, or it is too old or too new"),
        (Self::Differs, "predicate false; --dry-run --exit-code; audit verify found a break"),
        (Self::Conflict, "exists, stale version, in use by another"),
        (Self::ExecFailed, "forward --exec: own failure"),
        (Self::ExecDenied, "forward --exec: the program could not be run"),
        (Self::ExecMissing, "forward --exec: the program was not found"),
        (Self::Signal(2), "128+n: ended by signal n; 130 after Ctrl-C"),
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Auth => 4,
            Self::Denied => 5,
            Self::NodeOffline => 6,
            Self::Timeout => 7,
            Self::Partial => 8,
            Self::Server => 9,
            Self::Differs => 10,
            Self::Conflict => 11,
            Self::ExecFailed => 125,
            Self::ExecDenied => 126,
            Self::ExecMissing => 127,
            Self::Signal(number) => 128u8.saturating_add(number),
            Self::Child(code) => code,
        }
    }

    /// The contract's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Auth => "auth",
            Self::Denied => "denied",
            Self::NodeOffline => "node_offline",
            Self::Timeout => "timeout",
            Self::Partial => "partial",
            Self::Server => "server",
            Self::Differs => "differs",
            Self::Conflict => "conflict",
            Self::ExecFailed | Self::ExecDenied | Self::ExecMissing => "exec",
            Self::Signal(_) => "signal",
            Self::Child(_) => "child",
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A run that did not do what was asked: what failed, why, what to do next.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// The word for scripts; the exit code's unless something else is more exact.
    pub code: &'static str,
    /// What failed, with the object, and why.
    pub message: String,
    /// The next step, preferably a command. Several lines are allowed.
    pub hint: Option<String>,
    /// Names this run in logs.
    pub request: RequestId,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Nothing is printed: the reader of our output has gone.
    pub silent: bool,
}

/// What a command returns.
pub type Result<T = Exit> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            code: exit.as_str(),
            message: message.into(),
            hint: None,
            request: request_id(),
            retryable: matches!(exit, Exit::NodeOffline | Exit::Timeout | Exit::Server),
            silent: false,
        }
    }

    /// Wrong arguments or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The reader of our output has gone: end quietly with 0.
    pub fn closed_pipe() -> Self {
        Self { silent: true, ..Self::new(Exit::Ok, "") }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a next step, if it has none yet.
    #[must_use]
    pub fn or_hint(mut self, hint: &str) -> Self {
        self.hint.get_or_insert_with(|| hint.to_owned());
        self
    }

    /// The same, and trying again cannot help.
    #[must_use]
    pub const fn permanent(mut self) -> Self {
        self.retryable = false;
        self
    }

    /// The same with another exit code, keeping the word.
    #[must_use]
    pub const fn exiting(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// One id per process: errors and log lines of a run share it.
pub fn request_id() -> RequestId {
    static ID: std::sync::OnceLock<RequestId> = std::sync::OnceLock::new();
    *ID.get_or_init(|| RequestId::from_random(random()))
}

/// 64 random bits; zero on a machine without randomness, where an id is the least of its troubles.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_contract() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|(exit, _)| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 125, 126, 127, 130]);
        assert_eq!(Exit::Signal(15).code(), 143);
        assert_eq!(Exit::Child(42).code(), 42);
    }
}
