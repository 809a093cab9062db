//! Visitors of published ports: who is meant by an allowlist, and what a crowd that is not on it costs.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::session;
use testbed::{Fleet, service, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use wire::message::operator::{Intent, Reply, Request, RuleSpec};
use wire::message::view::{Effect, PortState, PortView, RuleView};
use wire::{Target, UnixMs};

/// How a visitor's connection ended before he could say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Served,
    Reset,
    Other(ErrorKind),
}

/// Connects from an address of the loopback network or from `::1`, and asks for an echo.
async fn visit(from: IpAddr, port: u16) -> (End, Option<TcpStream>) {
    let (socket, to) = match from {
        IpAddr::V4(_) => (TcpSocket::new_v4().unwrap(), IpAddr::from(Ipv4Addr::LOCALHOST)),
        IpAddr::V6(_) => (TcpSocket::new_v6().unwrap(), IpAddr::from(Ipv6Addr::LOCALHOST)),
    };
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    let exchange = async {
        let mut tcp = socket.connect(SocketAddr::new(to, port)).await?;
        // A reset that is there already takes the write, too.
        tcp.write_all(&[7]).await?;
        match tcp.read(&mut [0]).await? {
            1 => Ok(tcp),
            _ => Err(ErrorKind::UnexpectedEof.into()),
        }
    };
    let done: std::io::Result<TcpStream> =
        timeout(PATIENCE, exchange).await.expect("neither served nor closed");
    match done {
        Ok(tcp) => (End::Served, Some(tcp)),
        Err(error) => match error.kind() {
            // What a write finds after a reset that came before it.
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => (End::Reset, None),
            other => (End::Other(other), None),
        },
    }
}

fn v4(last: u8) -> IpAddr {
    IpAddr::from([127, 0, 0, last])
}

fn admission(from: &str) -> RuleSpec {
    RuleSpec {
        effect: Effect::Allow,
        who: "anyone".into(),
        from: Some(from.into()),
        port: Some("db".parse().unwrap()),
        until: None,
        before: None,
        disabled: false,
        anyone_really: false,
        nodes: None,
        to: None,
        at: None,
    }
}

async fn allow(fleet: &mut Fleet, from: &str) -> RuleView {
    fleet.rule(admission(from)).await.unwrap_or_else(|error| panic!("{from}: {error:#}"))
}

async fn disallow(fleet: &mut Fleet, rule: &RuleView) -> u32 {
    let (rule, intent) = (rule.id.to_string().into(), Intent::default());
    fleet.change(Request::RuleDelete { rule, intent }).await.unwrap().cut_tunnels.unwrap()
}

