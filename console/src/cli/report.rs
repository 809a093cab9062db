//! How a failed run is told: three parts for people, one JSON object for scripts. Also the logs.

use crate::cli::global::Format;
use crate::cli::out::{API_VERSION, warn};
use crate::ctx::Settings;
use crate::exit::{Exit, Failure, Result};
use link::telemetry::{Guard, Sink, install};
use serde_json::json;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use wire::SafeText;

/// Prints the failure to stderr and returns how the process ends.
pub fn failure(failure: &Failure, args: &[OsString]) -> Exit {
    if failure.silent {
        return failure.exit;
    }
    if wants_json(args) {
        let error = json!({
            "api_version": API_VERSION,
            "kind": "Error",
            "code": failure.code,
            "exit": failure.exit.code(),
            "message": failure.message,
            "hint": failure.hint,
            "request_id": failure.request,
            "retryable": failure.retryable,
        });
        warn(&error.to_string());
    } else {
        warn(&text(failure));
    }
    failure.exit
}

fn text(failure: &Failure) -> String {
    let safe = |line: &str| SafeText::bounded(line, 1024).to_string();
    let mut lines = vec![format!("error: {}", safe(&failure.message))];
    for (at, line) in failure.hint.iter().flat_map(|hint| hint.lines()).take(3).enumerate() {
        let word = if at == 0 { "hint" } else { "    " };
        lines.push(format!("  {word}   {}", safe(line)));
    }
    lines.push(format!(
        "  id     {:<42}[exit {}]",
        failure.request.to_string(),
        failure.exit.code()
    ));
    lines.join("\n")
}

/// The arguments may be what is wrong, so the format is found without the parser.
fn wants_json(args: &[OsString]) -> bool {
    let words: Vec<&str> = args.iter().skip(1).filter_map(|arg| arg.to_str()).collect();
    let before = words.iter().position(|w| *w == "--").unwrap_or(words.len());
    let words = &words[..before];
    let attached = |word: &str| {
        let value = word
            .strip_prefix("--output=")
            .or_else(|| word.strip_prefix("-o").map(|v| v.strip_prefix('=').unwrap_or(v)));
        value.filter(|v| !v.is_empty()).map(str::to_owned)
    };
    let flag = words.iter().enumerate().find_map(|(at, word)| match *word {
        "-o" | "--output" => words.get(at + 1).map(|v| (*v).to_owned()),
        other => attached(other),
    });
    let value = flag.or_else(|| std::env::var("TUNNELCTL_OUTPUT").ok());
    let format = value.and_then(|v| Format::from_str(&v).ok());
    matches!(format, Some(Format::Json | Format::Jsonl | Format::Yaml))
}

/// Starts the logs that `-v`, `--log-file` or `TUNNELCTL_LOG` ask for. What runs for long (`kept`)
/// logs in any case: into a directory of daily files, or to stderr.
///
/// # Errors
/// The filter, the file or the directory is not usable.
pub fn logging(settings: &Settings, kept: Option<Option<PathBuf>>) -> Result<Option<Guard>> {
    let filter = match (settings.log.value.as_deref(), &kept) {
        (Some(filter), _) => filter,
        (None, Some(_)) if settings.flags.quiet => "warn",
        (None, Some(_)) => "info",
        (None, None) => return Ok(None),
    };
    let sink = match (&settings.flags.log_file, kept.flatten()) {
        (Some(file), _) => Sink::File(file.clone()),
        (None, Some(dir)) => Sink::Dir(dir),
        (None, None) => Sink::Stderr,
    };
    let guard = install(&sink, filter, false, "tunnelctl")
        .map_err(|error| Failure::usage(format!("logging: {error}")))?;
    tracing::debug!(request = %crate::exit::request_id(), "started");
    Ok(Some(guard))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_of_errors_is_found_without_the_parser() {
        let json = |words: &[&str]| {
            let args: Vec<OsString> =
                ["tunnelctl"].iter().chain(words).map(OsString::from).collect();
            wants_json(&args)
        };
        assert!(json(&["nodes", "list", "-o", "json"]));
        assert!(json(&["--output=yaml", "nodse"]));
        assert!(json(&["-ojsonl"]));
        assert!(!json(&["-o", "table"]));
        assert!(!json(&["forward", "a", "1", "--exec", "x", "--", "-o", "json"]));
    }

    #[test]
    fn a_failure_has_at_most_six_lines_and_ends_with_its_code() {
        let failure = Failure::usage("no").hint("1\n2\n3\n4\n5");
        let text = text(&failure);
        assert_eq!(text.lines().count(), 5);
        assert!(text.ends_with("[exit 2]"), "{text}");
    }
}
