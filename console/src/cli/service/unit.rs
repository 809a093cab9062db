//! The text of the units: one for the server, one for the agent, of the system's manager or of a
//! user's own. `packaging/systemd` is written from here. Touches no file.

use crate::exit::{Failure, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where packages put the program.
const PACKAGED: &str = "/usr/local/bin/tunnelctl";
/// The user of the server's unit, if nobody says another.
pub(super) const SERVER_USER: &str = "tunnelctl";
/// The server's configuration file, where the system's unit looks for it.
pub(super) const SERVER_FILE: &str = "/etc/tunnelctl/server.toml";
/// Between the end of a process and the next one, at least.
const RESTART: Duration = Duration::from_secs(2);
/// How much more that is at most, machine by machine.
const SPREAD: u64 = 5_000;
/// The first words of a unit that was written here.
const MARK: &str = "# Written by tunnelctl ";
/// Stands before the digest of everything below its line.
const DIGEST: &str = "# digest ";

/// What the options of a sandbox need of the kernel: a filter of system calls, and no mounts. A
/// user's own manager can do no more.
const FILTERS: &[&str] = &[
    "NoNewPrivileges=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "UMask=0077",
];
/// What else the system's manager can take away.
const SANDBOX: &[&str] = &[
    "ProtectSystem=strict",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectControlGroups=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
];

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// `server run`.
    Server,
    /// `agent run`.
    Agent,
}

impl Service {
    /// Its unit, without the ending.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "tunnelctl-server",
            Self::Agent => "tunnelctl-agent",
        }
    }

    /// Its unit's file.
    pub fn file(self) -> String {
        format!("{}.service", self.name())
    }

    /// How the command line calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Agent => "agent",
        }
    }

    /// Its directory, for the system's manager.
    pub(super) const fn system_dir(self) -> &'static str {
        match self {
            Self::Server => "/var/lib/tunnelctl/server",
            Self::Agent => "/var/lib/tunnelctl/agent",
        }
    }

    /// The flag that names its directory.
    pub(super) const fn dir_flag(self) -> &'static str {
        match self {
            Self::Server => "--dir",
            Self::Agent => "--state-dir",
        }
    }
}

/// Everything that differs from one unit to another.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Which.
    pub service: Service,
    /// The program.
    pub program: PathBuf,
    /// Its directory.
    pub dir: PathBuf,
    /// The server's configuration file.
    pub config: Option<PathBuf>,
    /// Where it keeps log files, if not in the journal.
    pub log_dir: Option<PathBuf>,
    /// For the user's own manager.
    pub user: bool,
    /// Who it runs as; the manager's own user if nobody is named.
    pub run_as: Option<String>,
    /// Between the end of a process and the next one.
    pub restart: Duration,
}

/// The units that are shipped, by the names of their files.
///
/// # Errors
/// Never: their paths are plain.
pub fn packaged() -> Result<Vec<(String, String)>> {
    let of = |service: Service, config: Option<&str>, run_as: Option<&str>| {
        let spec = Spec {
            service,
            program: PACKAGED.into(),
            dir: service.system_dir().into(),
            config: config.map(PathBuf::from),
            log_dir: None,
            user: false,
            run_as: run_as.map(str::to_owned),
            restart: RESTART,
        };
        text(&spec).map(|text| (service.file(), text))
    };
    Ok(vec![
        of(Service::Server, Some(SERVER_FILE), Some(SERVER_USER))?,
        of(Service::Agent, None, None)?,
    ])
}

/// This machine's own delay, always the same: what ended everywhere at once does not begin
/// everywhere at once. (`RestartRandomizedDelaySec=` came with systemd 262 only, and `RestartSteps=`
/// delays all alike.)
pub fn restart(machine: Option<&str>, service: Service) -> Duration {
    let Some(machine) = machine else { return RESTART };
    let digest = blake3::hash(format!("{} {machine}", service.name()).as_bytes());
    let bits = digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    RESTART + Duration::from_millis(bits % SPREAD)
}

/// The whole file.
///
/// # Errors
/// A path that no unit can name.
pub fn text(spec: &Spec) -> Result<String> {
    let body = body(spec)?;
    let name = spec.service.name();
    let edit = if spec.user { "systemctl --user edit" } else { "systemctl edit" };
    Ok(format!(
        "{MARK}{} install, which updates it for as long as nobody else\n\
         # changes it. What is your own belongs beside it: {edit} {name}\n\
         {DIGEST}{}\n{body}",
        spec.service.word(),
        digest(&body)
    ))
}

/// Whose a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// As it was written here.
    Ours,
    /// Written here, and changed by somebody since.
    Changed,
    /// Somebody else's.
    Foreign,
}

