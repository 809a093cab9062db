//! Questions: answered from the snapshot and live facts, page by page.

use super::{Asker, objects};
use crate::audit::Query;
use crate::core::Core;
use crate::policy::{self, Decision, Sight};
use crate::views::{self, list};
use std::sync::Arc;
use wire::limits::MAX_PAGE;
use wire::message::operator::{Page, Reply, Request};
use wire::{AuditId, Refusal, RefusalCode, SafeText, Target, UnixMs};

/// Answers a question; gives anything else back.
pub(super) async fn answer(
    asker: &Asker<'_>,
    request: Request,
) -> Result<Result<Reply, Refusal>, Request> {
    let (core, operator, record) = (asker.core, asker.session, asker.record);
    let sight = &asker.sight;
    Ok(match request {
        Request::Whoami => {
            let ends = Some(record.certificate_expires_at);
            Ok(Reply::Whoami(views::whoami(core, record, operator.source, ends)))
        }
        Request::Server => Ok(Reply::Server(views::server(core, sight))),
        Request::Nodes(page) => Ok(nodes(core, sight, &page)),
        Request::Node(node) => find(core.state.fleet().find_node(node.as_str(), sight), |node| {
            Reply::Node(views::node(core, node))
        }),
        Request::Reconnects { node, since } => reconnects(core, sight, &node, since),
        Request::NodePath { node } => path(core, sight, &node),
        Request::Pending(page) => Ok(pending(core, sight, &page)),
        Request::Tokens(page) => {
            let (tokens, more) = views::tokens(core, &page);
            Ok(Reply::Tokens(tokens, more))
        }
        Request::Token(token) => find(core.state.fleet().find_token(token.as_str()), |token| {
            views::token_reply(core, token)
        }),
        Request::Tunnels { page, node, who } => tunnels(core, sight, &page, node, who),
        Request::Tunnel(tunnel) => find(objects::tunnel(core, sight, tunnel.as_str()), |tunnel| {
            Reply::Tunnel(tunnel.view(core.clock.now()))
        }),
        Request::TunnelTrace(tunnel) => {
            find(objects::tunnel(core, sight, tunnel.as_str()), |tunnel| {
                Reply::Tunnel(tunnel.traced(core.clock.now()))
            })
        }
        Request::Ports(page) => Ok(ports(core, sight, &page)),
        Request::Port(port) => find(core.state.fleet().find_port(port.as_str(), sight), |port| {
            Reply::Port(views::port_for(core, sight, port))
        }),
        Request::Rules(page) => Ok(rules(core, &page)),
        Request::Audit { after, backwards, limit, action, since, until } => {
            let limit = limit.clamp(1, MAX_PAGE);
            audit(core, sight, Query { after, backwards, limit, action, since, until }).await
        }
        Request::AuditGet(id) => audit_event(core, sight, &id).await,
        Request::Metrics => Ok(Reply::Metrics(core.metrics.text(core))),
        Request::CanOpen { node, target } => can_open(asker, &node, &target),
        Request::Sessions(page) => Ok(sessions(core, sight, &page)),
        Request::Session(session) => views::session_by_name(core, sight, session.as_str())
            .map(|session| Reply::Session(Box::new(session))),
        Request::Guests(page) => Ok(guests(core, sight, &page)),
        Request::Guest(guest) => {
            find(core.state.fleet().find_guest(guest.as_str(), sight), |guest| {
                Reply::Guest(views::guest(core, guest))
            })
        }
        Request::Locks(page) => Ok(locks(core, sight, &page)),
        Request::LockGet(lock) => {
            find(core.state.fleet().find_lock(lock.as_str(), sight), |lock| {
                Reply::Lock(views::lock(lock, core.wall()))
            })
        }
        change => return Err(change),
    })
}

fn find<T: ?Sized>(
    found: Result<Arc<T>, Refusal>,
    reply: impl FnOnce(&T) -> Reply,
) -> Result<Reply, Refusal> {
    found.map(|object| reply(&object))
}

fn nodes(core: &Core, sight: &Sight, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let total = match sight.is_everything() {
        true => fleet.node_count(),
        false => fleet.nodes().filter(|node| sight.node(&fleet, node)).count(),
    };
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let rest = match &page.after {
        Some(after) => fleet.nodes_after(after.as_str()),
        None => fleet.nodes(),
    };
    let seen = rest.filter(|node| sight.node(&fleet, node));
    let rows = seen.map(|node| (node.name.as_str().to_owned(), node));
    let (rows, mut more) = list(core, rows, page, |node| views::node(core, node));
    more.total = Some(total);
    Reply::Nodes(rows, more)
}

fn pending(core: &Core, sight: &Sight, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let rest = match &page.after {
        Some(after) => fleet.nodes_after(after.as_str()),
        None => fleet.nodes(),
    };
    let seen = rest.filter(|node| sight.node(&fleet, node));
    let rows = seen.filter_map(|node| views::pending(&fleet, &node));
    let rows = rows.map(|view| (view.name.as_str().to_owned(), view));
    let (rows, more) = list(core, rows, page, Clone::clone);
    Reply::Pending(rows, more)
}

