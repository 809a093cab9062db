//! `socks`: a SOCKS5 (and HTTP) proxy on this machine whose targets are dialled, and resolved, at a node:
//! at one, at one of those with a label, or at the one whose name stands in the target's.

use crate::cli::Run;
use crate::cli::forward::{Line, ListenerArgs, Serving, away, serve};
use crate::cli::global::{LabelArgs, ListArgs};
use crate::cli::pages::collect;
use crate::cli::runtime::many;
use crate::ctx::Link;
use crate::ctx::access::connect_as;
use crate::exit::{Exit, Failure, Result};
use crate::forwards::{OwnerKind, Shown};
use clap::Args;
use link::forward::{Dns, Group, Kind, PickNode, Through};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use wire::Labels;
use wire::message::operator::{Reply, Request};
use wire::message::view::NodeView;

/// What to proxy.
#[derive(Debug, Args)]
pub struct SocksArgs {
    /// The node: name, id or unique id prefix; without one, names are host.NODE.tun
    node: Option<String>,
    /// Through one of the nodes with this label; repeat for all of several
    #[arg(short = 'l', long = "label", value_name = "KEY[=VALUE]", conflicts_with = "node")]
    labels: Vec<String>,
    /// Which of them: the shortest round trip, any, or the same until it is lost
    #[arg(long, value_name = "rtt|random|sticky", requires = "labels", value_parser = parse_pick)]
    pick: Option<PickNode>,
    /// Who looks up the names that clients ask for: the node, or this machine
    #[arg(long, value_name = "remote|local", default_value = "remote", value_parser = parse_dns)]
    dns: Dns,
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1080")]
    listen: SocketAddr,
    /// File with one line USER:PASSWORD that clients must give, mode 0600
    #[arg(long, value_name = "F")]
    auth_file: Option<PathBuf>,
    /// Speak HTTP CONNECT and plain HTTP proxying too
    #[arg(long)]
    http: bool,
    /// Print export lines for a shell first
    #[arg(long)]
    env: bool,
    #[command(flatten)]
    listener: ListenerArgs,
}

/// Runs `socks`.
///
/// # Errors
/// As the contract says.
pub fn run(args: SocksArgs, run: &Run) -> Result {
    let auth = args.auth_file.as_deref().map(credentials).transpose()?;
    many(async {
        let link = connect_as(&run.settings, "socks").await?;
        let (through, via, away) = through(run, &link, &args).await?;
        let kind = Kind::Proxy { through, dns: args.dns, http: args.http, auth };
        let spec = args.listener.spec(args.listen, kind);
        let line = Line { shown: Shown { via, away, ..Shown::of(&spec) }, spec };
        let serving = Serving {
            hold: args.listener.on_drop,
            ready_file: args.listener.ready_file.clone(),
            exec: None,
            fallback: args.listener.port_fallback,
            owner: OwnerKind::Foreground,
            exports: args.env.then_some(if args.http { http_exports } else { socks_exports }),
        };
        serve(run, link, vec![line], serving).await
    })
}

fn parse_pick(text: &str) -> std::result::Result<PickNode, &'static str> {
    match text {
        "rtt" => Ok(PickNode::Rtt),
        "random" => Ok(PickNode::Random),
        "sticky" => Ok(PickNode::Sticky),
        _ => Err("one of rtt, random, sticky"),
    }
}

/// Reads who looks names up.
///
/// # Errors
/// Anything but `remote` and `local`.
pub(super) fn parse_dns(text: &str) -> std::result::Result<Dns, &'static str> {
    match text {
        "remote" => Ok(Dns::Remote),
        "local" => Ok(Dns::Local),
        _ => Err("remote or local"),
    }
}

/// Through what it leads, what people call that, and why it has to wait, if it has.
async fn through(
    run: &Run,
    link: &Link,
    args: &SocksArgs,
) -> Result<(Through, String, Option<String>)> {
    if let Some(node) = &args.node {
        let node = crate::cli::nodes::find(link, node).await?;
        let through = Through::Node(node.id.to_string().into());
        return Ok((through, node.name.to_string(), away(&node)));
    }
    if args.labels.is_empty() {
        return Ok((Through::Fleet, "*.NODE.tun".to_owned(), None));
    }
    let group = group(&args.labels, args.pick.unwrap_or(PickNode::Rtt))?;
    let via = group.to_string();
    let labels = LabelArgs { labels: args.labels.clone() };
    let take = |reply| match reply {
        Reply::Nodes(nodes, more) => Some((nodes, more)),
        _ => None,
    };
    let all = ListArgs { limit: Some(u32::MAX), filter: None };
    let has = |node: &NodeView| labels.matches(&node.labels);
    let found = collect(run, link, &all, Request::Nodes, take, has).await?;
    if found.rows.is_empty() {
        return Err(Failure::new(Exit::NotFound, format!("no node has the label {via}"))
            .hint("tunnelctl nodes list     shows the labels of each"));
    }
    let connected = found.rows.iter().any(|node| node.state.is_connected());
    let away = (!connected).then(|| format!("no node with {via} is connected"));
    Ok((Through::Group(group), via, away))
}

/// The nodes with these labels, `KEY=VALUE` or `KEY` for any value.
///
/// # Errors
/// One is no label.
pub(super) fn group(labels: &[String], pick: PickNode) -> Result<Group> {
    let read = |label: &String| {
        let pair = Labels::pair(label);
        let (key, value) = pair.map_err(|error| Failure::usage(format!("{label:?}: {error}")))?;
        Ok((key, label.contains('=').then_some(value)))
    };
    Ok(Group { labels: labels.iter().map(read).collect::<Result<_>>()?, pick })
}

fn socks_exports(address: SocketAddr) -> String {
    format!("export ALL_PROXY=socks5h://{address}")
}

fn http_exports(address: SocketAddr) -> String {
    format!(
        "export ALL_PROXY=socks5h://{address}\nexport HTTP_PROXY=http://{address}\nexport HTTPS_PROXY=http://{address}"
    )
}

/// The user and password that clients must give.
///
/// # Errors
/// The file can't be read, others can read it, or it is not one line of both.
pub(super) fn credentials(file: &Path) -> Result<(String, String)> {
    let bytes = pki::files::read_secret(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    match (lines.next().and_then(|line| line.trim().split_once(':')), lines.next()) {
        (Some((user, password)), None) if !user.is_empty() && !password.is_empty() => {
            let fits = user.len() <= 255 && password.len() <= 255;
            if fits {
                return Ok((user.to_owned(), password.to_owned()));
            }
            Err(Failure::usage(format!("{}: user or password over 255 bytes", file.display())))
        }
        _ => Err(Failure::new(
            Exit::Usage,
            format!("{}: not one line USER:PASSWORD", file.display()),
        )),
    }
}