async fn assert_cut(tcp: &mut TcpStream) {
    let end = timeout(PATIENCE, tcp.read(&mut [0])).await.expect("it was not cut");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// An echo behind web1, published as `db` on a listener for both families.
async fn dual() -> (Fleet, PortView) {
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
    let mut fleet = Fleet::with(|config| config.listen = vec![any]).await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let port = fleet.publish("db", "web1", target, None).await.unwrap();
    (fleet, port)
}

/// T-17: a visitor who comes over a listener for both families is looked for by the address he has.
#[tokio::test(flavor = "multi_thread")]
async fn an_allowlist_means_exactly_its_networks_in_whatever_form() {
    let (mut fleet, port) = dual().await;
    let number = port.public.port;
    let six = IpAddr::from(Ipv6Addr::LOCALHOST);
    let everybody: Vec<IpAddr> = (9..=12).map(v4).chain([six]).collect();
    for (from, admitted) in [
        ("127.0.0.10/32", &[v4(10)][..]),
        ("127.0.0.10", &[v4(10)]),
        ("::ffff:127.0.0.10/128", &[v4(10)]),
        ("::ffff:7f00:a", &[v4(10)]),
        ("127.0.0.10/31", &[v4(10), v4(11)]),
        ("127.0.0.11/31", &[v4(10), v4(11)]),
        ("::1/128", &[six]),
        ("::/96", &[six]),
        // No visitor has an address in the mapped form.
        ("::/1", &[six]),
    ] {
        let rule = allow(&mut fleet, from).await;
        for source in &everybody {
            let wanted = if admitted.contains(source) { End::Served } else { End::Reset };
            assert_eq!(visit(*source, number).await.0, wanted, "{source} under {from}");
        }
        disallow(&mut fleet, &rule).await;
        assert_eq!(visit(admitted[0], number).await.0, End::Reset, "{from} was removed");
    }
    for bad in ["127.0.0.10/33", "::1/129", "127.0.0.10/-1", "127.0.0/24", "localhost"] {
        assert!(fleet.rule(admission(bad)).await.is_err(), "{bad}");
    }
    for everywhere in ["0.0.0.0/0", "127.0.0.10/0", "::/0", "::ffff:0:0/96", "::ffff:1.2.3.4/96"] {
        assert!(fleet.rule(admission(everywhere)).await.is_err(), "{everywhere} without the flag");
        let spec = RuleSpec { anyone_really: true, ..admission(everywhere) };
        let rule = fleet.rule(spec).await.unwrap();
        let source = if everywhere == "::/0" { six } else { v4(10) };
        assert_eq!(visit(source, number).await.0, End::Served, "{everywhere}");
        disallow(&mut fleet, &rule).await;
    }
    fleet.finish().await.unwrap();
}

/// T-17: what another entry still admits stays; the last one takes the connection with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_removed_entry_cuts_what_no_other_entry_admits() {
    let (mut fleet, port) = dual().await;
    let number = port.public.port;
    let wide = allow(&mut fleet, "127.0.0.0/28").await;
    let narrow = allow(&mut fleet, "127.0.0.10/31").await;
    let six = allow(&mut fleet, "::1").await;
    let (_, ten) = visit(v4(10), number).await;
    let (_, twelve) = visit(v4(12), number).await;
    let (_, by_six) = visit(Ipv6Addr::LOCALHOST.into(), number).await;
    let (mut ten, mut twelve, mut by_six) = (ten.unwrap(), twelve.unwrap(), by_six.unwrap());
    assert_eq!(disallow(&mut fleet, &wide).await, 1);
    assert_cut(&mut twelve).await;
    ten.write_all(&[9]).await.unwrap();
    assert_eq!(timeout(PATIENCE, ten.read_u8()).await.unwrap().unwrap(), 9);
    assert_eq!(disallow(&mut fleet, &narrow).await, 1);
    assert_cut(&mut ten).await;
    assert_eq!(disallow(&mut fleet, &six).await, 1);
    assert_cut(&mut by_six).await;
    fleet.finish().await.unwrap();
}

/// Sources of the crowd: more than are told apart within a minute.
const SOURCES: u64 = 1000;
/// How long the user's session runs, and the crowd before and after it.
const LASTS: Duration = Duration::from_secs(2);
/// Connections a second: that of the target with TUNNELCTL_FULL.
fn crowd() -> u64 {
    if std::env::var_os("TUNNELCTL_FULL").is_some() { 1000 } else { 250 }
}
/// G11: what the audit trail may grow by in a minute.
const GROWTH: usize = 1_000_000;

/// What the crowd met, before, in and after the session.
#[derive(Default)]
struct Met {
    resets: [AtomicU64; 3],
    others: AtomicU64,
}

