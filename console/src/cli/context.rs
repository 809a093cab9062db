//! `context`: the servers and identities that this user can use. Works without the network.

use crate::cli::Run;
use crate::cli::confirm::{Level, prompt};
use crate::cli::out::list::Listed;
use crate::cli::out::{Cell, Column, Look, Row};
use crate::ctx::access::server_address;
use crate::ctx::contexts::{self, Context};
use crate::ctx::settings::default_name;
use crate::ctx::{Identity, config};
use crate::exit::{Exit, Failure, Result};
use clap::{Args, Subcommand};
use link::{Clock, System};
use serde::Serialize;
use std::path::PathBuf;

/// Verbs of `context`.
#[derive(Debug, Subcommand)]
pub enum ContextCommand {
    /// List contexts
    #[command(visible_alias = "ls")]
    List,
    /// Make a context the default
    Use(UseArgs),
    /// Add a context: NAME --server HOST:PORT --identity FILE [--ca-pin HASH]
    Add(NameArgs),
    /// Change server, identity, pin or protection of a context
    Update(UpdateArgs),
    /// Remove a context with its key
    #[command(visible_alias = "rm")]
    Delete(NameArgs),
    /// Show one context, by default the one in use
    Show(ShowArgs),
}

/// Which context, and for whom.
#[derive(Debug, Args)]
pub struct UseArgs {
    /// The context
    name: String,
    /// Print a line for this shell only: eval "$(tunnelctl context use NAME --shell)"
    #[arg(long, conflicts_with = "global_default")]
    shell: bool,
    /// Set the default in config.toml (without --shell this happens anyway)
    #[arg(long = "global", id = "global_default")]
    global_default: bool,
}

/// Which context.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// The context
    name: String,
}

/// Which context, if not the one in use.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The context
    name: Option<String>,
}

/// What to change.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// The context
    name: String,
    /// Confirm every change one level higher
    #[arg(long, value_name = "on|off", value_parser = on_off)]
    protected: Option<bool>,
    /// Refuse changes through this context
    #[arg(long, value_name = "on|off", value_parser = on_off)]
    no_changes: Option<bool>,
}

fn on_off(text: &str) -> std::result::Result<bool, String> {
    match text {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err("on or off".to_owned()),
    }
}

/// A context as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct ContextView {
    name: String,
    current: bool,
    server: Vec<String>,
    ca_pin: String,
    fleet: Option<String>,
    identity: PathBuf,
    protected: bool,
    read_only: bool,
}

impl ContextView {
    fn new(context: Context, current: Option<&str>) -> Result<Self> {
        Ok(Self {
            current: current == Some(context.name.as_str()),
            identity: context.identity_file()?,
            name: context.name,
            server: context.server,
            ca_pin: context.ca_pin,
            fleet: context.fleet,
            protected: context.protected,
            read_only: context.read_only.unwrap_or(false),
        })
    }
}

impl Row for ContextView {
    const KIND: &'static str = "Context";
    const COLUMNS: &'static [Column] = &[
        Column::text("current", "USE"),
        Column::text("name", "NAME"),
        Column::text("server", "SERVER"),
        Column::text("flags", "FLAGS"),
        Column::text("ca_pin", "CA PIN").wide(),
        Column::text("identity", "IDENTITY").wide(),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "current" if self.current => Cell::plain("*"),
            "current" => Cell::plain(""),
            "name" => Cell::plain(&self.name),
            "server" => Cell::plain(self.server.join(" ")),
            "flags" => match (self.protected, self.read_only) {
                (true, true) => Cell::plain("protected read-only"),
                (true, false) => Cell::plain("protected"),
                (false, true) => Cell::plain("read-only"),
                (false, false) => Cell::plain(look.none()),
            },
            "ca_pin" => Cell::plain(&self.ca_pin),
            _ => Cell::plain(self.identity.display().to_string()),
        }
    }
}

/// Runs `context`.
///
/// # Errors
/// No such context, or files that cannot be read or written.
pub fn run(command: ContextCommand, run: &Run) -> Result {
    match command {
        ContextCommand::List => list(run),
        ContextCommand::Use(args) => choose(run, &args),
        ContextCommand::Add(args) => add(run, args.name),
        ContextCommand::Update(args) => update(run, &args),
        ContextCommand::Delete(args) => delete(run, &args.name),
        ContextCommand::Show(args) => show(run, args.name),
    }
}

