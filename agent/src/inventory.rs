//! What this machine is, from /proc and /etc. Every read is bounded; what is not there is left out.

use std::io::Read;
use std::path::Path;
use wire::message::view::Inventory;
use wire::{SafeText, UnixMs};

/// /proc/stat has a line per processor in front of `btime`.
const MAX_READ: u64 = 256 * 1024;

/// Looks at the machine. Blocking, but only on /proc and one small file.
pub(crate) fn take() -> Inventory {
    take_from(Path::new("/"))
}

fn take_from(root: &Path) -> Inventory {
    let read = |path: &str| read(&root.join(path));
    let line = |path: &str| read(path).and_then(|text| text.lines().next().and_then(words));
    Inventory {
        hostname: line("proc/sys/kernel/hostname"),
        os: read("etc/os-release")
            .or_else(|| read("usr/lib/os-release"))
            .and_then(|text| pretty_name(&text)),
        kernel: line("proc/sys/kernel/osrelease"),
        arch: Some(std::env::consts::ARCH.into()),
        cpus: std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok()),
        memory_bytes: read("proc/meminfo").and_then(|text| memory(&text)),
        booted_at: read("proc/stat").and_then(|text| booted(&text)),
    }
}

fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_READ).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn words(text: &str) -> Option<SafeText> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.into())
}

fn pretty_name(text: &str) -> Option<SafeText> {
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(|value| value.trim().trim_matches(['"', '\'']))
    };
    value("PRETTY_NAME").or_else(|| value("NAME")).and_then(words)
}

fn memory(text: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

fn booted(text: &str) -> Option<UnixMs> {
    let value = text.lines().find_map(|line| line.strip_prefix("btime "))?;
    value.trim().parse::<u64>().ok()?.checked_mul(1000).map(UnixMs)
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use std::fs;

    #[test]
    fn facts_are_read_and_made_safe() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("proc/sys/kernel/hostname", "edge-1\u{1b}[31m\n");
        write("proc/sys/kernel/osrelease", "6.12.1\n");
        write("etc/os-release", "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 13\"\n");
        write("proc/meminfo", "MemTotal:       16384 kB\nMemFree: 1 kB\n");
        write("proc/stat", "cpu 1 2\nbtime 1700000000\n");
        let taken = take_from(root.path());
        assert_eq!(taken.hostname.unwrap().as_str(), "edge-1␛[31m");
        assert_eq!(taken.os.unwrap().as_str(), "Debian GNU/Linux 13");
        assert_eq!(taken.kernel.unwrap().as_str(), "6.12.1");
        assert_eq!(taken.memory_bytes, Some(16384 * 1024));
        assert_eq!(taken.booted_at, Some(UnixMs(1_700_000_000_000)));
    }

    #[test]
    fn a_machine_that_says_nothing_is_left_blank() {
        let root = tempfile::tempdir().unwrap();
        let taken = take_from(root.path());
        assert_eq!((taken.hostname, taken.memory_bytes, taken.booted_at), (None, None, None));
        assert_eq!(memory("MemTotal: 99999999999999999999 kB"), None);
    }
}
