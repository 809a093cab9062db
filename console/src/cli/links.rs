//! `links`: stored routes from a node to a node, kept up by the server with no operator present.

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::out::{Cell, Column, Look, Row, Tone, warn};
use crate::cli::pages::collect;
use crate::cli::reverse::listener;
use crate::cli::runtime::one_shot;
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use crate::filter::link_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::net::SocketAddr;
use wire::message::operator::{LinkReply, LinkRequest, LinkSpec, PolicyRequest, Reply, Request};
use wire::message::view::{LinkState, LinkView, NodeRef};
use wire::{Name, SafeText, Target};

/// Verbs of `links`.
#[derive(Debug, Subcommand)]
pub enum LinksCommand {
    /// Lead what comes in at one node to a target at another, from now on
    Create(CreateArgs),
    /// List links
    #[command(visible_alias = "ls")]
    List(LinksListArgs),
    /// Show one link
    #[command(visible_alias = "show")]
    Get(LinkArgs),
    /// Remove links and cut their tunnels
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

/// What leads where.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its name
    name: String,
    /// The node that listens, and where; its owner grants it (reverse in its agent.toml)
    #[arg(long, value_name = "A:LISTEN", value_parser = listening)]
    at: At,
    /// The node that dials, and what
    #[arg(long, value_name = "B:HOST:PORT", value_parser = dialling)]
    to: To,
    /// A link of this name, from and to the same, counts as created
    #[arg(long)]
    if_missing: bool,
}

/// A node, and where it listens.
#[derive(Debug, Clone)]
pub struct At(String, SocketAddr);

/// A node, and what it dials.
#[derive(Debug, Clone)]
pub struct To(String, Target);

/// Which link.
#[derive(Debug, Args)]
pub struct LinkArgs {
    /// Name, id or unique id prefix
    link: String,
}

/// Which links to remove.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    links: Vec<String>,
    /// A link that is not there is no failure
    #[arg(long)]
    ignore_missing: bool,
}

/// Which part of the list.
#[derive(Debug, Args)]
pub struct LinksListArgs {
    #[command(flatten)]
    list: ListArgs,
    /// Only in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = parse_state)]
    state: Vec<LinkState>,
    /// Only from or to this node
    #[arg(long, value_name = "N")]
    node: Option<String>,
}

/// Whether this is the node by this name or id.
fn is(node: &NodeRef, name: &str) -> bool {
    node.name.as_str() == name || node.id.to_string() == name
}

fn parse_state(text: &str) -> std::result::Result<LinkState, String> {
    text.parse().map_err(|()| {
        let all: Vec<&str> = LinkState::ALL.iter().map(|s| s.as_str()).collect();
        format!("one of {}", all.join(", "))
    })
}

/// Reads `A:ADDRESS:PORT`, or `A:PORT` for loopback.
fn listening(text: &str) -> std::result::Result<At, String> {
    let form = || "NODE:ADDRESS:PORT, like web1:127.0.0.1:9000 or web1:[::1]:9000".to_owned();
    let (node, at) = text.split_once(':').filter(|(node, _)| !node.is_empty()).ok_or_else(form)?;
    Ok(At(node.to_owned(), listener(at)?))
}

/// Reads `B:HOST:PORT`, or `B:PORT` for the node's own loopback.
fn dialling(text: &str) -> std::result::Result<To, String> {
    let form = || "NODE:HOST:PORT, like web2:10.0.1.50:5432".to_owned();
    let (node, to) = text.split_once(':').filter(|(node, _)| !node.is_empty()).ok_or_else(form)?;
    let to = match to.parse::<u16>() {
        Ok(port) => format!("localhost:{port}"),
        Err(_) => to.to_owned(),
    };
    Ok(To(node.to_owned(), to.parse().map_err(|error| format!("{error}; {}", form()))?))
}