/// T-18, G2, G11: strangers learn nothing, cost the node nothing and the user inside nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_is_not_admitted_changes_nothing_for_who_is() {
    let (mut fleet, port) = dual().await;
    let number = port.public.port;
    let (met, phase) = (Arc::new(Met::default()), Arc::new(AtomicU64::new(0)));
    let stop = CancellationToken::new();
    let mut crowd = JoinSet::new();
    let begun = Instant::now();
    crowd.spawn(rush(number, Arc::clone(&met), Arc::clone(&phase), stop.clone()));
    let some = async |at: usize| {
        let look = || async { (met.resets[at].load(SeqCst) > SOURCES / 4).then_some(()) };
        until("a crowd", PATIENCE, look).await.unwrap();
    };
    some(0).await;
    assert_eq!(visit(v4(10), number).await.0, End::Reset, "no session yet");
    let started = fleet.start_session(session(&["127.0.0.10"], LASTS)).await.unwrap();
    phase.store(1, SeqCst);
    let (_, inside) = visit(v4(10), number).await;
    let mut inside = inside.unwrap();
    let (mut slowest, mut trips) = (Duration::ZERO, 0);
    let ended = loop {
        let trip = Instant::now();
        let back = async {
            inside.write_all(&[9]).await?;
            inside.read_u8().await
        };
        match timeout(PATIENCE, back).await.expect("the user's echo stopped") {
            Ok(byte) => assert_eq!(byte, 9),
            Err(error) => break error.kind(),
        }
        (slowest, trips) = (slowest.max(trip.elapsed()), trips + 1);
    };
    assert!(matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{ended}");
    let late = now().since(started.expires_at.unwrap());
    assert_eq!(visit(v4(10), number).await.0, End::Reset, "the session is over");
    phase.store(2, SeqCst);
    some(2).await;
    stop.cancel();
    let made: u64 = crowd.join_all().await.into_iter().sum();
    let rate = made as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{made} strangers, {rate:.0}/s; {trips} echoes inside, the slowest {slowest:?}; \
         cut {late:?} after the session's end"
    );
    assert!(met.resets.iter().all(|count| count.load(SeqCst) > 0));
    assert_eq!(met.others.load(SeqCst), 0, "a stranger saw something else than a reset");
    assert!(
        late < Duration::from_secs(1) && slowest < Duration::from_secs(1),
        "{late:?} {slowest:?}"
    );
    let Reply::Port(view) = fleet.ask(Request::Port("db".into())).await.unwrap() else { panic!() };
    assert_eq!((view.public.port, view.state), (number, PortState::Serving));
    bounded(&mut fleet).await;
    fleet.finish().await.unwrap();
}

fn now() -> UnixMs {
    link::Clock::wall(&link::System)
}

/// One stream was opened towards the node, and what the rest left behind has a bound.
async fn bounded(fleet: &mut Fleet) {
    let trail = fleet.audit().await.unwrap();
    let of = |action: &str| {
        let of_action = trail.iter().filter(|event| event.entry.action.as_str() == action);
        of_action.map(|event| serde_json::to_vec(event).unwrap().len()).collect::<Vec<_>>()
    };
    assert_eq!(of("tunnel.open").len(), 1, "somebody else got to the node");
    let (denied, bytes) = (of("tunnel.denied").len(), of("tunnel.denied").iter().sum::<usize>());
    println!("{denied} records of refusals, {bytes} bytes");
    // Each of them may be followed by one with the sum of its minute.
    assert!(denied > 0 && 2 * bytes <= GROWTH, "{denied} records, {bytes} bytes");
}

/// Comes from another address each time, so many times a second, until `stop`; how often that was.
async fn rush(number: u16, met: Arc<Met>, phase: Arc<AtomicU64>, stop: CancellationToken) -> u64 {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / u32::try_from(crowd()).unwrap());
    let (mut visits, mut made) = (JoinSet::new(), 0);
    while !stop.is_cancelled() {
        pace.tick().await;
        let at = usize::try_from(phase.load(SeqCst)).unwrap();
        let [.., high, low] = (made % SOURCES).to_be_bytes();
        let (from, met) = (IpAddr::from([127, 1, high, low.max(1)]), Arc::clone(&met));
        visits.spawn(async move {
            let count = match visit(from, number).await.0 {
                End::Reset => &met.resets[at],
                _ => &met.others,
            };
            count.fetch_add(1, SeqCst);
        });
        while visits.try_join_next().is_some() {}
        made += 1;
    }
    visits.join_all().await;
    made
}
