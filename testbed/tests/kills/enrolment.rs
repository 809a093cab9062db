//! Enrolment: a token makes one node, whatever breaks; the same machine gets in again, another does not.

use crate::stage::{Fault, Stage, trail};
use agent::enrol::{EnrolError, EnrolSpec, enrol};
use agent::{Agent, Phase};
use anyhow::{Result, bail, ensure};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use tokio::time::timeout;
use wire::RefusalCode;
use wire::audit::AuditResult;
use wire::message::operator::{Page, Reply, Request};

pub(crate) async fn run(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    let token = stage.fleet.token("once").await?;
    let link = stage.fleet.link().await?;
    let spec = stage.fleet.enrolment("web1", token, link.address)?;
    stage.arm(&link);
    if fault == Fault::KillAgent {
        // Here the agent is the one who enrols.
        tokio::select! {
            _ = enrol(spec.clone(), |_| {}) => {}
            () = link.sprung() => {}
        }
        link.disarm();
        link.cut();
    } else {
        // Whether it got through is looked up below.
        let _ = stage.under(&link, enrol(spec.clone(), |_| {})).await?;
    }
    let met = stage.met(&link);
    match enrol(spec.clone(), |_| {}).await {
        Ok(_) | Err(EnrolError::Already { .. }) => {}
        Err(error) => bail!("the same machine does not get in again: {error}"),
    }
    another_is_refused(&spec).await?;
    exactly_one(&mut stage, &spec).await?;
    connects(&spec).await?;
    stage.finish().await?;
    Ok(met)
}

async fn another_is_refused(spec: &EnrolSpec) -> Result<()> {
    let dir = spec.dir.with_extension("other");
    let other = EnrolSpec { dir, name: Some("web2".parse()?), ..spec.clone() };
    match enrol(other, |_| {}).await {
        Err(EnrolError::Refused(refusal)) if refusal.code == RefusalCode::Denied => Ok(()),
        other => bail!("another machine was not refused: {other:?}"),
    }
}

async fn exactly_one(stage: &mut Stage, spec: &EnrolSpec) -> Result<()> {
    let page = Page { after: None, limit: 100 };
    let Reply::Nodes(nodes, _) = stage.fleet.ask(Request::Nodes(page)).await? else {
        bail!("no nodes");
    };
    ensure!(nodes.len() == 1, "{} nodes", nodes.len());
    let kept = agent::agent::status(&spec.dir)?;
    ensure!(kept.node == Some(nodes[0].id.to_string()), "{kept:?} is not {}", nodes[0].id);
    let Reply::Token { token, .. } = stage.fleet.ask(Request::Token("once".into())).await? else {
        bail!("no token");
    };
    ensure!(token.uses.left == 0, "{:?}", token.uses);
    let used = |action: &str, event: &wire::audit::AuditEvent| {
        let entry = &event.entry;
        entry.action.as_str() == action
            && entry.result == AuditResult::Ok
            && !entry.data.contains_key("again")
    };
    let trail = trail(&mut stage.fleet).await?;
    for action in ["token.use", "node.enroll"] {
        let count = trail.iter().filter(|event| used(action, event)).count();
        ensure!(count == 1, "{count} × {action}");
    }
    Ok(())
}

async fn connects(spec: &EnrolSpec) -> Result<()> {
    let agent = Agent::start(&spec.dir, link::System::shared()).await?;
    let mut phase = agent.phase();
    let connected = phase.wait_for(|phase| matches!(phase, Phase::Connected { .. }));
    ensure!(timeout(PATIENCE, connected).await.is_ok(), "the node does not connect");
    agent.stop(Duration::from_secs(1)).await;
    Ok(())
}
