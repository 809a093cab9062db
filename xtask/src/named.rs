//! Tests that documents name as `path/to/file.rs::test` exist under that name: a promise whose test
//! was renamed or removed is a promise without a test.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// One fault per name that leads nowhere, over all of `docs/`.
pub(crate) fn faults(root: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let docs = root.join("docs");
    for entry in fs::read_dir(&docs).with_context(|| docs.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_none_or(|kind| kind != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let lost = named(&text).filter(|(file, test)| !has(&root.join(file), test));
        faults.extend(lost.map(|(file, test)| format!("{shown}: no {file}::{test}")));
    }
    faults.sort();
    Ok(faults)
}

/// File and test of every name in backticks.
fn named(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|name| name.split_once("::")).filter(|(file, _)| file.ends_with(".rs"))
}

fn has(file: &Path, test: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {test}(")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_other_quotes_are_not() {
        let text = "It is `a/b.rs::holds`, not `std::fs` nor `c.rs`;\nand `d.rs::too`.";
        assert_eq!(named(text).collect::<Vec<_>>(), [("a/b.rs", "holds"), ("d.rs", "too")]);
    }

    #[test]
    fn a_test_is_known_by_its_whole_name() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/named.rs");
        assert!(has(&here, "a_test_is_known_by_its_whole_name"));
        assert!(!has(&here, "a_test_is_known_by"));
        assert!(!has(Path::new("/nowhere.rs"), "x"));
    }
}
