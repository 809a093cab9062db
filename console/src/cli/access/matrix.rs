//! `access matrix`: every operator against every published port, or against one target at every node.

use super::{MatrixArgs, decide};
use crate::cli::Run;
use crate::cli::operators::policy;
use crate::cli::out::list::Listed;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::Part;
use crate::ctx::access::unexpected;
use crate::ctx::{Link, connect};
use crate::exit::Result;
use link::{Clock, System};
use serde::Serialize;
use wire::limits::MAX_PAGE;
use wire::message::operator::{AccessQuestion, Page, PolicyReply, PolicyRequest, Reply, Request};
use wire::message::view::{OperatorState, OperatorView};
use wire::{RuleId, SafeText};

/// One decision of the matrix.
#[derive(Debug, Clone, Serialize)]
struct AccessCell {
    operator: SafeText,
    object: SafeText,
    allowed: bool,
    rule: Option<RuleId>,
}

impl Row for AccessCell {
    const KIND: &'static str = "AccessCell";
    const COLUMNS: &'static [Column] = &[
        Column::text("operator", "OPERATOR"),
        Column::text("object", "OBJECT"),
        Column::text("allowed", "ALLOWED"),
        Column::text("rule", "RULE"),
    ];

    fn id(&self) -> String {
        format!("{} {}", self.operator, self.object)
    }

    fn name(&self) -> String {
        self.id()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "operator" => Cell::plain(self.operator.as_str()),
            "object" => Cell::plain(self.object.as_str()),
            "allowed" if self.allowed => Cell::toned("yes", Tone::Good),
            "allowed" => Cell::toned("no", Tone::Dim),
            _ => look.text(self.rule.as_ref()),
        }
    }
}

pub(super) async fn run(run: &Run, args: &MatrixArgs) -> Result {
    let link = connect(&run.settings).await?;
    let who = args.who.as_deref();
    let ask = |page| policy(PolicyRequest::Operators(page));
    let mut operators: Vec<OperatorView> = all(&link, ask, |reply| match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Operators(operators, more) => Some((operators, more)),
            _ => None,
        },
        _ => None,
    })
    .await?;
    operators.retain(|o| {
        o.state != OperatorState::Revoked
            && who.is_none_or(|who| o.name.as_str() == who || o.id.to_string() == who)
    });
    let places = places(&link, args).await?;
    let mut cells = Vec::with_capacity(operators.len() * places.len());
    for operator in &operators {
        for (object, place) in &places {
            let name = SafeText::from(operator.name.as_str());
            let question = AccessQuestion { operator: Some(name.clone()), ..place.clone() };
            let decision = decide(&link, question).await?;
            let (object, allowed) = (object.clone(), decision.allowed);
            cells.push(AccessCell {
                operator: name,
                object,
                allowed,
                rule: decision.deciding_rule,
            });
        }
    }
    let listed = Listed { rows: cells, next: None, as_of: System.wall() };
    let exit = run.listed(&listed)?;
    link.close().await;
    Ok(exit)
}

/// The questions without their operators.
async fn places(link: &Link, args: &MatrixArgs) -> Result<Vec<(SafeText, AccessQuestion)>> {
    let none = AccessQuestion::default;
    if let Some(target) = &args.target {
        let nodes = all(link, Request::Nodes, |reply| match reply {
            Reply::Nodes(nodes, more) => Some((nodes, more)),
            _ => None,
        });
        let question = |name: &str| {
            let (node, target) = (Some(name.into()), Some(target.clone()));
            AccessQuestion { node, target, ..none() }
        };
        let nodes = nodes.await?;
        let rows = nodes.iter().map(|node| node.name.as_str());
        return Ok(rows.map(|node| (format!("{node} {target}").into(), question(node))).collect());
    }
    let ports = all(link, Request::Ports, |reply| match reply {
        Reply::Ports(ports, more) => Some((ports, more)),
        _ => None,
    });
    let ports = ports.await?;
    let rows = ports.iter().map(|port| port.name.as_str());
    let question = |port: &str| AccessQuestion { port: Some(port.into()), ..none() };
    Ok(rows.map(|port| (format!("port/{port}").into(), question(port))).collect())
}

/// Every row of a list.
async fn all<T>(
    link: &Link,
    ask: impl Fn(Page) -> Request,
    take: impl Fn(Reply) -> Option<Part<T>>,
) -> Result<Vec<T>> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = Page { after, limit: MAX_PAGE };
        let (part, more) = take(link.ask(ask(page)).await?).ok_or_else(|| unexpected("a list"))?;
        rows.extend(part);
        after = more.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
}
