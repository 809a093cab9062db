//! `revoke`: the irreversible end of a credential. What rests on it is cut before the command returns.

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::nodes::Selected;
use crate::cli::risk::RiskArgs;
use crate::cli::runtime::one_shot;
use crate::exit::Result;
use clap::{Args, Subcommand};
use wire::message::operator::Request;

/// What to revoke.
#[derive(Debug, Subcommand)]
pub enum RevokeCommand {
    /// End nodes' credentials and cut their tunnels (needs --confirm NAME --reason TEXT)
    Node(NodesArgs),
    /// End operators' credentials and cut their tunnels (needs --confirm NAME --reason TEXT)
    Operator(OperatorsArgs),
    /// Take access sessions away and cut what they admitted
    Session(RevokeArgs),
    /// Withdraw enrolment tokens
    Token(RevokeArgs),
    /// Take guests' admission away and cut what they opened
    Guest(RevokeArgs),
}

/// Which operators.
#[derive(Debug, Args)]
pub struct OperatorsArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    names: Vec<String>,
    #[command(flatten)]
    risk: RiskArgs,
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
            RevokeCommand::Operator(args) => operator(run, &args).await,
            RevokeCommand::Session(args) => {
                Change::new("revoke session", "revoked", Level::Moderate, &args.names)?
                    .apply(run, |session, intent| Request::SessionRevoke { session, intent })
                    .await
            }
            RevokeCommand::Token(args) => token(run, &args.names).await,
            RevokeCommand::Guest(args) => {
                Change::new("revoke guest", "revoked", Level::Moderate, &args.names)?
                    .apply(run, |guest, intent| Request::GuestRevoke { guest, intent })
                    .await
            }
        }
    })
}

async fn node(run: &Run, args: &NodesArgs) -> Result {
    Change::new("revoke node", "revoked", Level::Severe, &args.nodes.names(run).await?)?
        .apply(run, |node, intent| Request::NodeRevoke { node, intent })
        .await
}

async fn operator(run: &Run, args: &OperatorsArgs) -> Result {
    args.risk.for_operators(run, &args.names).await?;
    Change::new("revoke operator", "revoked", Level::Severe, &args.names)?
        .apply(run, |operator, intent| Request::OperatorRevoke { operator, intent })
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
