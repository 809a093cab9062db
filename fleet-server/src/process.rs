//! What the kernel says about this process: processor time, memory, file descriptors. A value
//! without a source is `None`.

use std::os::fd::AsRawFd;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Unit of the times in `/proc/self/stat`: fixed at 100 per second by the kernel's ABI.
const TICKS: u32 = 100;

/// Figures of this moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) cpu: Option<Duration>,
    pub(crate) rss_bytes: Option<u64>,
    pub(crate) open_fds: Option<u64>,
    pub(crate) max_fds: Option<u64>,
}

/// Descriptors that are left for the store, the log, and connections that are there already.
pub(crate) const FOR_OURSELVES: u64 = 64;
/// The same, and room for agents and operators who come back: what visitors leave.
pub(crate) const FOR_MEMBERS: u64 = 2 * FOR_OURSELVES;

/// Whether the connection that got this descriptor should go again, so that `keep` are left. The
/// kernel gives the lowest number that is free: one near the limit means that few are left.
pub(crate) fn is_scarce(taken: &impl AsRawFd, keep: u64) -> bool {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    // Never more than half of what there is.
    let is_over = |limit: u64| {
        u64::try_from(taken.as_raw_fd()).is_ok_and(|fd| fd >= limit - keep.min(limit / 2))
    };
    limit.is_some_and(is_over)
}

fn read() -> Figures {
    let text = |path| std::fs::read_to_string(path).ok();
    Figures {
        cpu: text("/proc/self/stat").and_then(|stat| cpu(&stat)),
        rss_bytes: text("/proc/self/status").and_then(|status| rss(&status)),
        open_fds: std::fs::read_dir("/proc/self/fd").ok().map(|dir| dir.count() as u64),
        max_fds: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
    }
}

fn cpu(stat: &str) -> Option<Duration> {
    // The command name in parentheses may hold anything, spaces and parentheses included.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 1000 / u64::from(TICKS)))
}

fn rss(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Figures are read anew when they are older than this: counting descriptors is not free.
const FRESH: Duration = Duration::from_secs(2);

/// The share of a processor used, second by second, and the newest figures.
#[derive(Debug, Default)]
pub(crate) struct Process {
    figures: Mutex<Option<(Instant, Figures)>>,
    last: Mutex<Option<(Instant, Duration, Option<f64>)>>,
}

impl Process {
    /// Ends a second.
    pub(crate) fn tick(&self) {
        let Some(cpu) = std::fs::read_to_string("/proc/self/stat").ok().and_then(|s| cpu(&s))
        else {
            return;
        };
        let now = Instant::now();
        let mut last = crate::core::lock(&self.last);
        let ratio = last.and_then(|(at, before, _)| {
            let wall = now.saturating_duration_since(at).as_secs_f64();
            (wall > 0.0).then(|| cpu.saturating_sub(before).as_secs_f64() / wall)
        });
        *last = Some((now, cpu, ratio));
    }

    /// Figures of about now.
    pub(crate) fn figures(&self) -> Figures {
        let now = Instant::now();
        let mut kept = crate::core::lock(&self.figures);
        match *kept {
            Some((at, figures)) if now.saturating_duration_since(at) < FRESH => figures,
            _ => kept.insert((now, read())).1,
        }
    }

    /// Share of one processor over the last second.
    pub(crate) fn cpu_ratio(&self) -> Option<f64> {
        crate::core::lock(&self.last).and_then(|(_, _, ratio)| ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_name_cannot_shift_the_fields() {
        let stat = "42 (a) b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
        assert_eq!(cpu("42 (x"), None);
    }

    #[test]
    fn this_process_has_memory_and_descriptors() {
        let now = read();
        assert!(now.rss_bytes > Some(0) && now.open_fds > Some(2) && now.cpu.is_some());
        assert_eq!(rss("Name:\tx\nVmRSS:\t   12 kB\n"), Some(12 * 1024));
    }
}