fn current(run: &Run) -> Result<Option<String>> {
    default_name(run.settings.context.value.as_deref())
}

fn list(run: &Run) -> Result {
    let current = current(run)?;
    let rows = contexts::names()?
        .iter()
        .map(|name| ContextView::new(Context::load(name)?, current.as_deref()))
        .collect::<Result<Vec<_>>>()?;
    run.listed(&Listed { rows, next: None, as_of: System.wall() })
}

fn choose(run: &Run, args: &UseArgs) -> Result {
    Context::load(&args.name)?;
    if args.shell {
        run.out.line(&format!("export TUNNELCTL_CONTEXT={}", args.name))?;
        return Ok(Exit::Ok);
    }
    run.change_here(("make default", "made default"), &object(&args.name), || {
        config::set_context(&args.name)
    })
}

fn add(run: &Run, name: String) -> Result {
    if contexts::names()?.contains(&name) {
        return Err(Failure::new(Exit::Conflict, format!("context {name} exists"))
            .hint(format!("tunnelctl context update {name} --server HOST:PORT")));
    }
    let settings = &run.settings;
    let (Some(server), Some(file)) = (&settings.server.value, &settings.identity.value) else {
        return Err(Failure::usage("context add needs --server HOST:PORT and --identity FILE"));
    };
    let identity = Identity::load(file)?;
    let context = Context {
        name,
        server: vec![server_address(server)?],
        ca_pin: pin(run, &identity)?,
        ..Context::default()
    };
    let object = object(&context.name);
    let exit = run.change_here(("add", "added"), &object, || context.save(Some(&identity)))?;
    if run.out.quiet && !run.settings.flags.dry_run {
        run.out.line(&context.name)?;
    }
    Ok(exit)
}

fn update(run: &Run, args: &UpdateArgs) -> Result {
    let mut context = Context::load(&args.name)?;
    let settings = &run.settings;
    if let Some(server) = &settings.server.value {
        context.server = vec![server_address(server)?];
    }
    let identity = settings.identity.value.as_deref().map(Identity::load).transpose()?;
    if let Some(identity) = &identity {
        context.ca_pin = pin(run, identity)?;
    }
    context.protected = args.protected.unwrap_or(context.protected);
    context.read_only = args.no_changes.or(context.read_only);
    let object = object(&context.name);
    run.change_here(("update", "updated"), &object, || context.save(identity.as_ref()))
}

/// The identity's pin, which a stated one must equal.
fn pin(run: &Run, identity: &Identity) -> Result<String> {
    let own = identity.ca_pin();
    let Some(stated) = &run.settings.ca_pin.value else { return Ok(own) };
    let wanted = crate::ctx::identity::parse_pin(stated)
        .map_err(|error| Failure::usage(format!("--ca-pin: {error}")))?;
    if crate::ctx::identity::show_pin(&wanted) == own {
        return Ok(own);
    }
    Err(Failure::new(Exit::Server, format!("the identity trusts {own}, not {stated}")).permanent())
}

fn delete(run: &Run, name: &str) -> Result {
    let context = Context::load(name)?;
    let flags = &run.settings.flags;
    let level = if context.protected { Level::Severe } else { Level::Moderate };
    let agreed = match level {
        Level::Severe => flags.confirm.as_deref() == Some(name),
        _ => flags.yes || flags.confirm.as_deref() == Some(name),
    };
    if !agreed && !flags.dry_run {
        run.may_change_here()?;
        let flag =
            if level == Level::Severe { format!("--confirm {name}") } else { "--yes".into() };
        if !run.can_ask() {
            return Err(Failure::usage(format!("context delete {name} needs {flag}"))
                .hint("the private key is removed with it"));
        }
        let typed = prompt(&format!("Delete context {name} and its private key? Type its name: "))?;
        if typed != name {
            return Err(Failure::new(Exit::Failed, "not confirmed: nothing was changed"));
        }
    }
    run.change_here(("delete", "deleted"), &object(name), || contexts::remove(name))
}

fn show(run: &Run, name: Option<String>) -> Result {
    let current = current(run)?;
    let Some(name) = name.or_else(|| current.clone()) else {
        return Err(Failure::new(Exit::Auth, "no context is in use").hint("tunnelctl context list"));
    };
    run.out.object(&ContextView::new(Context::load(&name)?, current.as_deref())?)?;
    Ok(Exit::Ok)
}

fn object(name: &str) -> String {
    format!("context/{name}")
}
