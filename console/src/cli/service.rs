//! `install` and `uninstall` of the server's and the agent's unit for systemd: exactly one file, ours
//! or nobody's. The text is in `service/unit.rs`.

mod file;
mod manager;
pub mod unit;

use crate::cli::Run;
use crate::cli::confirm::{Level, outcome};
use crate::cli::out::change::Plan;
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use manager::Manager;
pub use manager::{find, missing};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use unit::{Service, Spec};

const SYSTEM_UNITS: &str = "/etc/systemd/system";

/// Whose unit.
#[derive(Debug, Clone, Args)]
pub struct PlaceArgs {
    /// Your own service manager instead of the system's
    #[arg(long)]
    pub user: bool,
    /// Directory of the unit [default: /etc/systemd/system, or with --user
    /// $XDG_CONFIG_HOME/systemd/user]
    #[arg(long, value_name = "D")]
    unit_dir: Option<PathBuf>,
}

impl PlaceArgs {
    /// Where the unit of this service is, or would be.
    ///
    /// # Errors
    /// Neither a configuration nor a home directory is known.
    pub fn path(&self, service: Service) -> Result<PathBuf> {
        let dir = match (&self.unit_dir, self.user) {
            (Some(dir), _) => dir.clone(),
            (None, true) => paths::user_units()?,
            (None, false) => PathBuf::from(SYSTEM_UNITS),
        };
        Ok(dir.join(service.file()))
    }
}

/// How to install.
#[derive(Debug, Clone, Args)]
pub struct UnitArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Print the unit and do nothing
    #[arg(long, conflicts_with = "start")]
    print: bool,
    /// Start it now, and at every start of the machine
    #[arg(long)]
    start: bool,
    /// Who it runs as [default: tunnelctl for the server, root for the agent]
    #[arg(long, value_name = "USER", conflicts_with = "user")]
    run_as: Option<String>,
    /// Keep daily log files here instead of logging to the journal
    #[arg(long, value_name = "D")]
    log_dir: Option<PathBuf>,
}

/// How to uninstall.
#[derive(Debug, Clone, Args)]
pub struct UninstallArgs {
    #[command(flatten)]
    place: PlaceArgs,
}

/// What the service itself is told.
#[derive(Debug)]
pub struct Told {
    /// Which.
    pub service: Service,
    /// Its directory, if one was named.
    pub dir: Option<PathBuf>,
    /// Its configuration file, if one was named.
    pub config: Option<PathBuf>,
}

impl UnitArgs {
    fn spec(&self, told: Told) -> Result<Spec> {
        let (service, user) = (told.service, self.place.user);
        let whole = |path: PathBuf| std::path::absolute(&path).map_err(Failure::from);
        let dir = match told.dir {
            Some(dir) => whole(dir)?,
            None if user => paths::data_dir(service.word())?,
            None => service.system_dir().into(),
        };
        let is_system_server = service == Service::Server && !user;
        let config = match told.config {
            Some(file) => Some(whole(file)?),
            None => is_system_server.then(|| unit::SERVER_FILE.into()),
        };
        let run_as =
            self.run_as.clone().or_else(|| is_system_server.then(|| unit::SERVER_USER.into()));
        if let Some(name) = run_as.as_deref().filter(|name| !is_user_name(name)) {
            return Err(Failure::usage(format!("{name:?} is no user's name")));
        }
        let machine = std::fs::read_to_string("/etc/machine-id").ok();
        Ok(Spec {
            service,
            program: std::env::current_exe()?,
            dir,
            config,
            log_dir: self.log_dir.clone().map(whole).transpose()?,
            user,
            run_as: run_as.filter(|name| service == Service::Server || name != "root"),
            restart: unit::restart(machine.as_deref().map(str::trim), service),
        })
    }
}

fn is_user_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// Writes the unit, or shows it; `check` says whether what it starts can start at all.
///
/// # Errors
/// Somebody else's unit is there, it could not start, or systemd says no.
pub fn install(
    args: &UnitArgs,
    told: Told,
    run: &Run,
    check: impl FnOnce(&Spec) -> Result<()>,
) -> Result {
    let spec = args.spec(told)?;
    let text = unit::text(&spec)?;
    if args.print {
        run.out.raw(&text)?;
        return Ok(Exit::Ok);
    }
    let (service, path) = (spec.service, args.place.path(spec.service)?);
    let before = file::ours(&path)?;
    check(&spec)?;
    check_place(&spec)?;
    if args.start && !Manager::is_here() {
        return Err(missing("systemctl"));
    }
    let manager = Manager { user: args.place.user };
    let (reload, file) = (["daemon-reload"], service.file());
    let enable = ["enable", "--now", &file];
    let starting: &[&[&str]] = if args.start { &[&reload, &enable] } else { &[] };
    let is_new = before.as_ref() != Some(&text);
    if run.settings.flags.dry_run {
        if is_new {
            let word = if before.is_some() { "change" } else { "write" };
            run.out.told(&format!("would {word} {}", path.display()))?;
            file::diff(before.as_deref().unwrap_or_default(), &text)
                .iter()
                .try_for_each(|line| run.out.told(line))?;
        }
        starting
            .iter()
            .try_for_each(|args| run.out.told(&format!("would run {}", manager.line(args))))?;
        return finished(
            run,
            service,
            if is_new { "install" } else { "nothing to do for" },
            is_new,
        );
    }
    run.may_change_here()?;
    if is_new {
        place(&args.place, &path)?;
        file::write(&path, &text)?;
        run.out.note(&format!("  wrote  {}", path.display()));
    }
    starting.iter().try_for_each(|args| manager.run(run, args))?;
    if is_new && !args.start {
        run.out.aside(&format!("next: {}; {}", manager.line(&reload), manager.line(&enable)));
    } else if is_new && before.is_some() {
        run.out.aside(&format!(
            "what runs already follows after: {}",
            manager.line(&["restart", &file])
        ));
    }
    if args.place.user && args.start {
        run.out.aside("it ends when you log out, unless: loginctl enable-linger");
    }
    finished(run, service, if is_new { "installed" } else { "nothing to do for" }, is_new)
}

