//! `server install|uninstall` and `agent install|uninstall|logs`: exactly one file, ours or nobody's,
//! with stand-ins for systemd's programs.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod lab;

use lab::units::{asked, stand_in, verified};
use lab::{Lab, PATIENCE, Running, wait};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SERVER: &str = "tunnelctl-server.service";
const AGENT: &str = "tunnelctl-agent.service";
const SEVERE: [&str; 4] = ["--confirm", "tunnelctl-server", "--reason", "moved"];

/// A directory with a configuration, a data directory, and programs of its own before the system's.
struct Place {
    lab: Lab,
}

impl Place {
    fn new() -> Self {
        let place = Self { lab: Lab::new() };
        for dir in ["units", "data", "logs", "bin"] {
            std::fs::create_dir(place.lab.path(dir)).unwrap();
        }
        std::fs::write(place.lab.path("server.toml"), "listen = \"127.0.0.1:0\"\n").unwrap();
        std::fs::write(place.lab.path("data/fleet"), "data").unwrap();
        place
    }

    fn bin(&self) -> PathBuf {
        self.lab.path("bin")
    }

    /// A systemctl that does what `rest` says.
    fn systemctl(&self, rest: &str) {
        stand_in(&self.bin(), "systemctl", rest);
    }

    fn unit(&self) -> PathBuf {
        self.lab.path("units").join(SERVER)
    }

    /// Of the user's own manager.
    fn own_unit(&self, file: &str) -> PathBuf {
        self.lab.path("config/systemd/user").join(file)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.unit()).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.lab.command(args);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.bin().display())).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    /// Where there is no program but the stand-ins.
    fn alone(&self, args: &[&str]) -> Ran {
        self.command(args).env("PATH", self.bin()).output().unwrap().into()
    }

    /// `server install` of a unit for the system's manager.
    fn install(&self, more: &[&str]) -> Ran {
        let (units, dir) = (self.lab.text("units"), self.lab.text("data"));
        let file = self.lab.text("server.toml");
        let args = ["server", "install", "--unit-dir", &units, "--dir", &dir, "-f", &file];
        self.run(&[&args[..], &["--run-as", "root"], more].concat())
    }

    /// `server install` of a unit for the user's own.
    fn own(&self, more: &[&str]) -> Ran {
        let (dir, file) = (self.lab.text("data"), self.lab.text("server.toml"));
        self.run(&[&["server", "install", "--user", "--dir", &dir, "-f", &file], more].concat())
    }

    fn uninstall(&self, more: &[&str]) -> Ran {
        let units = self.lab.text("units");
        self.run(&[&["server", "uninstall", "--unit-dir", &units], more].concat())
    }
}

#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

