//! The command line: one noun per file, in the order of `--help`, and the run of one command.

pub mod access;
pub mod agent;
pub mod audit;
pub mod ca;
pub mod completions;
pub mod config;
pub mod confirm;
pub mod connect;
pub mod console;
pub mod context;
pub mod demo;
pub mod docs;
pub mod doctor;
pub mod enroll;
pub mod forward;
pub mod global;
pub mod guests;
pub mod help;
pub mod human;
pub mod links;
pub mod lock;
pub mod login;
pub mod names;
pub mod nodes;
pub mod operators;
pub mod out;
pub mod pages;
pub mod parse;
pub mod pending;
pub mod ports;
pub mod report;
pub mod reverse;
pub mod revoke;
pub mod risk;
pub mod roles;
pub mod rules;
pub mod runtime;
pub mod schema;
pub mod server;
pub mod service;
pub mod sessions;
pub mod share;
pub mod socks;
pub mod tokens;
pub mod trace;
pub mod tunnels;
pub mod version;
pub mod whoami;

use crate::ctx::Settings;
use crate::exit::{Exit, Failure, Result};
use clap::{CommandFactory, Parser, Subcommand};
use global::GlobalArgs;
use out::Out;
pub use parse::nearest;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Encrypted tunnels to machines behind NAT, from one server.
#[derive(Debug, Parser)]
#[command(name = "tunnelctl", version, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The nouns and the daily verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the terminal console
    Console(console::ConsoleArgs),
    /// Become an operator of a server, with a token
    Login(login::LoginArgs),
    /// End your login and remove its key from this machine
    Logout(login::LogoutArgs),
    /// Show who you are to the server
    Whoami,
    /// Servers and identities you can use
    #[command(subcommand)]
    Context(context::ContextCommand),
    /// Run and look after the fleet server
    #[command(subcommand)]
    Server(server::ServerCommand),
    /// Enrol this machine as a node
    Enroll(enroll::EnrollArgs),
    /// Run and look after the agent on this machine
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Enrolled machines
    #[command(subcommand)]
    Nodes(nodes::NodesCommand),
    /// Forward local ports to targets at a node
    Forward(forward::ForwardArgs),
    /// Run a SOCKS5 proxy whose targets are dialled at a node
    Socks(socks::SocksArgs),
    /// Listen at a node for something that this machine reaches
    Reverse(reverse::ReverseArgs),
    /// Show a local service to someone at a temporary public address
    Share(share::ShareArgs),
    /// Join stdin and stdout to a target at a node (ssh ProxyCommand)
    Connect(connect::ConnectArgs),
    /// Live byte streams
    #[command(subcommand)]
    Tunnels(tunnels::TunnelsCommand),
    /// Published ports
    #[command(subcommand)]
    Ports(ports::PortsCommand),
    /// Routes from node to node, without an operator
    #[command(subcommand)]
    Links(links::LinksCommand),
    /// People and robots with an operator certificate
    #[command(subcommand)]
    Operators(operators::OperatorsCommand),
    /// Named sets of permissions
    #[command(subcommand)]
    Roles(roles::RolesCommand),
    /// What policy decides and why; roles for a time
    #[command(subcommand)]
    Access(access::AccessCommand),
    /// Time-bound grants: access sessions and logins
    #[command(subcommand)]
    Sessions(sessions::SessionsCommand),
    /// The ordered allow and deny policy
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Admission for a time without an account
    #[command(subcommand)]
    Guests(guests::GuestsCommand),
    /// Block something at once, until it is unlocked
    #[command(subcommand)]
    Lock(lock::LockCommand),
    /// Lift a lock
    #[command(subcommand)]
    Unlock(lock::UnlockCommand),
    /// Locks in force
    #[command(subcommand)]
    Locks(lock::LocksCommand),
    /// End a credential for good
    #[command(subcommand)]
    Revoke(revoke::RevokeCommand),
    /// Enrolment secrets
    #[command(subcommand)]
    Tokens(tokens::TokensCommand),
    /// Nodes that wait for an operator's word
    #[command(subcommand)]
    Pending(pending::PendingCommand),
    /// The certificate authority: show, export, rotate
    #[command(subcommand)]
    Ca(ca::CaCommand),
    /// The chained record of everything that happened
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Find out why something does not work
    Doctor(doctor::DoctorArgs),
    /// Print a shell completion script
    Completions(completions::CompletionsArgs),
    /// Print the manual, or write one page per command
    Man(docs::ManArgs),
    /// Print the JSON Schema of a kind
    Schema(schema::SchemaArgs),
    /// Preferences and where they come from
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Versions of this program and the server
    Version,
    /// Try it: a server, nodes and live traffic in this process
    Demo(demo::DemoArgs),
    /// Explain a command or a topic
    Help(help::HelpArgs),
    /// Names for completion, from the cache
    #[command(name = "__complete", hide = true)]
    Complete(completions::CompleteArgs),
}

