//! The life of an identity: a machine is approved, and a node comes back after its certificate ended.
//! Nobody gets in without the word, nothing is counted twice, and no fault looks like a copy.

use crate::stage::{Fault, Stage, link, trail};
use agent::enrol::{EnrolError, EnrolSpec, enrol};
use anyhow::{Context, Result, bail, ensure};
use link::{Clock, System};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::until;
use wire::audit::AuditEvent;
use wire::message::operator::{Intent, Reply, Request};
use wire::message::view::NodeState;

/// Long enough to be used, short enough to be slept through.
const SHORT: Duration = Duration::from_secs(3);

/// A waiting machine asks again after somebody said yes.
pub(crate) async fn approved(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    let token = stage.fleet.token_with("once", |spec| spec.binding.require_approval = true).await?;
    let link = stage.fleet.link().await?;
    let spec = stage.fleet.enrolment("web1", token, link.address)?;
    match enrol(spec.clone(), |_| {}).await {
        Err(EnrolError::NotApproved { .. }) => {}
        other => bail!("it did not wait: {other:?}"),
    }
    let approve = Request::PendingApprove {
        node: "web1".into(),
        fingerprint: None,
        intent: Intent::default(),
    };
    stage.fleet.ask(approve).await?;
    stage.arm(&link);
    if fault == Fault::KillAgent {
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
    let waits = EnrolSpec { wait: PATIENCE, ..spec };
    match enrol(waits, |_| {}).await {
        Ok(_) | Err(EnrolError::Already { .. }) => {}
        Err(error) => bail!("an approved machine does not get in: {error}"),
    }
    let Reply::Token { token, .. } = stage.fleet.ask(Request::Token("once".into())).await? else {
        bail!("no token");
    };
    ensure!(token.uses.left == 0, "{:?}", token.uses);
    let trail = trail(&mut stage.fleet).await?;
    ensure!(count(&trail, "node.approve") == 1 && count(&trail, "token.use") == 1, "{trail:?}");
    stage.finish().await?;
    Ok(met)
}

/// A node that slept past its certificate recovers and connects.
pub(crate) async fn recovered(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::with(fault, step, |config| config.node_certificate = SHORT).await?;
    stage.fleet.enrol("web1").await?;
    let link = link(&stage.fleet)?;
    let ends = stage.fleet.view("web1").await?.certificate_expires_at.context("no certificate")?;
    until(
        "the certificate's end",
        PATIENCE,
        || async move { (System.wall() > ends).then_some(()) },
    )
    .await?;
    stage.arm(&link);
    stage.fleet.run_by("web1", stage.clock.clone()).await?;
    let operator = stage.fleet.operator().await?;
    let back = until("the node's return", PATIENCE, || {
        let operator = operator.clone();
        async move {
            let answer = operator.request(Request::Node("web1".into())).await;
            match answer {
                Ok(Reply::Node(view)) => view.state.is_connected().then_some(()),
                // The server was killed; what it says when it is back is looked at below.
                Err(_) => Some(()),
                Ok(_) => None,
            }
        }
    });
    stage.under(&link, back).await??;
    let met = stage.met(&link);
    stage.fleet.node("web1")?.nudge();
    stage.fleet.wait_online("web1").await?;
    ensure!(stage.fleet.view("web1").await?.state != NodeState::Locked, "a fault became a copy");
    let trail = trail(&mut stage.fleet).await?;
    ensure!(count(&trail, "node.lock") == 0, "a fault became a copy");
    let counted = |event: &&AuditEvent| {
        event.entry.action.as_str() == "node.recover" && !event.entry.data.contains_key("again")
    };
    let recoveries = trail.iter().filter(counted).count();
    // While a slow run is on, the short certificate may end once more.
    ensure!((1..=3).contains(&recoveries), "{recoveries} recoveries were counted");
    stage.finish().await?;
    Ok(met)
}

fn count(trail: &[AuditEvent], action: &str) -> usize {
    trail.iter().filter(|event| event.entry.action.as_str() == action).count()
}