/// Whose the unit with this text is.
pub fn whose(text: &str) -> Whose {
    if !text.starts_with(MARK) {
        return Whose::Foreign;
    }
    let said = text.split_once(DIGEST).and_then(|(_, rest)| rest.split_once('\n'));
    match said {
        Some((said, body)) if said == digest(body) => Whose::Ours,
        _ => Whose::Changed,
    }
}

fn digest(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().chars().take(32).collect()
}

/// What the unit in `text` gives this flag of the program.
pub fn flag(text: &str, flag: &str) -> Option<PathBuf> {
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart="))?;
    let words = words(line);
    let at = words.iter().position(|word| word == flag)?;
    words.get(at + 1).map(PathBuf::from)
}

fn body(spec: &Spec) -> Result<String> {
    let mut lines = vec!["[Unit]".to_owned()];
    let about = match spec.service {
        Service::Server => "fleet server",
        Service::Agent => "agent",
    };
    lines.push(format!("Description=tunnelctl {about}"));
    lines.push(format!("Documentation=man:tunnelctl-{}-run(1)", spec.service.word()));
    if !spec.user {
        lines.extend(["After=network-online.target", "Wants=network-online.target"].map(own));
    }
    lines.extend(["StartLimitIntervalSec=0", "", "[Service]", "Type=notify"].map(own));
    identity(spec, &mut lines);
    if spec.service == Service::Server {
        lines.push(own("# Keys listen, public_names, tls_cert, …: tunnelctl server config schema"));
    }
    lines.push(format!("ExecStart={}", command(spec)?));
    lines.push(own("ExecReload=/bin/kill -HUP $MAINPID"));
    life(spec, &mut lines);
    directories(spec, &mut lines)?;
    lines.push(own("LimitNOFILE=1048576"));
    lines.push(String::new());
    lines.extend(FILTERS.iter().copied().map(own));
    sandbox(spec, &mut lines);
    let target = if spec.user { "default.target" } else { "multi-user.target" };
    lines.extend([own(""), own("[Install]"), format!("WantedBy={target}"), own("")]);
    Ok(lines.join("\n"))
}

fn own(line: &str) -> String {
    line.to_owned()
}

fn identity(spec: &Spec, lines: &mut Vec<String>) {
    if spec.user {
        return;
    }
    lines.push(own(match spec.service {
        Service::Server => "# Port 443 without root: the one capability, for whoever this user is.",
        Service::Agent => "# For listeners below 1024 that the node's owner grants (reverse).",
    }));
    if let Some(user) = &spec.run_as {
        lines.push(format!("User={user}"));
        lines.push(own("AmbientCapabilities=CAP_NET_BIND_SERVICE"));
    }
    lines.push(own("CapabilityBoundingSet=CAP_NET_BIND_SERVICE"));
}

fn life(spec: &Spec, lines: &mut Vec<String>) {
    lines.push(own("Restart=always"));
    if spec.service == Service::Agent {
        lines.push(own("# 5: the identity was revoked; only enrolling again helps."));
        lines.push(own("RestartPreventExitStatus=5"));
    }
    lines.push(own("# install gives each machine a delay of its own, from 2 to 7 s."));
    lines.push(format!("RestartSec={}ms", spec.restart.as_millis()));
    lines.push(own("WatchdogSec=30"));
    lines.extend(match spec.service {
        Service::Server => [
            own("# A drain gives tunnels 30 s, and has its own deadlines besides."),
            own("TimeoutStopSec=60"),
        ],
        Service::Agent => {
            [own("# Tunnels get 10 s, and a goodbye besides."), own("TimeoutStopSec=30")]
        }
    });
}

fn directories(spec: &Spec, lines: &mut Vec<String>) -> Result<()> {
    if spec.user {
        return Ok(());
    }
    if spec.dir == Path::new(spec.service.system_dir()) {
        lines.push(format!("StateDirectory=tunnelctl/{}", spec.service.word()));
        lines.push(own("StateDirectoryMode=0700"));
    } else {
        lines.push(format!("ReadWritePaths={}", word(&spec.dir, Place::Path)?));
    }
    if let Some(dir) = &spec.log_dir {
        lines.push(format!("ReadWritePaths={}", word(dir, Place::Path)?));
    }
    Ok(())
}

fn sandbox(spec: &Spec, lines: &mut Vec<String>) {
    if spec.user {
        return;
    }
    lines.extend(SANDBOX.iter().copied().map(own));
    let below = |top: &str| {
        [Some(&spec.dir), spec.log_dir.as_ref()]
            .into_iter()
            .flatten()
            .any(|dir| dir.starts_with(top))
    };
    let at_home = ["/home", "/root", "/run/user"].into_iter().any(below);
    match spec.service {
        Service::Agent => {
            lines.push(own("# Sockets that tunnels lead to may be in /tmp and in homes."));
            lines.push(own("ProtectHome=read-only"));
        }
        Service::Server if at_home => {
            lines.extend(["ProtectHome=read-only", "PrivateTmp=yes"].map(own))
        }
        Service::Server => lines.extend(["ProtectHome=yes", "PrivateTmp=yes"].map(own)),
    }
}