impl Command {
    /// Whether it neither looks nor changes, but runs until it is ended.
    const fn has_no_plan(&self) -> bool {
        if let Self::Forward(args) = self {
            return args.runs();
        }
        matches!(
            self,
            Self::Console(_)
                | Self::Demo(_)
                | Self::Socks(_)
                | Self::Reverse(_)
                | Self::Share(_)
                | Self::Connect(_)
                | Self::Server(server::ServerCommand::Run(_))
                | Self::Agent(agent::AgentCommand::Run(_))
        )
    }

    /// Where this command keeps logs without being asked to; only what runs for long does.
    fn logs(&self) -> Option<Option<PathBuf>> {
        match self {
            Self::Server(command) => command.logs(),
            Self::Agent(command) => command.logs(),
            _ => None,
        }
    }
}

/// One run: what is the same for all commands.
#[derive(Debug)]
pub struct Run {
    /// Resolved settings.
    pub settings: Settings,
    /// Where data and notes go.
    pub out: Out,
}

/// The complete definition, for parsing, man pages, completions and tests.
pub fn command() -> clap::Command {
    help::decorate(Cli::command())
}

/// The whole run of the program.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let exit = match start(&args) {
        Ok(exit) => exit,
        Err(failure) => report::failure(&failure, &args),
    };
    exit.into()
}

fn start(args: &[OsString]) -> Result {
    if args.len() <= 1 && !console::has_terminal() {
        return bare();
    }
    let cli = match parse::parse(args)? {
        parse::Parsed::Run(cli) => *cli,
        parse::Parsed::Shown(exit) => return Ok(exit),
    };
    let command = match cli.command {
        Some(command) => command,
        None if console::has_terminal() => Command::Console(console::ConsoleArgs::default()),
        None => return bare(),
    };
    let command = match offline(command)? {
        Offline::Done(exit) => return Ok(exit),
        Offline::Left(command) => *command,
    };
    let settings = Settings::resolve(cli.global)?;
    let _guard = report::logging(&settings, command.logs())?;
    let out = Out::new(&settings);
    dispatch(command, &Run { settings, out })
}

/// Without arguments and without a terminal: help, and no success.
fn bare() -> Result {
    out::warn(&command().render_help().to_string());
    Ok(Exit::Usage)
}

enum Offline {
    Done(Exit),
    Left(Box<Command>),
}

/// Commands that must work even if a configuration file is broken.
fn offline(command: Command) -> Result<Offline> {
    match command {
        Command::Complete(args) => completions::complete(&args),
        Command::Completions(args) => completions::print(&args),
        Command::Man(args) => docs::man(&args),
        Command::Help(args) => help::run(&args),
        other => return Ok(Offline::Left(Box::new(other))),
    }
    .map(Offline::Done)
}

fn dispatch(command: Command, run: &Run) -> Result {
    if run.settings.flags.dry_run && command.has_no_plan() {
        return Err(Failure::usage("this command runs; --dry-run has nothing to show for it"));
    }
    match command {
        Command::Console(args) => console::run(args, run),
        Command::Login(args) => login::login(args, run),
        Command::Logout(args) => login::logout(args, run),
        Command::Whoami => whoami::run(run),
        Command::Context(command) => context::run(command, run),
        Command::Server(command) => server::run(command, run),
        Command::Enroll(args) => enroll::run(args, run),
        Command::Agent(command) => agent::run(command, run),
        Command::Nodes(command) => nodes::run(command, run),
        Command::Forward(args) => forward::run(args, run),
        Command::Socks(args) => socks::run(args, run),
        Command::Reverse(args) => reverse::run(args, run),
        Command::Share(args) => share::run(args, run),
        Command::Connect(args) => connect::run(&args, run),
        Command::Tunnels(command) => tunnels::run(command, run),
        Command::Ports(command) => ports::run(command, run),
        Command::Links(command) => links::run(command, run),
        Command::Operators(command) => operators::run(command, run),
        Command::Roles(command) => roles::run(command, run),
        Command::Access(command) => access::run(command, run),
        Command::Rules(command) => rules::run(command, run),
        Command::Sessions(command) => sessions::run(command, run),
        Command::Guests(command) => guests::run(command, run),
        Command::Lock(command) => lock::lock(command, run),
        Command::Unlock(command) => lock::unlock(command, run),
        Command::Locks(command) => lock::locks(command, run),
        Command::Revoke(command) => revoke::run(command, run),
        Command::Tokens(command) => tokens::run(command, run),
        Command::Pending(command) => pending::run(command, run),
        Command::Ca(command) => ca::run(command, run),
        Command::Audit(command) => audit::run(command, run),
        Command::Schema(args) => schema::run(&args, run),
        Command::Config(command) => config::run(&command, run),
        Command::Doctor(args) => doctor::run(&args, run),
        Command::Version => version::run(run),
        Command::Demo(args) => demo::run(&args, run),
        Command::Complete(_) | Command::Completions(_) | Command::Man(_) | Command::Help(_) => {
            Err(Failure::new(Exit::Failed, "this command runs before the settings are read"))
        }
    }
}
