//! `sessions start`: both address families where the server has both, and with `--watch` for as long
//! as the session runs: it follows the operator's address and warns before its end.

use super::admitted;
use crate::cli::Run;
use crate::cli::confirm::Level;
use crate::cli::human;
use crate::cli::out::warn;
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Result};
use clap::Args;
use link::operator::{Access, Operator};
use link::{Clock, System};
use serde::Serialize;
use std::net::IpAddr;
use std::time::Duration;
use wire::message::operator::{Push, Reply, Request, SessionNews, SessionSpec, Subscription};
use wire::message::view::SessionView;
use wire::{Name, SafeText, SessionId, UnixMs};

/// How long the second address family may take.
const OTHER_FAMILY: Duration = Duration::from_secs(2);
/// Between two attempts to reach a server that went away.
const AGAIN: Duration = Duration::from_secs(2);

/// The session.
#[derive(Debug, Args)]
pub struct StartArgs {
    /// How long
    #[arg(long = "for", value_name = "D", default_value = "1h", value_parser = human::parse_limit)]
    lasts: Duration,
    /// Addresses to admit; auto = those the server sees you from; repeat for several
    #[arg(long = "ip", value_name = "auto|CIDR", default_value = "auto", value_parser = parse_ip)]
    ips: Vec<Ip>,
    /// Only on this published port; repeat for several (default: all your rules allow)
    #[arg(long = "port", value_name = "NAME")]
    ports: Vec<Name>,
    /// Stay: follow a changed address, warn 10 minutes and 1 minute before the end
    #[arg(long)]
    watch: bool,
    /// 0.0.0.0/0 or ::/0 is really meant
    #[arg(long)]
    anyone_really: bool,
}

