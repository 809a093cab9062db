//! Which part of the console may know which (console.md §2.1, B20): read from the sources.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(part: &str) -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                into.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui").join(part), &mut found);
    assert!(!found.is_empty(), "{part} has no sources");
    found
}

fn never(parts: &[&str], words: &[&str]) {
    for part in parts {
        for (path, text) in sources(part) {
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap();
                for word in words {
                    assert!(!code.contains(word), "{}:{}: {word}", path.display(), number + 1);
                }
            }
        }
    }
}

#[test]
fn screens_overlays_and_widgets_do_no_io_and_ask_no_clock() {
    never(
        &["screens", "overlays", "widgets", "app", "data"],
        &[
            "tokio",
            "Instant::now",
            "SystemTime",
            "std::fs",
            "std::io",
            "std::net::Tcp",
            "crossterm",
            "tui::net",
            "tui::runner",
            "tui::term",
        ],
    );
    never(&["screens", "overlays", "widgets"], &["tui::effect"]);
}

#[test]
fn data_draws_nothing() {
    never(&["data"], &["ratatui", "tui::screens", "tui::widgets", "tui::theme", "tui::overlays"]);
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    for (path, text) in sources("") {
        let production = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        assert!(production <= 500, "{}: {production}", path.display());
    }
}