impl Row for LinkView {
    const KIND: &'static str = "Link";
    const COLUMNS: &'static [Column] = &[
        Column::text("name", "NAME"),
        Column::text("at", "AT"),
        Column::text("to", "TO"),
        Column::text("state", "STATE"),
        Column::number("tun", "TUN"),
        Column::number("up_total", "▲ TOTAL"),
        Column::number("down_total", "▼ TOTAL"),
        Column::number("waiting", "WAITING").wide(),
        Column::text("rule", "RULE").wide(),
        Column::text("granted", "GRANTED").wide(),
        Column::text("by", "BY").wide(),
        Column::number("age", "AGE").wide(),
        Column::text("id", "ID").wide(),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "name" => Cell::plain(self.name.as_str()),
            "at" => Cell::plain(at(self)),
            "to" => Cell::plain(to(self)),
            "tun" => look.count(self.tunnels.into()),
            "up_total" => look.bytes(self.up_bytes),
            "down_total" => look.bytes(self.down_bytes),
            "waiting" => look.count(self.waiting.into()),
            "rule" => look.text(self.rule),
            "granted" => look.text(self.granted.map(|yes| if yes { "yes" } else { "no" })),
            "by" => look.text(self.created_by.as_ref()),
            "age" => look.ago(Some(self.created_at)),
            "id" => Cell::plain(self.id.to_string()),
            _ => {
                let why = self.reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                Cell::toned(format!("{}{why}", self.state), tone(self.state))
            }
        }
    }

    fn in_short(&self, _: &Look) -> Option<String> {
        Some(format!("{} to {}", at(self), to(self)))
    }
}

fn at(link: &LinkView) -> String {
    format!("{}:{}", link.at.node.name, link.at.listen)
}

fn to(link: &LinkView) -> String {
    format!("{}:{}", link.to.node.name, link.to.target)
}

const fn tone(state: LinkState) -> Tone {
    match state {
        LinkState::Listening => Tone::Good,
        LinkState::Waiting => Tone::Warn,
        LinkState::Refused => Tone::Bad,
    }
}

/// Runs `links`.
///
/// # Errors
/// As the contract says.
pub fn run(command: LinksCommand, run: &Run) -> Result {
    match command {
        LinksCommand::Create(args) => one_shot(create(run, &args)),
        LinksCommand::List(args) => one_shot(list(run, &args)),
        LinksCommand::Get(args) => one_shot(get(run, &crate::cli::names::one(&args.link)?)),
        LinksCommand::Delete(args) => one_shot(delete(run, &args)),
    }
}

fn ask(request: LinkRequest) -> Request {
    Request::Policy(Box::new(PolicyRequest::Link(request)))
}

async fn list(run: &Run, args: &LinksListArgs) -> Result {
    let filter = args.list.filter(&link_schema())?;
    let has = |link: &LinkView| {
        filter.as_ref().is_none_or(|f| f.matches(link, System.wall()))
            && (args.state.is_empty() || args.state.contains(&link.state))
            && args.node.as_deref().is_none_or(|n| is(&link.at.node, n) || is(&link.to.node, n))
    };
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Link(reply) => match *reply {
            LinkReply::Links(links, more) => Some((links, more)),
            LinkReply::Link(_) => None,
        },
        _ => None,
    };
    let pages = |page| ask(LinkRequest::Links(page));
    let links = collect(run, &link, &args.list, pages, take, has).await?;
    let exit = run.listed(&links)?;
    link.close().await;
    Ok(exit)
}

async fn find(link: &Link, name: &str) -> Result<LinkView> {
    match link.ask(ask(LinkRequest::Link(name.into()))).await? {
        Reply::Link(reply) => match *reply {
            LinkReply::Link(view) => Ok(view),
            LinkReply::Links(..) => Err(unexpected("a link")),
        },
        _ => Err(unexpected("a link")),
    }
}

async fn get(run: &Run, name: &str) -> Result {
    let link = connect(&run.settings).await?;
    run.out.object(&find(&link, name).await?)?;
    link.close().await;
    Ok(Exit::Ok)
}

async fn delete(run: &Run, args: &DeleteArgs) -> Result {
    Change::new("delete link", "deleted", Level::Moderate, &args.links)?
        .ignore_missing(args.ignore_missing)
        .apply(run, |link, intent| ask(LinkRequest::Delete { link, intent }))
        .await
}

async fn create(run: &Run, args: &CreateArgs) -> Result {
    let name: Name =
        args.name.parse().map_err(|e| Failure::usage(format!("{:?}: {e}", args.name)))?;
    let (At(at_node, listen), To(to_node, target)) = (&args.at, &args.to);
    let intent = run.intent();
    // Others than the node itself get in: that has to be meant.
    let level = if listen.ip().is_loopback() { Level::Mild } else { Level::Moderate };
    run.may_create(&format!("let machines around {at_node} in at {listen}"), level)?;
    let link = connect(&run.settings).await?;
    if args.if_missing
        && let Ok(there) = find(&link, name.as_str()).await
        && is_same(&there, args)
    {
        created(run, &link, &there, "exists already").await?;
        link.close().await;
        return Ok(Exit::Ok);
    }
    let spec = LinkSpec {
        name,
        at: at_node.as_str().into(),
        listen: (*listen).into(),
        to: to_node.as_str().into(),
        target: target.clone(),
    };
    let exit = match link.ask(ask(LinkRequest::Create { spec, intent })).await? {
        Reply::Link(reply) => match *reply {
            LinkReply::Link(view) => created(run, &link, &view, "").await,
            LinkReply::Links(..) => Err(unexpected("a link")),
        },
        reply => run.planned("create link", reply, &args.name),
    };
    link.close().await;
    exit
}