fn command(spec: &Spec) -> Result<String> {
    let mut words =
        vec![word(&spec.program, Place::Command)?, own(spec.service.word()), own("run")];
    let flags = [
        (spec.service.dir_flag(), Some(&spec.dir)),
        ("--file", spec.config.as_ref()),
        ("--log-dir", spec.log_dir.as_ref()),
    ];
    for (flag, path) in flags {
        if let Some(path) = path {
            words.extend([own(flag), word(path, Place::Command)?]);
        }
    }
    Ok(words.join(" "))
}

/// Where a word stands: only commands know variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Command,
    Path,
}

/// A path as systemd reads it back.
fn word(path: &Path, place: Place) -> Result<String> {
    let text = path.to_str().filter(|text| path.is_absolute() && !text.contains(char::is_control));
    let Some(text) = text else {
        return Err(Failure::usage(format!("{}: no path that a unit can name", path.display()))
            .hint("a whole path, without line ends"));
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,=".contains(c);
    if text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    let mut quoted = own("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '%' => quoted.push_str("%%"),
            '$' if place == Place::Command => quoted.push_str("$$"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    Ok(quoted)
}

/// The words of a line that [`command`] wrote.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            '"' => quoted = !quoted,
            // Of two alike the second is the character itself, behind a backslash any.
            '\\' | '%' | '$' if quoted => word.extend(rest.next()),
            other => word.push(other),
        }
    }
    words.push(word);
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;

    fn spec(service: Service, dir: &str) -> Spec {
        Spec {
            service,
            program: PACKAGED.into(),
            dir: dir.into(),
            config: None,
            log_dir: None,
            user: false,
            run_as: None,
            restart: RESTART,
        }
    }

    #[test]
    fn a_path_comes_back_from_the_unit_as_it_was() {
        for path in ["/srv/a", "/srv/two words", "/srv/50%", "/srv/$HOME", "/srv/a\"b\\c", "/ü"] {
            let logs = Some(PathBuf::from("/var/log/of it"));
            let spec = Spec { log_dir: logs.clone(), ..spec(Service::Agent, path) };
            let text = text(&spec).unwrap();
            assert_eq!(flag(&text, "--state-dir"), Some(PathBuf::from(path)), "{text}");
            assert_eq!(flag(&text, "--log-dir"), logs);
            assert_eq!(flag(&text, "--file"), None);
        }
        for path in ["relative", "/two\nlines"] {
            text(&spec(Service::Server, path)).unwrap_err();
        }
    }

    #[test]
    fn a_unit_is_ours_until_somebody_changes_it() {
        let unit = text(&spec(Service::Server, "/srv/a")).unwrap();
        assert_eq!(whose(&unit), Whose::Ours);
        assert_eq!(whose(&unit.replace("WatchdogSec=30", "WatchdogSec=300")), Whose::Changed);
        assert_eq!(whose(unit.split_once(DIGEST).unwrap().0), Whose::Changed);
        assert_eq!(whose("[Unit]\nDescription=mine\n"), Whose::Foreign);
        assert_eq!(whose(""), Whose::Foreign);
    }

    #[test]
    fn each_machine_has_a_delay_of_its_own_and_keeps_it() {
        let of = |machine: &str| restart(Some(machine), Service::Agent);
        let all: std::collections::BTreeSet<_> =
            (0..100).map(|n| of(&format!("machine-{n}"))).collect();
        assert!(all.len() > 90, "{all:?}");
        assert!(all.iter().all(|d| (RESTART..RESTART + Duration::from_secs(5)).contains(d)));
        assert_eq!(of("a"), of("a"));
        assert_eq!(restart(None, Service::Agent), RESTART);
    }

    #[test]
    fn only_the_systems_manager_is_asked_for_what_needs_mounts_users_and_capabilities() {
        let system = text(&spec(Service::Server, "/srv/a")).unwrap();
        let user = text(&Spec { user: true, ..spec(Service::Server, "/srv/a") }).unwrap();
        for line in ["ProtectSystem=strict", "ReadWritePaths=/srv/a", "ProtectHome=yes"] {
            assert!(system.contains(line) && !user.contains(line), "{line}");
        }
        assert!(
            !user.contains("Capabilit") && !user.contains("User=") && !user.contains("Private")
        );
        for line in FILTERS {
            assert!(system.contains(line) && user.contains(line), "{line}");
        }
        assert!(user.contains("WantedBy=default.target"));
        // A server whose directory is in a home can reach it.
        let at_home = text(&spec(Service::Server, "/home/mira/fleet")).unwrap();
        assert!(at_home.contains("ProtectHome=read-only"), "{at_home}");
    }
}
