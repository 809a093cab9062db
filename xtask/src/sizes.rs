//! How large files and functions are. Tests do not count. Relies on rustfmt: a function ends at the
//! brace that stands as far in as its first line.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const UNEASY_FILE: usize = 350;
const MAX_FILE: usize = 500;
const MAX_FUNCTION: usize = 60;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Sizes {
    /// To look at.
    pub(crate) notes: Vec<String>,
    /// To repair.
    pub(crate) faults: Vec<String>,
}

/// Measures every production file under `root`.
pub(crate) fn measure(root: &Path) -> Result<Sizes> {
    let mut sizes = Sizes::default();
    for path in production_files(root)? {
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        judge(&shown, &text, &mut sizes);
    }
    Ok(sizes)
}

fn judge(shown: &str, text: &str, sizes: &mut Sizes) {
    let lines: Vec<_> = production(text).collect();
    match lines.len() {
        count if count > MAX_FILE => {
            sizes.faults.push(format!("{shown}: {count} lines, at most {MAX_FILE}"));
        }
        count if count > UNEASY_FILE => sizes.notes.push(format!("{shown}: {count} lines")),
        _ => {}
    }
    for (at, name, count) in functions(&lines) {
        if count > MAX_FUNCTION {
            sizes.notes.push(format!(
                "{shown}:{at}: fn {name} has {count} lines, aim for less than {MAX_FUNCTION}"
            ));
        }
    }
}

fn production_files(root: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut waiting) = (Vec::new(), vec![root.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_test = matches!(&*name, "tests" | "tests.rs" | "target" | "snapshots");
            if is_test || name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The lines up to the tests, which come last.
fn production(text: &str) -> impl Iterator<Item = &str> {
    let mut lines = text.lines().peekable();
    std::iter::from_fn(move || {
        let line = lines.next()?;
        let tests = line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.ends_with('{'));
        (!tests).then_some(line)
    })
}

/// Line number, name and length of each function.
fn functions<'a>(lines: &[&'a str]) -> Vec<(usize, &'a str, usize)> {
    let starts = lines.iter().enumerate().filter_map(|(at, line)| Some((at, name_of(line)?)));
    starts.filter_map(|(at, name)| Some((at + 1, name, length(&lines[at..])?))).collect()
}

/// The name, if a function begins on this line.
fn name_of(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let qualifier = |word: &str| {
        matches!(word, "pub" | "const" | "async" | "extern" | "\"C\"") || word.starts_with("pub(")
    };
    if !before.split_whitespace().all(qualifier) {
        return None;
    }
    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    (end > 0).then(|| &after[..end])
}

/// Lines of the function at the front of `lines`; none if it is a mere declaration.
fn length(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let closing = format!("{indent}}}");
    let head = lines.iter().position(|line| line.ends_with(['{', '}', ';']))?;
    match lines[head] {
        line if line.ends_with('{') => {
            lines.iter().position(|line| *line == closing).map(|at| at + 1)
        }
        line if line.ends_with('}') => Some(head + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_with_their_lengths() {
        let text = "\
impl X {
    fn declared(&self);
    pub(crate) async fn short() {}
    fn long<'a>(
        a: u8,
    ) -> Option<u8>
    where
        u8: Copy,
    {
        // fn in a comment
        if a > 1 {
            b(|| c());
        }
    }
}
const fn last() {
    d();
}
";
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(functions(&lines), [(3, "short", 1), (4, "long", 11), (16, "last", 3)]);
    }

    #[test]
    fn tests_do_not_count_but_a_test_only_item_does() {
        let text = "a\n#[cfg(test)]\nuse b;\nc\n#[cfg(test)]\nmod tests {\nd\n}\n";
        assert_eq!(production(text).collect::<Vec<_>>(), ["a", "#[cfg(test)]", "use b;", "c"]);
    }

    #[test]
    fn too_many_lines_are_a_fault_and_many_are_a_note() {
        let judged = |count: usize| {
            let mut sizes = Sizes::default();
            judge("x.rs", &"x\n".repeat(count), &mut sizes);
            (sizes.notes.len(), sizes.faults.len())
        };
        assert_eq!([judged(350), judged(351), judged(501)], [(0, 0), (1, 0), (0, 1)]);
        let mut sizes = Sizes::default();
        let long = format!("fn f() {{\n{}}}\n", "    x();\n".repeat(59));
        judge("x.rs", &long, &mut sizes);
        assert_eq!(sizes.notes.len(), 1, "61 lines");
    }
}
