//! `reverse`: a listener at a node that leads to something this machine reaches.

use crate::cli::confirm::Level;
use crate::cli::forward::{Hold, Line, Serving, away, serve};
use crate::cli::runtime::many;
use crate::cli::{Run, human};
use crate::ctx::access::connect_as;
use crate::exit::{Exit, Failure, Result};
use crate::forwards::{OwnerKind, Shown};
use clap::Args;
use link::forward::{Clients, Kind, OnDrop, Spec};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use wire::{SafeText, Target};

/// How long the listener is looked for again before people are told that it is still away.
const HOLD: Duration = Duration::from_secs(10);

/// What to expose, and where.
#[derive(Debug, Args)]
pub struct ReverseArgs {
    /// The node: name, id or unique id prefix
    node: String,
    /// Where to listen at the node; its owner grants it (reverse in its agent.toml)
    #[arg(value_name = "RBIND:RPORT", value_parser = listener)]
    at: SocketAddr,
    /// What its connections lead to, as seen from here
    #[arg(value_name = "LHOST:LPORT")]
    to: Target,
    /// An RBIND beyond loopback is meant: machines around the node get in too
    #[arg(long)]
    guest_visible: bool,
    /// Close a tunnel after this long without payload
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    idle: Option<Duration>,
    /// Close a tunnel after this long
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    max: Option<Duration>,
    /// For the audit records
    #[arg(long, value_name = "T")]
    note: Option<String>,
    /// Write the listener's address here once it serves
    #[arg(long, value_name = "F")]
    ready_file: Option<PathBuf>,
}

/// Reads where to listen at a node: `RBIND:RPORT`, or `RPORT` for loopback.
///
/// # Errors
/// It is neither, or no port of the node.
pub(super) fn listener(text: &str) -> std::result::Result<SocketAddr, String> {
    let form = || "ADDRESS:PORT, like 127.0.0.1:9000 or [::1]:9000".to_owned();
    let bare = text.parse::<u16>().ok();
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let at = match bare.or(local) {
        Some(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
        None => text.parse().map_err(|_| form())?,
    };
    if at.port() == 0 { Err("a port of the node is named, not 0".to_owned()) } else { Ok(at) }
}

/// Runs `reverse`.
///
/// # Errors
/// As the contract says.
pub fn run(args: ReverseArgs, run: &Run) -> Result {
    if !args.at.ip().is_loopback() {
        exposed(&args, run)?;
    }
    many(async {
        let link = connect_as(&run.settings, "reverse").await?;
        let node = crate::cli::nodes::find(&link, &args.node).await?;
        if let Some(why) = away(&node) {
            return Err(Failure::new(Exit::NodeOffline, why)
                .hint(format!("tunnelctl nodes reconnects {}", node.name)));
        }
        let kind = Kind::Reverse { node: node.id.to_string().into(), to: args.to.clone() };
        let spec = Spec {
            listen: args.at.into(),
            kind,
            on_drop: OnDrop::Close,
            idle: args.idle,
            max: args.max,
            compress: None,
            note: args.note.as_deref().map(SafeText::from),
            clients: Clients::default(),
        };
        let shown = Shown { via: node.name.to_string(), ..Shown::of(&spec) };
        let line = Line { spec, shown };
        let serving = Serving {
            hold: Hold::Hold(HOLD),
            ready_file: args.ready_file.clone(),
            exec: None,
            exports: None,
            fallback: 0,
            owner: OwnerKind::Foreground,
        };
        serve(run, link, vec![line], serving).await
    })
}

/// Others than the node itself get in: that has to be meant.
fn exposed(args: &ReverseArgs, run: &Run) -> Result<()> {
    let (at, node) = (args.at, &args.node);
    if !args.guest_visible {
        return Err(Failure::usage(format!("{at} at {node} lets machines around it in"))
            .hint("--guest-visible, if that is meant"));
    }
    run.may_create(&format!("let machines around {node} in at {at}"), Level::Moderate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_an_address_and_a_port() {
        for (text, is) in [
            ("9000", "127.0.0.1:9000"),
            ("localhost:9000", "127.0.0.1:9000"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:9000", "[::1]:9000"),
        ] {
            assert_eq!(listener(text).map(|at| at.to_string()), Ok(is.to_owned()));
        }
        for bad in ["", "0", "127.0.0.1:0", "host:9000", "::1:9000", "127.0.0.1", "127.1:80"] {
            assert!(listener(bad).is_err(), "{bad:?}");
        }
    }
}
