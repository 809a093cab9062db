//! Questions and changes about links.

use super::Asker;
use super::objects::{done, done_with_cut, planned};
use crate::core::random;
use crate::ops::{Done, Op};
use crate::tunnels::{self, by_owner};
use crate::views::{self, list};
use wire::message::operator::{Intent, LinkReply, LinkRequest, LinkSpec, Page, Reply};
use wire::{CloseReason, LinkId, Refusal, RefusalCode, SafeText};

/// Answers a question, or carries a change out.
pub(super) async fn handle(asker: &Asker<'_>, request: LinkRequest) -> Result<Reply, Refusal> {
    match request {
        LinkRequest::Links(page) => Ok(all(asker, &page)),
        LinkRequest::Link(link) => {
            let link = asker.core.state.fleet().find_link(link.as_str(), &asker.sight)?;
            Ok(reply(LinkReply::Link(views::link(asker.core, &link))))
        }
        LinkRequest::Create { spec, intent } => create(asker, spec, &intent).await,
        LinkRequest::Delete { link, intent } => delete(asker, &link, &intent).await,
    }
}

fn reply(reply: LinkReply) -> Reply {
    Reply::Link(Box::new(reply))
}

fn all(asker: &Asker<'_>, page: &Page) -> Reply {
    let fleet = asker.core.state.fleet();
    let rows: Vec<_> = fleet
        .links()
        .filter(|link| asker.sight.link(&fleet, link))
        .map(|link| (link.name.to_string(), link))
        .collect();
    let (rows, more) =
        list(asker.core, rows.into_iter(), page, |link| views::link(asker.core, link));
    reply(LinkReply::Links(rows, more))
}

async fn create(asker: &Asker<'_>, spec: LinkSpec, intent: &Intent) -> Result<Reply, Refusal> {
    let (core, name) = (asker.core, spec.name.clone());
    for node in [&spec.at, &spec.to] {
        core.state.fleet().find_node(node.as_str(), &asker.sight)?;
    }
    let (actor, reason) = (asker.session.actor(), intent.reason.clone());
    let op = Op::LinkCreate { actor, spec, id: LinkId::from_random(random()), reason };
    if intent.dry_run {
        core.state.plan(&op)?;
        return Ok(Reply::Done(vec![planned("link", name.as_str(), &[])]));
    }
    match core.apply(op).await?.done {
        Done::Link(link) => {
            core.links.reconcile(core).await;
            Ok(reply(LinkReply::Link(views::link(core, &link))))
        }
        _ => Err(Refusal::new(RefusalCode::Server, "the change had no result")),
    }
}

/// Durable, then cut, then answered (I2).
async fn delete(asker: &Asker<'_>, link: &SafeText, intent: &Intent) -> Result<Reply, Refusal> {
    let core = asker.core;
    let link = core.state.fleet().find_link(link.as_str(), &asker.sight)?;
    let (actor, reason) = (asker.session.actor(), intent.reason.clone());
    let op = Op::LinkDelete { actor, link: link.id, reason };
    if intent.dry_run {
        core.state.plan(&op)?;
        let cuts = core.tunnels.of_link(link.id);
        return Ok(Reply::Done(vec![planned("link", link.name.as_str(), &cuts)]));
    }
    let applied = core.apply(op).await?;
    let cut = core.tunnels.of_link(link.id);
    let report = tunnels::cut(core, &cut, CloseReason::ClosedByOperator, &asker.by()).await?;
    core.links.reconcile(core).await;
    let done = done("link", link.name.as_str(), &applied);
    Ok(Reply::Done(vec![done_with_cut(done, &report, by_owner(&cut))]))
}
