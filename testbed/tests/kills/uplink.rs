//! A node returns while the server still believes in its last connection, and renews its certificate:
//! hello, register, supersede, welcome, lanes, renewal.

use crate::stage::{Fault, Stage, link, trail};
use crate::tunnels::{publish_one, transfer};
use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use std::time::Duration;
use testbed::clock::Ahead;
use testbed::fleet::PATIENCE;
use testbed::{service, until};
use tokio::time::timeout;
use wire::audit::{AuditEvent, Value};

/// Behind two thirds of a day: a renewal is due.
const LATE: Duration = Duration::from_secs(18 * 3600);

pub(crate) async fn run(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    stage.fleet.add("web1").await?;
    let link = link(&stage.fleet)?;
    let file = stage.fleet.node("web1")?.dir().join("identity.json");
    let first = std::fs::read(&file)?;
    let echo = service::echo(stage.fleet.shutdown()).await?;
    let address = publish_one(&mut stage.fleet, echo).await?;
    link.forget();
    stage.fleet.kill("web1").await;
    stage.clock = Arc::new(Ahead(LATE));
    stage.arm(&link);
    stage.fleet.run_by("web1", stage.clock.clone()).await?;
    let renewed = until("a renewed certificate", PATIENCE, || {
        // Times in certificates are whole seconds: only the file tells two of them apart.
        let is_newer = std::fs::read(&file).is_ok_and(|now| now != first);
        async move { is_newer.then_some(()) }
    });
    let back = async {
        renewed.await?;
        until("a tunnel", PATIENCE, || async move {
            matches!(timeout(PATIENCE, transfer(address)).await, Ok(Ok(true))).then_some(())
        })
        .await
    };
    let came = stage.under(&link, back).await?;
    came.with_context(|| format!("{:?}", stage.fleet.node("web1").map(|node| node.phase())))?;
    let met = stage.met(&link);
    newest_wins(&mut stage).await?;
    // Whatever is on the agent's disk now lets it in.
    let before = stage.fleet.view("web1").await?.generation;
    stage.fleet.kill("web1").await;
    stage.fleet.run("web1").await?;
    let operator = stage.fleet.operator().await?;
    until("the node's return", PATIENCE, || {
        let operator = operator.clone();
        async move {
            let request = wire::message::operator::Request::Node("web1".into());
            match operator.request(request).await {
                Ok(wire::message::operator::Reply::Node(view)) => {
                    (view.state.is_connected() && view.generation > before).then_some(())
                }
                _ => None,
            }
        }
    })
    .await?;
    stage.finish().await?;
    Ok(met)
}

/// The server's connection is the one that was made last.
async fn newest_wins(stage: &mut Stage) -> Result<()> {
    stage.fleet.wait_online("web1").await?;
    let trail = trail(&mut stage.fleet).await?;
    let view = stage.fleet.view("web1").await?;
    let made: Vec<i64> =
        trail.iter().filter_map(|event| generation(event, "node.connect")).collect();
    ensure!(made.windows(2).all(|pair| pair[0] < pair[1]), "generations {made:?}");
    let newest = made.last().copied().unwrap_or_default();
    ensure!(i64::try_from(view.generation.0)? >= newest, "{} of {made:?}", view.generation);
    let ended = trail.iter().filter_map(|event| generation(event, "node.disconnect"));
    let mut ended: Vec<i64> = ended.collect();
    ended.sort_unstable();
    ensure!(ended.windows(2).all(|pair| pair[0] < pair[1]), "ended twice: {ended:?}");
    Ok(())
}

fn generation(event: &AuditEvent, action: &str) -> Option<i64> {
    match event.entry.data.get("generation") {
        Some(Value::Int(generation)) if event.entry.action.as_str() == action => Some(*generation),
        _ => None,
    }
}