impl StartArgs {
    /// Whether it stays until the session is over.
    pub(super) const fn stays(&self) -> bool {
        self.watch
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ip {
    Auto,
    Net(String),
}

fn parse_ip(text: &str) -> std::result::Result<Ip, String> {
    if text == "auto" {
        return Ok(Ip::Auto);
    }
    let net = text.parse::<ipnet::IpNet>();
    let net = net.or_else(|_| text.parse::<IpAddr>().map(ipnet::IpNet::from));
    net.map(|net| Ip::Net(net.trunc().to_string()))
        .map_err(|_| "auto, or a network like 203.0.113.7 or 10.8.0.0/16".to_owned())
}

/// Starts a session; with `--watch` also stays with it.
///
/// # Errors
/// Refused, or the server is not reached.
pub(super) async fn start(run: &Run, args: &StartArgs) -> Result {
    run.may_create("sessions start", Level::Mild)?;
    let link = connect(&run.settings).await?;
    let auto = args.ips.contains(&Ip::Auto);
    // Held until the answer: what the server sees us from is what it admits.
    let other = if auto { other_family(&link).await } else { None };
    let nets = args.ips.iter().filter_map(|ip| match ip {
        Ip::Auto => None,
        Ip::Net(net) => Some(SafeText::from(net.as_str())),
    });
    let spec = SessionSpec {
        for_ms: u64::try_from(args.lasts.as_millis()).unwrap_or(u64::MAX),
        from: nets.collect(),
        auto,
        ports: args.ports.clone(),
        anyone_really: args.anyone_really,
    };
    let request = Request::SessionStart { spec, intent: run.intent() };
    let session = match link.ask(request).await? {
        Reply::Session(session) => session,
        reply => return run.planned("start session", reply, "new"),
    };
    if args.watch && run.out.is_structured() {
        run.out.stream_header()?;
        tell(run, SessionNews::Running, &session)?;
    } else {
        told(run, &session)?;
    }
    if args.watch {
        return stay(run, link, other, session.id).await;
    }
    drop(other);
    link.close().await;
    Ok(Exit::Ok)
}

/// A connection in the other address family, where the server has one that answers soon.
async fn other_family(link: &Link) -> Option<Operator> {
    let seen = link.operator.whoami().seen_addresses.first()?;
    let is_v4 = seen.as_str().parse::<IpAddr>().ok()?.is_ipv4();
    for server in &link.endpoint.access.servers {
        let Ok(addresses) = tokio::net::lookup_host(server.as_str()).await else { continue };
        let Some(address) = addresses.into_iter().find(|a| a.is_ipv4() != is_v4) else { continue };
        let access = Access {
            servers: vec![address.to_string()],
            timeout: OTHER_FAMILY,
            ..link.endpoint.access.clone()
        };
        match Operator::connect(&access, &link.shutdown).await {
            Ok(operator) => return Some(operator),
            Err(error) => tracing::debug!(%address, %error, "not reached in the other family"),
        }
    }
    None
}

/// Prints what a session admits to, and until when.
///
/// # Errors
/// The reader has gone.
pub(super) fn told(run: &Run, session: &SessionView) -> Result {
    if run.out.quiet {
        run.out.line(&session.id.to_string())?;
        return Ok(Exit::Ok);
    }
    run.out.single("Session", &session.id.to_string(), session, |out| {
        let look = &out.look;
        let end = session.expires_at.map(|end| {
            let left = human::duration(whole(end.since(System.wall())));
            format!("  until {} (in {left})", look.clock(end))
        });
        out.line(&format!(
            "{} session {}  admits {}{}",
            look.tick(),
            session.id,
            admitted(session),
            end.unwrap_or_default()
        ))?;
        let widest = session.ports.iter().map(|p| p.name.as_str().len()).max().unwrap_or(0);
        let arrow = look.glyph("→", "->");
        for port in &session.ports {
            let nodes: Vec<&str> = port.nodes.iter().map(Name::as_str).collect();
            out.line(&format!(
                "  {:<widest$}  {}:{} {arrow} {} {arrow} {}",
                port.name.as_str(),
                port.public.host,
                port.public.port,
                nodes.join(","),
                port.target
            ))?;
        }
        Ok(())
    })?;
    if session.ports.is_empty() {
        warn("it admits to no published port: your rules allow none of them");
    } else {
        run.out.aside("the public side is plain TCP: encryption there is the application's job");
    }
    Ok(Exit::Ok)
}

/// Rounded to whole seconds, so that four hours are not 3h59m.
fn whole(left: Duration) -> Duration {
    Duration::from_secs((left + Duration::from_millis(500)).as_secs())
}

/// One thing that happened to a session.
#[derive(Serialize)]
struct SessionEvent<'a> {
    kind: &'static str,
    event: &'static str,
    at: UnixMs,
    #[serde(flatten)]
    session: &'a SessionView,
}

/// Prints an event of a session.
///
/// # Errors
/// The reader has gone.
pub(super) fn event(run: &Run, word: &'static str, session: &SessionView) -> Result<()> {
    let at = System.wall();
    if run.out.is_structured() {
        return run.out.json_line(&SessionEvent { kind: "SessionEvent", event: word, at, session });
    }
    let left = session.expires_at.map_or(Duration::ZERO, |end| whole(end.since(at)));
    let what = match word {
        "ending" => format!("ends in {}", human::duration(left)),
        "moved" => format!("admits {}", admitted(session)),
        "over" | "end" => session.state.to_string(),
        _ => format!(
            "{}  admits {}  ends in {}",
            session.operator,
            admitted(session),
            human::duration(left)
        ),
    };
    run.out.line(&format!("{}  {word:<7}  {}  {what}", run.out.look.clock(at), session.id))
}

fn tell(run: &Run, news: SessionNews, session: &SessionView) -> Result<()> {
    let word = match news {
        SessionNews::Running => "running",
        SessionNews::Ending => "ending",
        SessionNews::Moved => "moved",
        SessionNews::Over => "over",
    };
    event(run, word, session)
}

/// Stays with the session until it is over, through losses of the connection.
async fn stay(
    run: &Run,
    mut link: Link,
    mut other: Option<Operator>,
    session: SessionId,
) -> Result {
    loop {
        let mut pushes = link.operator.subscribe(Subscription::default()).await?;
        link.operator.attend()?;
        if let Some(other) = &other {
            other.attend()?;
        }
        while let Some(push) = pushes.recv().await {
            let Push::Session { news, session: view } = push else { continue };
            if view.id != session {
                continue;
            }
            if news != SessionNews::Running {
                tell(run, news, &view)?;
            }
            if news == SessionNews::Over {
                link.close().await;
                return Ok(Exit::Ok);
            }
        }
        drop(other.take());
        link.close().await;
        link = again(run).await;
        match link.ask(Request::Session(session.to_string().as_str().into())).await? {
            Reply::Session(view) if super::is_over(view.state) => {
                tell(run, SessionNews::Over, &view)?;
                return Ok(Exit::Ok);
            }
            _ => other = other_family(&link).await,
        }
    }
}

async fn again(run: &Run) -> Link {
    run.out.note("the server went away; the session runs on, trying to reach it");
    loop {
        match connect(&run.settings).await {
            Ok(link) => return link,
            Err(error) => tracing::debug!(error = %error.message, "not reached"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
