//! Changes by an operator: what was acknowledged is there after a crash, what was not is there whole
//! or not at all.

use crate::stage::{Fault, Stage, trail};
use agent::Phase;
use anyhow::{Context, Result, bail, ensure};
use link::operator::{Operator, OperatorError};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::operator::{Intent, Page, PortSpec, Reply, Request, RuleSpec};
use wire::message::view::{DropMode, Effect, NodeState, OnDrop, PortView, RuleView};

const PAGE: Page = Page { after: None, limit: 100 };

/// The answer to a request that met the fault, or did not.
struct Asked {
    met: bool,
    answer: Result<Reply, OperatorError>,
}

async fn ask(stage: &mut Stage, request: Request) -> Result<Asked> {
    let link = stage.fleet.link().await?;
    let mut access = stage.fleet.access()?;
    access.servers = vec![link.address.to_string()];
    let operator = Operator::connect(&access, stage.fleet.shutdown()).await?;
    stage.arm(&link);
    let answer = stage.under(&link, operator.request(request)).await?;
    Ok(Asked { met: stage.met(&link), answer })
}

pub(crate) async fn port_create(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    stage.fleet.enrol("web1").await?;
    let spec = PortSpec {
        name: "db".parse()?,
        nodes: vec!["web1".into()],
        target: Target::new("localhost", 5432)?,
        port: None,
        on_drop: OnDrop { mode: DropMode::Refuse, hold_ms: None },
        max_tunnels: None,
        idle_ms: None,
        options: wire::message::view::PortOptions::default(),
    };
    let create = Request::PortCreate { spec, intent: Intent::default() };
    let Asked { met, answer } = ask(&mut stage, create.clone()).await?;
    stage.restart_server().await?;
    let found = ports(&mut stage.fleet).await?;
    let number = match (answer, found.as_slice()) {
        (Ok(Reply::Port(told)), [kept]) => {
            ensure!(told.public.port == kept.public.port, "{told:?} became {kept:?}");
            kept.public.port
        }
        (Ok(told), kept) => bail!("{told:?} was acknowledged, there are {kept:?}"),
        (Err(_), [kept]) => kept.public.port,
        (Err(_), []) => match stage.fleet.ask(create).await? {
            Reply::Port(view) => view.public.port,
            other => bail!("not a port: {other:?}"),
        },
        (Err(_), many) => bail!("half done: {many:?}"),
    };
    is_bound(number).await?;
    stage.restart_server().await?;
    let again = ports(&mut stage.fleet).await?;
    ensure!(again.len() == 1 && again[0].public.port == number, "{number} became {again:?}");
    is_bound(number).await?;
    stage.finish().await?;
    Ok(met)
}

pub(crate) async fn rule_create(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    let port = published(&mut stage.fleet).await?;
    ensure!(Visitor::arrive(port).await.is_err(), "admitted without a rule");
    let request = Request::RuleCreate { spec: admit()?, intent: Intent::default() };
    let Asked { met, answer } = ask(&mut stage, request).await?;
    stage.restart_server().await?;
    stage.fleet.wait_online("web1").await?;
    let is_there = admitting(&mut stage.fleet).await?.is_some();
    ensure!(is_there || answer.is_err(), "an acknowledged rule is gone");
    let admitted = Visitor::arrive(port).await.is_ok();
    ensure!(admitted == is_there, "rule stored: {is_there}, visitor admitted: {admitted}");
    stage.finish().await?;
    Ok(met)
}

pub(crate) async fn rule_delete(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    let port = published(&mut stage.fleet).await?;
    stage.fleet.admit("db", "127.0.0.0/8").await?;
    let mut visitor = Visitor::arrive(port).await?;
    let rule = admitting(&mut stage.fleet).await?.context("no rule")?;
    let rule = rule.id.to_string().into();
    let request = Request::RuleDelete { rule, intent: Intent::default() };
    let Asked { met, answer } = ask(&mut stage, request).await?;
    if answer.is_ok() {
        visitor.is_cut().await?;
    }
    stage.restart_server().await?;
    stage.fleet.wait_online("web1").await?;
    let is_there = admitting(&mut stage.fleet).await?.is_some();
    ensure!(!is_there || answer.is_err(), "an acknowledged deletion is undone");
    let admitted = Visitor::arrive(port).await.is_ok();
    ensure!(admitted == is_there, "rule stored: {is_there}, visitor admitted: {admitted}");
    visitor.is_cut().await?;
    stage.finish().await?;
    Ok(met)
}