fn is_same(there: &LinkView, args: &CreateArgs) -> bool {
    let (At(at, listen), To(to, target)) = (&args.at, &args.to);
    there.name.as_str() == args.name
        && is(&there.at.node, at)
        && is(&there.to.node, to)
        && there.at.listen == (*listen).into()
        && there.to.target == *target
}

async fn created(run: &Run, link: &Link, view: &LinkView, note: &str) -> Result {
    if run.out.quiet {
        run.out.line(&view.id.to_string())?;
        return Ok(Exit::Ok);
    }
    if run.out.is_structured() || run.out.format == crate::cli::global::Format::Name {
        run.out.object(view)?;
    } else {
        let look = &run.out.look;
        let arrow = look.glyph("→", "->");
        let (from, to) = (at(view), to(view));
        let line =
            format!("{} {} {}   {from} {arrow} {to}   {note}", look.tick(), view.id, view.name);
        run.out.line(line.trim_end())?;
    }
    if let Some(rule) = view.rule {
        run.out.aside(&format!("rule {rule} lets it pass"));
    }
    for line in missing(view, granted_already(link, view).await) {
        warn(&line);
    }
    run.out.aside(&format!("undo: tunnelctl links delete {}", view.name));
    Ok(Exit::Ok)
}

/// What the node grants now, as far as the caller may know.
async fn granted_already(link: &Link, view: &LinkView) -> Vec<SafeText> {
    if view.granted != Some(false) {
        return Vec::new();
    }
    let node = crate::cli::nodes::find(link, &view.at.node.id.to_string()).await;
    node.ok().and_then(|node| node.reverse).unwrap_or_default()
}

/// What has to be done before it passes.
fn missing(view: &LinkView, grants: Vec<SafeText>) -> Vec<String> {
    let (from, listen) = (&view.at.node.name, &view.at.listen);
    let (to, target) = (&view.to.node.name, &view.to.target);
    let rule = view.rule.is_none().then(|| {
        format!(
            "no rule lets it pass yet: tunnelctl rules create --allow --who node:{from} \
             --nodes {to} --to {target}"
        )
    });
    let grant = (view.granted == Some(false)).then(|| {
        let all: Vec<String> = grants.iter().map(ToString::to_string).collect();
        let all = [all, vec![listen.to_string()]].concat().join(" ");
        format!(
            "{from} does not grant the listener yet; on {from}: tunnelctl agent config set \
             reverse {all}"
        )
    });
    rule.into_iter().chain(grant).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn both_ends_are_a_node_and_a_place() {
        for (text, node, at) in [
            ("web1:9000", "web1", "127.0.0.1:9000"),
            ("web1:localhost:9000", "web1", "127.0.0.1:9000"),
            ("web1:0.0.0.0:80", "web1", "0.0.0.0:80"),
            ("n_aaaa:[::1]:9000", "n_aaaa", "[::1]:9000"),
        ] {
            let At(of, is) = listening(text).unwrap();
            assert_eq!((of.as_str(), is.to_string().as_str()), (node, at));
        }
        for bad in ["", "9000", ":9000", "web1", "web1:0", "web1:host:80", "web1:::1:80"] {
            assert!(listening(bad).is_err(), "{bad:?}");
        }
        for (text, node, to) in [
            ("web2:5432", "web2", "localhost:5432"),
            ("web2:db.internal:5432", "web2", "db.internal:5432"),
            ("web2:unix:/run/app.sock", "web2", "unix:/run/app.sock"),
        ] {
            let To(of, is) = dialling(text).unwrap();
            assert_eq!((of.as_str(), is.to_string().as_str()), (node, to));
        }
        for bad in ["", "5432", ":5432", "web2:", "web2:host:0", "web2:host"] {
            assert!(dialling(bad).is_err(), "{bad:?}");
        }
    }
}