/// Makes the directory of a user's units; the system's is systemd's own.
fn place(args: &PlaceArgs, path: &Path) -> Result<()> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    if args.user {
        std::fs::create_dir_all(dir)?;
    } else if !dir.is_dir() {
        let message = format!("{} is not there: this machine is not run by systemd", dir.display());
        return Err(Failure::new(Exit::NotFound, message)
            .hint("let your own manager run it; --print shows what it should do"));
    }
    Ok(())
}

/// Whether systemd will find what the unit names.
fn check_place(spec: &Spec) -> Result<()> {
    if let Some(user) = spec.run_as.as_deref().filter(|user| !is_known(user)) {
        return Err(Failure::new(Exit::NotFound, format!("there is no user {user} here")).hint(
            format!("useradd --system --no-create-home {user}\n--run-as USER     for another"),
        ));
    }
    let own = Path::new(spec.service.system_dir());
    let dirs = [Some(&spec.dir).filter(|dir| **dir != own), spec.log_dir.as_ref()];
    let missing = dirs.into_iter().flatten().find(|dir| !spec.user && !dir.is_dir());
    let Some(dir) = missing else { return Ok(()) };
    let owner = spec.run_as.as_deref().unwrap_or("root");
    Err(Failure::new(Exit::NotFound, format!("{} is not there", dir.display()))
        .hint(format!("install -d -m 700 -o {owner} {}", dir.display())))
}

/// Whether there is such a user; where nobody can say, there is.
fn is_known(user: &str) -> bool {
    let mut id = Command::new("id");
    id.args(["-u", "--", user]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    id.status().map_or(true, |status| status.success())
}

/// Stops the service and removes its unit; its data stays.
///
/// # Errors
/// Somebody else's unit is there, it was not agreed to, or systemd says no.
pub fn uninstall(args: &UninstallArgs, service: Service, run: &Run) -> Result {
    let path = args.place.path(service)?;
    let manager = Manager { user: args.place.user };
    let file = service.file();
    let Some(text) = file::ours(&path)? else {
        run.out.note(&format!("there is no {}", path.display()));
        return finished(run, service, "nothing to do for", false);
    };
    let disable = ["disable", "--now", &file];
    let data = unit::flag(&text, service.dir_flag());
    let stays = data
        .map(|dir| format!("  stays  {}   (the data; removed by nobody but you)", dir.display()));
    if run.settings.flags.dry_run {
        run.out.told(&format!("would run {}", manager.line(&disable)))?;
        run.out.told(&format!("would remove {}", path.display()))?;
        stays.iter().try_for_each(|line| run.out.told(line))?;
        return finished(run, service, "uninstall", true);
    }
    let name = service.name();
    match service {
        Service::Server => {
            let what =
                "server uninstall stops the server: every tunnel and every published port ends";
            let reason = run.may_do_severely_here(what, name)?;
            tracing::info!(unit = name, reason, "uninstalled");
        }
        Service::Agent => {
            let what = "agent uninstall stops the agent: nobody reaches this node any more";
            run.may_do_here(what, Level::Moderate)?;
        }
    }
    let here = Manager::is_here();
    if here {
        manager.run(run, &disable)?;
    } else {
        run.out.note("  systemctl is not here: what runs goes on");
    }
    file::remove(&path)?;
    run.out.note(&format!("  removed {}", path.display()));
    if here {
        manager.run(run, &["daemon-reload"])?;
    }
    stays.iter().for_each(|line| run.out.note(line));
    finished(run, service, "uninstalled", true)
}

fn finished(run: &Run, service: Service, verb: &str, changes: bool) -> Result {
    let object = format!("unit/{}", service.file());
    let planned = run.settings.flags.dry_run && changes;
    let outcome = outcome(service.name(), &object, planned, None);
    let plan = run.plan();
    run.out.changed(verb, &[outcome], if changes { plan } else { Plan::Done })
}