fn tunnels(
    core: &Core,
    sight: &Sight,
    page: &Page,
    node: Option<SafeText>,
    who: Option<SafeText>,
) -> Result<Reply, Refusal> {
    let fleet = core.state.fleet();
    let node = node.map(|node| fleet.find_node(node.as_str(), sight)).transpose()?;
    let mut rows: Vec<_> = core
        .tunnels
        .shown()
        .into_iter()
        .filter(|tunnel| views::sees_tunnel(core, sight, tunnel))
        .filter(|tunnel| {
            let through = tunnel.node.as_ref().map(|node| node.id);
            node.as_ref().is_none_or(|node| Some(node.id) == through)
        })
        .filter(|tunnel| {
            let name = tunnel.who().name();
            who.as_ref().is_none_or(|who| name.as_deref() == Some(who.as_str()))
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

fn ports(core: &Core, sight: &Sight, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let mut rows: Vec<_> = fleet
        .ports()
        .filter(|port| sight.port(&fleet, port))
        .map(|port| (port.name.as_str().to_owned(), port))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, more) =
        list(core, rows.into_iter(), page, |port| views::port_for(core, sight, port));
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

fn sessions(core: &Core, sight: &Sight, page: &Page) -> Reply {
    let mut rows: Vec<_> = views::sessions(core, sight)
        .into_iter()
        .map(|session| (newest_first(session.started_at, &session.id.to_string()), session))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, more) = list(core, rows.into_iter(), page, Clone::clone);
    Reply::Sessions(rows, more)
}

fn guests(core: &Core, sight: &Sight, page: &Page) -> Reply {
    let fleet = core.state.fleet();
    let mut rows: Vec<_> = fleet
        .guests()
        .filter(|guest| sight.guest(&fleet, guest))
        .map(|guest| (newest_first(guest.created_at, &guest.id.to_string()), guest))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, more) = list(core, rows.into_iter(), page, |guest| views::guest(core, guest));
    Reply::Guests(rows, more)
}

fn locks(core: &Core, sight: &Sight, page: &Page) -> Reply {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let mut rows: Vec<_> = fleet
        .locks()
        .filter(|lock| sight.lock(&fleet, lock))
        .map(|lock| (newest_first(lock.created_at, &lock.id.to_string()), lock))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let (rows, more) = list(core, rows.into_iter(), page, |lock| views::lock(lock, now));
    Reply::Locks(rows, more)
}

fn reconnects(
    core: &Core,
    sight: &Sight,
    node: &SafeText,
    since: Option<UnixMs>,
) -> Result<Reply, Refusal> {
    let node = core.state.fleet().find_node(node.as_str(), sight)?;
    let recent = node.reconnects.iter().rev();
    Ok(Reply::Reconnects(
        recent.filter(|r| since.is_none_or(|since| r.at >= since)).cloned().collect(),
    ))
}

fn path(core: &Core, sight: &Sight, node: &SafeText) -> Result<Reply, Refusal> {
    let node = core.state.fleet().find_node(node.as_str(), sight)?;
    let away = || {
        Refusal::new(RefusalCode::NotFound, format!("{} is not connected", node.name)).hint(format!(
            "tunnelctl nodes get {0}        why\n  tunnelctl nodes reconnects {0} how it came before",
            node.name
        ))
    };
    core.registry
        .session(node.id)
        .map(|session| Reply::Path(views::path(core, sight, &node, &session)))
        .ok_or_else(away)
}

async fn audit(core: &Core, sight: &Sight, query: Query) -> Result<Reply, Refusal> {
    let found = core.state.audit(query).await?;
    let fleet = core.state.fleet();
    let unseen = (!sight.is_everything()).then_some(true);
    let events: Vec<_> =
        found.events.into_iter().filter(|event| sight.record(&fleet, event)).collect();
    let before = events.len();
    let mut pages = views::Pages::new(events.into_iter());
    let events = pages.next_page();
    // A page is bounded in bytes too: what did not fit is asked for again.
    let next = match events.last() {
        Some(last) if events.len() < before => Some(last.seq),
        _ => found.next,
    };
    Ok(Reply::Audit { events, scanned: found.scanned, next, head: found.head, unseen })
}

async fn audit_event(core: &Core, sight: &Sight, id: &SafeText) -> Result<Reply, Refusal> {
    let seq = id.as_str().parse::<AuditId>().map(AuditId::seq).ok();
    let seq = seq.or_else(|| id.as_str().parse().ok());
    let absent = || Refusal::new(RefusalCode::NotFound, format!("no audit record {id}"));
    let event = core.state.audit_event(seq.ok_or_else(absent)?).await?;
    let event = event.filter(|event| sight.record(&core.state.fleet(), event));
    event.map(|event| Reply::AuditEvent(Box::new(event))).ok_or_else(absent)
}

fn can_open(asker: &Asker<'_>, node: &SafeText, target: &Target) -> Result<Reply, Refusal> {
    let (core, record, sight) = (asker.core, asker.record, &asker.sight);
    let fleet = core.state.fleet();
    let node = fleet.find_node(node.as_str(), sight)?;
    let target = target.checked().map_err(|e| Refusal::new(RefusalCode::Usage, e.to_string()))?;
    let source = asker.session.source;
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