#[test]
fn what_print_shows_is_what_is_shipped() {
    let place = Place::new();
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/systemd");
    for (noun, file) in [("server", SERVER), ("agent", AGENT)] {
        let printed = place.run(&[noun, "install", "--print"]);
        assert_eq!(printed.code, Some(0), "{printed:?}");
        let shipped = std::fs::read_to_string(units.join(file)).unwrap();
        // All but the digest, where the program is, and the delay that is each machine's own.
        let same = |text: &str| -> Vec<String> {
            let text = text.replace(env!("CARGO_BIN_EXE_tunnelctl"), "/usr/local/bin/tunnelctl");
            let lines = text
                .lines()
                .filter(|line| !line.starts_with("# digest ") && !line.starts_with("RestartSec="));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(same(&printed.out), same(&shipped));
        assert!(!place.own_unit(file).exists());
    }
}

#[test]
fn one_unit_is_written_and_updated_and_what_is_already_so_is_left() {
    let place = Place::new();
    let plan = place.install(&["--dry-run", "--exit-code"]);
    assert_eq!(plan.code, Some(10), "{plan:?}");
    assert!(plan.out.contains("would write") && plan.out.contains("\n+[Service]\n"), "{plan:?}");
    assert!(!place.unit().exists());
    let refused = place.install(&["--read-only"]);
    assert_eq!((refused.code, place.unit().exists()), (Some(5), false), "{refused:?}");

    let first = place.install(&[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.out.contains(&format!("installed unit/{SERVER}")), "{first:?}");
    let written = place.text();
    verified(&place.unit());
    let found = std::fs::metadata(place.unit()).unwrap();
    assert_eq!(found.mode() & 0o777, 0o644);
    let again = place.install(&["-o", "json"]);
    let result: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    lab::shape::Shapes::default().check(&place.lab, &result);
    assert_eq!(result["items"][0]["object"], format!("unit/{SERVER}"));
    let untouched = std::fs::metadata(place.unit()).unwrap();
    assert_eq!((found.ino(), found.mtime_nsec()), (untouched.ino(), untouched.mtime_nsec()));
    assert!(place.install(&[]).out.contains("nothing to do"));
    assert_eq!(place.install(&["-n", "--exit-code"]).code, Some(0));

    let logs = place.lab.text("logs");
    let plan = place.install(&["--log-dir", &logs, "-n"]);
    let lines = |sign: &str| plan.out.lines().filter(|line| line.starts_with(sign)).count();
    // The digest and the command change, and a path that it may write to is new.
    assert_eq!((plan.code, lines("-"), lines("+")), (Some(0), 2, 3), "{plan:?}");
    assert_eq!(place.text(), written);
    assert_eq!(place.install(&["--log-dir", &logs]).code, Some(0));
    assert!(place.text().contains(&format!("--log-dir {logs}")));
    verified(&place.unit());
    let all = std::fs::read_dir(place.lab.path("units")).unwrap().count();
    assert_eq!(all, 1, "nothing else is left in the directory");
}

#[test]
fn what_somebody_else_wrote_or_changed_is_refused_and_left() {
    let place = Place::new();
    assert_eq!(place.install(&[]).code, Some(0));
    let changed = place.text().replace("WatchdogSec=30", "WatchdogSec=300");
    for foreign in ["[Unit]\nDescription=mine\n", "", &changed] {
        std::fs::write(place.unit(), foreign).unwrap();
        for ran in [place.install(&[]), place.install(&["-n"]), place.uninstall(&SEVERE)] {
            assert_eq!(ran.code, Some(11), "{ran:?}");
            assert!(ran.err.contains("left as it is") && ran.err.contains("drop-in"), "{ran:?}");
        }
        assert_eq!(place.text(), foreign);
    }
    // Masked, as systemctl does it.
    std::fs::remove_file(place.unit()).unwrap();
    symlink("/dev/null", place.unit()).unwrap();
    assert_eq!(place.install(&[]).code, Some(11));
    assert_eq!(std::fs::read_link(place.unit()).unwrap(), Path::new("/dev/null"));
}

#[test]
fn a_start_reloads_systemd_and_enables_the_unit() {
    let place = Place::new();
    place.systemctl("");
    let plan = place.own(&["--start", "-n"]);
    assert!(plan.out.contains(&format!("would run systemctl --user enable --now {SERVER}")));
    assert_eq!(asked(&place.bin()), [""; 0]);
    let ran = place.own(&["--start"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let wanted = [
        "systemctl --user daemon-reload".to_owned(),
        format!("systemctl --user enable --now {SERVER}"),
    ];
    assert_eq!(asked(&place.bin()), wanted);
    assert!(wanted.iter().all(|line| ran.err.contains(&format!("runs   {line}"))), "{ran:?}");
    assert!(place.own_unit(SERVER).exists());
    // The system's manager is asked without --user.
    assert_eq!(place.install(&["--start"]).code, Some(0));
    assert_eq!(asked(&place.bin())[0], "systemctl daemon-reload");
    place.systemctl("echo 'Failed to connect to bus' >&2; exit 1");
    let ran = place.install(&["--start"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("systemctl daemon-reload: Failed to connect to bus"), "{ran:?}");
}

#[test]
fn an_uninstall_is_severe_and_takes_the_unit_only() {
    let place = Place::new();
    place.systemctl("");
    assert_eq!(place.install(&[]).code, Some(0));
    for (flags, missing) in [
        (&[][..], "--confirm tunnelctl-server --reason TEXT"),
        (&["--yes"], "--confirm tunnelctl-server --reason TEXT"),
        (&SEVERE[..2], "--reason TEXT"),
        (&SEVERE[2..], "--confirm tunnelctl-server"),
        (&["--confirm", "server", "--reason", "x"], "nothing was changed"),
    ] {
        let ran = place.uninstall(flags);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(missing), "{ran:?}");
    }
    let plan = place.uninstall(&["-n", "--exit-code"]);
    assert_eq!(plan.code, Some(10), "{plan:?}");
    assert!(plan.out.contains("would remove") && plan.out.contains(&place.lab.text("data")));
    assert_eq!(asked(&place.bin()), [""; 0]);
    // What cannot be stopped keeps its unit.
    place.systemctl("exit 1");
    assert_eq!(place.uninstall(&SEVERE).code, Some(1));
    assert!(place.unit().exists());
    asked(&place.bin());
    place.systemctl("");
    let ran = place.uninstall(&SEVERE);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        asked(&place.bin()),
        [format!("systemctl disable --now {SERVER}"), "systemctl daemon-reload".to_owned()]
    );
    assert!(!place.unit().exists());
    assert!(ran.err.contains(&format!("stays  {}", place.lab.text("data"))), "{ran:?}");
    assert_eq!(std::fs::read_to_string(place.lab.path("data/fleet")).unwrap(), "data");
    let again = place.uninstall(&[]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.contains("nothing to do"), "{again:?}");
    assert_eq!(place.uninstall(&["-n", "--exit-code"]).code, Some(0));
}

#[test]
fn without_systemd_a_start_is_refused_before_anything_is_written() {
    let place = Place::new();
    let (dir, file) = (place.lab.text("data"), place.lab.text("server.toml"));
    let install = ["server", "install", "--user", "--dir", &dir, "-f", &file];
    let ran = place.alone(&[&install[..], &["--start"]].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("systemctl is not here") && ran.err.contains("tunnelctl server run"));
    assert!(!place.own_unit(SERVER).exists());
    let absent = place.lab.text("absent");
    let ran = place.run(&[
        "server",
        "install",
        "--unit-dir",
        &absent,
        "-f",
        &file,
        "--dir",
        &dir,
        "--run-as",
        "root",
    ]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("not run by systemd"), "{ran:?}");
    // The unit alone can be written and removed.
    assert_eq!(place.alone(&install).code, Some(0));
    let ran = place.alone(&[&["server", "uninstall", "--user"], &SEVERE[..]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("what runs goes on") && !place.own_unit(SERVER).exists(), "{ran:?}");
}

#[test]
fn a_unit_that_could_not_start_is_not_written() {
    let place = Place::new();
    let (units, dir, file) =
        (place.lab.text("units"), place.lab.text("data"), place.lab.text("server.toml"));
    let server = |more: &[&str]| {
        place
            .run(&[&["server", "install", "--unit-dir", &units, "--run-as", "root"], more].concat())
    };
    let missing = place.lab.text("missing");
    let no_file = server(&["--dir", &dir, "-f", &missing]);
    assert_eq!(no_file.code, Some(3), "{no_file:?}");
    assert!(no_file.err.contains(&format!("server config schema > {missing}")), "{no_file:?}");
    let no_dir = server(&["--dir", &missing, "-f", &file]);
    assert_eq!(no_dir.code, Some(3), "{no_dir:?}");
    assert!(no_dir.err.contains("install -d -m 700 -o root"), "{no_dir:?}");
    let nobody = place.install(&["--run-as", "no-such-user"]);
    assert_eq!(nobody.code, Some(2), "twice: {nobody:?}");
    let args = ["server", "install", "--unit-dir", &units, "--dir", &dir, "-f", &file];
    let nobody = place.run(&[&args[..], &["--run-as", "no-such-user"]].concat());
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
    assert!(nobody.err.contains("useradd --system"), "{nobody:?}");
    std::fs::write(place.lab.path("server.toml"), "listne = 1\n").unwrap();
    let wrong = place.install(&[]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.err.contains("did you mean listen?"), "{wrong:?}");
    let agent = place.run(&["agent", "install", "--unit-dir", &units, "--state-dir", &dir]);
    assert_eq!(agent.code, Some(4), "{agent:?}");
    assert!(agent.err.contains("tunnelctl enroll"), "{agent:?}");
    assert_eq!(std::fs::read_dir(place.lab.path("units")).unwrap().count(), 0);
}

/// Lines of the days that `agent run --log-dir` writes.
fn log(place: &Place, day: &str, lines: &str) {
    let path = place.lab.path("logs").join(format!("tunnelctl.{day}.log"));
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

#[test]
fn an_agent_is_installed_its_logs_are_shown_and_it_is_uninstalled() {
    let mut place = Place::new();
    place.lab.start_server("127.0.0.1:0");
    place.lab.enroll("web1", &[]);
    place.systemctl("");
    let (state, logs) = (place.lab.text("node-web1"), place.lab.text("logs"));
    let args = ["agent", "install", "--user", "--state-dir", &state, "--log-dir", &logs, "--start"];
    let ran = place.run(&args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let unit = std::fs::read_to_string(place.own_unit(AGENT)).unwrap();
    assert!(unit.contains(&format!("agent run --state-dir {state} --log-dir {logs}\n")), "{unit}");
    assert!(unit.contains("Type=notify") && unit.contains("RestartPreventExitStatus=5"), "{unit}");
    verified(&place.own_unit(AGENT));
    // While it runs its unit can be written anew.
    let _agent = place.lab.agent("web1");
    let ran = place.run(&args[..7]);
    assert!(ran.code == Some(0) && ran.out.contains("nothing to do"), "{ran:?}");

    // Where it logs stands in the unit.
    log(&place, "2026-01-01", "one\ntwo\n");
    log(&place, "2026-01-02", "three\x1b[31m\nfo");
    let shown = place.run(&["agent", "logs", "--user", "-n", "2"]);
    assert_eq!(
        (shown.code, shown.out.as_str()),
        (Some(0), "two\nthree\u{241b}[31m\n"),
        "{shown:?}"
    );

    let ran = place.run(&["agent", "uninstall", "--user"]);
    assert!(ran.code == Some(2) && ran.err.contains("needs --yes"), "{ran:?}");
    asked(&place.bin());
    let ran = place.run(&["agent", "uninstall", "--user", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(asked(&place.bin())[0], format!("systemctl --user disable --now {AGENT}"));
    assert!(!place.own_unit(AGENT).exists() && Path::new(&state).join("identity.json").exists());
}

#[test]
fn logs_are_followed_from_one_day_to_the_next() {
    let place = Place::new();
    log(&place, "2026-01-01", "one\ntwo\n");
    let dir = place.lab.text("logs");
    let mut command = place.command(&["agent", "logs", "--log-dir", &dir, "-n", "1", "-f"]);
    let mut shown = Running::start(&mut command, &place.lab.path("shown.log"));
    let has = |wanted: &str| {
        wait(wanted, PATIENCE, || (shown.output() == wanted).then_some(()));
    };
    has("two\n");
    log(&place, "2026-01-01", "thr");
    log(&place, "2026-01-01", "ee\n");
    has("two\nthree\n");
    log(&place, "2026-01-02", "four\n");
    has("two\nthree\nfour\n");
    shown.signal("-INT");
    assert_eq!(shown.code(), Some(130));
    let missing = place.run(&["agent", "logs", "--log-dir", &place.lab.text("missing")]);
    assert_eq!(missing.code, Some(3), "{missing:?}");
}

#[test]
fn without_files_the_journal_is_asked() {
    let place = Place::new();
    let none = place.alone(&["agent", "logs"]);
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(none.err.contains("--log-dir"), "{none:?}");
    stand_in(&place.bin(), "journalctl", "echo said");
    let units = place.lab.text("units");
    let ran = place.run(&["agent", "logs", "--unit-dir", &units, "-n", "7"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "said\n"), "{ran:?}");
    assert_eq!(asked(&place.bin()), [format!("journalctl -u {AGENT} --no-pager -n 7")]);
    assert_eq!(place.run(&["agent", "logs", "--user", "-f"]).code, Some(0));
    assert_eq!(asked(&place.bin()), [format!("journalctl --user -u {AGENT} --no-pager -n 100 -f")]);
    stand_in(&place.bin(), "journalctl", "exit 1");
    assert_eq!(place.run(&["agent", "logs", "--unit-dir", &units]).code, Some(1));
    assert_eq!(place.run(&["agent", "logs", "-o", "json"]).code, Some(2));
}
