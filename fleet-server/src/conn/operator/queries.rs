//! Questions: answered from the snapshot and live facts, page by page.

use super::objects;
use crate::audit::Query;
use crate::core::Core;
use crate::fleet::OperatorRecord;
use crate::operators::OperatorSession;
use crate::policy::{self, Decision};
use crate::views::{self, list};
use std::sync::Arc;
use wire::limits::MAX_PAGE;
use wire::message::operator::{Page, Reply, Request};
use wire::{AuditId, Refusal, RefusalCode, SafeText, Target, UnixMs};

/// Answers a question; gives anything else back.
pub(super) async fn answer(
    core: &Arc<Core>,
    operator: &OperatorSession,
    record: &OperatorRecord,
    request: Request,
) -> Result<Result<Reply, Refusal>, Request> {
    Ok(match request {
        Request::Whoami => {
            let ends = Some(record.certificate_expires_at);
            Ok(Reply::Whoami(views::whoami(core, record, operator.source, ends)))
        }
        Request::Server => Ok(Reply::Server(views::server(core))),
        Request::Nodes(page) => Ok(nodes(core, &page)),
        Request::Node(node) => find(core.state.fleet().find_node(node.as_str()), |node| {
            Reply::Node(views::node(core, node))
        }),
        Request::Reconnects { node, since } => reconnects(core, &node, since),
        Request::Tokens(page) => Ok(tokens(core, &page)),
        Request::Token(token) => find(core.state.fleet().find_token(token.as_str()), |token| {
            views::token_reply(core, token)
        }),
        Request::Tunnels { page, node, who } => tunnels(core, &page, node, who),
        Request::Tunnel(tunnel) => find(objects::tunnel(core, tunnel.as_str()), |tunnel| {
            Reply::Tunnel(tunnel.view(core.clock.now()))
        }),
        Request::Ports(page) => Ok(ports(core, &page)),
        Request::Port(port) => find(core.state.fleet().find_port(port.as_str()), |port| {
            Reply::Port(views::port(core, port))
        }),
        Request::Rules(page) => Ok(rules(core, &page)),
        Request::Audit { after, backwards, limit, action, since, until } => {
            let limit = limit.clamp(1, MAX_PAGE);
            audit(core, Query { after, backwards, limit, action, since, until }).await
        }
        Request::AuditGet(id) => audit_event(core, &id).await,
        Request::Metrics => Ok(Reply::Metrics(core.metrics.text(core))),
        Request::CanOpen { node, target } => can_open(core, operator, record, &node, &target),
        change => return Err(change),
    })
}

fn find<T: ?Sized>(
    found: Result<Arc<T>, Refusal>,
    reply: impl FnOnce(&T) -> Reply,
) -> Result<Reply, Refusal> {
    found.map(|object| reply(&object))
}

fn nodes(core: &Core, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let total = u64::try_from(fleet.node_count()).unwrap_or(u64::MAX);
    let rest = match &page.after {
        Some(after) => fleet.nodes_after(after.as_str()),
        None => fleet.nodes(),
    };
    let rows = rest.map(|node| (node.name.as_str().to_owned(), node));
    let (rows, mut more) = list(core, rows, page, |node| views::node(core, node));
    more.total = Some(total);
    Reply::Nodes(rows, more)
}

fn tokens(core: &Core, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let mut rows: Vec<_> = fleet
        .tokens()
        .map(|token| (newest_first(token.created_at, &token.id.to_string()), token))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, more) = list(core, rows.into_iter(), page, |t| views::token(t, core.wall()));
    Reply::Tokens(rows, more)
}

fn tunnels(
    core: &Core,
    page: &Page,
    node: Option<SafeText>,
    who: Option<SafeText>,
) -> Result<Reply, Refusal> {
    let fleet = core.state.fleet();
    let node = node.map(|node| fleet.find_node(node.as_str())).transpose()?;
    let mut rows: Vec<_> = core
        .tunnels
        .shown()
        .into_iter()
        .filter(|tunnel| node.as_ref().is_none_or(|node| node.id == tunnel.node.id))
        .filter(|tunnel| {
            let operator = tunnel.who.operator.as_ref().map(|name| name.as_str());
            who.as_ref().is_none_or(|who| operator == Some(who.as_str()))
        })
        .map(|tunnel| (newest_first(tunnel.opened_at, &tunnel.id.to_string()), tunnel))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let now = core.clock.now();
    let (rows, more) = list(core, rows.into_iter(), page, |tunnel| tunnel.view(now));
    Ok(Reply::Tunnels(rows, more))
}

/// A cursor that sorts the newest first.
fn newest_first(at: UnixMs, id: &str) -> String {
    format!("{:020}{id}", u64::MAX - at.0)
}

fn ports(core: &Core, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let mut rows: Vec<_> =
        fleet.ports().map(|port| (port.name.as_str().to_owned(), port)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, more) = list(core, rows.into_iter(), page, |port| views::port(core, port));
    Reply::Ports(rows, more)
}

fn rules(core: &Core, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let rows = fleet
        .rules()
        .iter()
        .zip(1u32..)
        .map(|(rule, order)| (format!("{order:010}"), (rule, order)));
    let (rows, more) = list(core, rows, page, |(rule, order)| views::rule(core, rule, *order));
    Reply::Rules(rows, more)
}

fn reconnects(core: &Core, node: &SafeText, since: Option<UnixMs>) -> Result<Reply, Refusal> {
    let node = core.state.fleet().find_node(node.as_str())?;
    let recent = node.reconnects.iter().rev();
    Ok(Reply::Reconnects(
        recent.filter(|r| since.is_none_or(|since| r.at >= since)).cloned().collect(),
    ))
}

async fn audit(core: &Core, query: Query) -> Result<Reply, Refusal> {
    let found = core.state.audit(query).await?;
    let before = found.events.len();
    let mut pages = views::Pages::new(found.events.into_iter());
    let events = pages.next_page();
    // A page is bounded in bytes too: what did not fit is asked for again.
    let next = match events.last() {
        Some(last) if events.len() < before => Some(last.seq),
        _ => found.next,
    };
    Ok(Reply::Audit { events, scanned: found.scanned, next, head: found.head })
}

async fn audit_event(core: &Core, id: &SafeText) -> Result<Reply, Refusal> {
    let seq = id.as_str().parse::<AuditId>().map(AuditId::seq).ok();
    let seq = seq.or_else(|| id.as_str().parse().ok());
    let absent = || Refusal::new(RefusalCode::NotFound, format!("no audit record {id}"));
    let event = core.state.audit_event(seq.ok_or_else(absent)?).await?;
    event.map(|event| Reply::AuditEvent(Box::new(event))).ok_or_else(absent)
}

fn can_open(
    core: &Core,
    operator: &OperatorSession,
    record: &OperatorRecord,
    node: &SafeText,
    target: &Target,
) -> Result<Reply, Refusal> {
    let fleet = core.state.fleet();
    let node = fleet.find_node(node.as_str())?;
    let target = target.checked().map_err(|e| Refusal::new(RefusalCode::Usage, e.to_string()))?;
    let source = operator.source;
    match policy::operator_tunnel(&fleet, record, source, &node, &target, core.wall()) {
        Decision::Allow(rule) => Ok(Reply::CanOpen(Some(rule))),
        Decision::Deny(rule) => {
            let message = format!("{} → {target} is denied", node.name);
            let refusal = Refusal::new(RefusalCode::Denied, message);
            Err(match rule {
                Some(rule) => refusal.rule(rule),
                None => refusal,
            })
        }
    }
}
