//! `revoke`: the irreversible end of a credential. What rests on it is cut before the command returns.

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::nodes::Selected;
use crate::cli::runtime::one_shot;
use crate::exit::Result;
use clap::{Args, Subcommand};
use wire::message::operator::Request;

/// What to revoke.
#[derive(Debug, Subcommand)]
pub enum RevokeCommand {
    /// End nodes' credentials and cut their tunnels (needs --confirm NAME --reason TEXT)
    Node(NodesArgs),
    /// Withdraw enrolment tokens
    Token(RevokeArgs),
}

/// Which nodes.
#[derive(Debug, Args)]
pub struct NodesArgs {
    #[command(flatten)]
    nodes: Selected,
}

/// Which ones.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    pub names: Vec<String>,
}

/// Runs `revoke`.
///
/// # Errors
/// Not confirmed, or the only object was not revoked.
pub fn run(command: RevokeCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            RevokeCommand::Node(args) => node(run, &args).await,
            RevokeCommand::Token(args) => token(run, &args.names).await,
        }
    })
}

async fn node(run: &Run, args: &NodesArgs) -> Result {
    Change::new("revoke node", "revoked", Level::Severe, &args.nodes.names(run).await?)?
        .apply(run, |node, intent| Request::NodeRevoke { node, intent })
        .await
}

/// Withdraws tokens; also `tokens revoke`.
///
/// # Errors
/// Not confirmed, or the only token was not revoked.
pub async fn token(run: &Run, names: &[String]) -> Result {
    Change::new("revoke token", "revoked", Level::Moderate, names)?
        .apply(run, |token, intent| Request::TokenRevoke { token, intent })
        .await
}