pub(crate) async fn revoke(fault: Fault, step: usize) -> Result<bool> {
    let mut stage = Stage::new(fault, step).await?;
    let port = published(&mut stage.fleet).await?;
    stage.fleet.admit("db", "127.0.0.0/8").await?;
    let mut visitor = Visitor::arrive(port).await?;
    let request = Request::NodeRevoke { node: "web1".into(), intent: Intent::default() };
    let Asked { met, answer } = ask(&mut stage, request).await?;
    if answer.is_ok() {
        visitor.is_cut().await?;
        let cut = trail(&mut stage.fleet).await?;
        ensure!(cut.iter().any(|e| e.entry.action.as_str() == "node.revoke.cut"), "no record");
    }
    stage.restart_server().await?;
    visitor.is_cut().await?;
    let revoked = stage.fleet.view("web1").await?.state == NodeState::Revoked;
    ensure!(revoked || answer.is_err(), "an acknowledged revocation is undone");
    if revoked {
        refused_for_good(&mut stage.fleet).await?;
        ensure!(Visitor::arrive(port).await.is_err(), "a visitor got to a revoked node");
    } else {
        stage.fleet.wait_online("web1").await?;
    }
    stage.finish().await?;
    Ok(met)
}

/// The agent is told, and started anew it is told again.
async fn refused_for_good(fleet: &mut Fleet) -> Result<()> {
    for _ in 0..2 {
        let node = fleet.node("web1")?;
        until("the end of a revoked agent", PATIENCE, || async {
            matches!(node.phase(), Some(Phase::Revoked)).then_some(())
        })
        .await?;
        fleet.kill("web1").await;
        fleet.run("web1").await?;
    }
    Ok(())
}

/// Somebody listens, even if he lets nobody in.
async fn is_bound(number: u16) -> Result<()> {
    match TcpStream::connect(("127.0.0.1", number)).await {
        Err(error) if error.kind() != io::ErrorKind::ConnectionReset => {
            Err(error).context("the port is not bound")
        }
        _ => Ok(()),
    }
}

async fn ports(fleet: &mut Fleet) -> Result<Vec<PortView>> {
    match fleet.ask(Request::Ports(PAGE)).await? {
        Reply::Ports(ports, _) => Ok(ports),
        other => bail!("no ports: {other:?}"),
    }
}

/// A connected node behind the published port `db`, and its number.
async fn published(fleet: &mut Fleet) -> Result<u16> {
    fleet.add("web1").await?;
    let echo = service::echo(fleet.shutdown()).await?;
    let target = Target::new("localhost", echo.port())?;
    let hold = Some(Duration::from_millis(500));
    Ok(fleet.publish("db", "web1", target, hold).await?.public.port)
}

fn admit() -> Result<RuleSpec> {
    Ok(RuleSpec {
        effect: Effect::Allow,
        who: "anyone".into(),
        from: Some("127.0.0.0/8".into()),
        port: Some("db".parse()?),
        until: None,
        before: None,
        disabled: false,
        anyone_really: false,
        nodes: None,
        to: None,
        at: None,
    })
}

/// The rule that admits to the port, if there is one.
async fn admitting(fleet: &mut Fleet) -> Result<Option<RuleView>> {
    match fleet.ask(Request::Rules(PAGE)).await? {
        Reply::Rules(rules, _) => Ok(rules.into_iter().find(|rule| rule.port.is_some())),
        other => bail!("no rules: {other:?}"),
    }
}

/// Somebody at the published port.
struct Visitor(TcpStream);

impl Visitor {
    /// Gets in and is answered.
    async fn arrive(port: u16) -> Result<Self> {
        let mut tcp = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await?;
        let answered = async {
            tcp.write_all(b"hello").await?;
            tcp.read_exact(&mut [0; 5]).await
        };
        timeout(PATIENCE, answered).await.context("a visitor hangs")??;
        Ok(Self(tcp))
    }

    /// The tunnel ends with a reset.
    async fn is_cut(&mut self) -> Result<()> {
        let read = timeout(PATIENCE, self.0.read(&mut [0])).await.context("it is still open")?;
        ensure!(!matches!(read, Ok(1..)), "a byte came through a cut tunnel");
        Ok(())
    }
}
