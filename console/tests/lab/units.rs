//! Units as systemd itself reads them, and stand-ins for its programs that write down what they are
//! asked.

use super::have;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// systemd finds nothing to say about this unit; skipped where it is not installed.
pub fn verified(unit: &Path) {
    if !have("systemd-analyze") {
        return;
    }
    let mut verify = Command::new("systemd-analyze");
    let out = verify.args(["verify", "--man=no"]).arg(unit).output().unwrap();
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    let ours: Vec<_> = told.lines().filter(|line| line.contains("tunnelctl")).collect();
    assert!(ours.is_empty(), "{}: {told}", unit.display());
}

/// A program in `dir` that adds its arguments to `asked` there, and then does what `rest` says.
pub fn stand_in(dir: &Path, program: &str, rest: &str) {
    std::fs::create_dir_all(dir).unwrap();
    let asked = dir.join("asked");
    let script = format!("#!/bin/sh\necho \"{program} $*\" >> '{}'\n{rest}\n", asked.display());
    // Never open for writing in this process, whose other threads start programs.
    let mut write = Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(dir.join(program))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    write.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(write.wait().unwrap().success());
}

/// What the stand-ins in `dir` were asked since the last time.
pub fn asked(dir: &Path) -> Vec<String> {
    let file = dir.join("asked");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(file);
    text.lines().map(str::to_owned).collect()
}
