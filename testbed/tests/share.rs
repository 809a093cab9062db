//! Shares (F2.12): a public port of the server's for a time that leads to an operator's own side. It
//! is there for those it admits, for as long as he may have it and is there himself.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use link::Shutdown;
use link::control::Reader;
use link::forward::{self, Clients, Event, Forward, Kind, OnDrop, Source, Spec};
use link::operator::{Access, Operator, OperatorError};
use link::splice::reset;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::because;
use testbed::fleet::people::policy;
use testbed::service::{self, Pattern};
use testbed::{Fleet, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};
use wire::audit::{AuditEvent, Value};
use wire::limits::{MAX_FRAME_OPEN, SHARE_LONGEST, SHARE_TUNNELS, SHARES_EACH};
use wire::message::operator::{Page, PolicyRequest, Reply, Request};
use wire::message::tunnel::{Arrival, OpenTo, Opened, OperatorOpen, TunnelType};
use wire::message::view::{LockKind, LockMode, Permission, TunnelView};
use wire::{CloseReason, Refusal, RefusalCode, SafeText, TunnelId};

const HOUR: Duration = Duration::from_secs(3600);

fn spec(to: SocketAddr, from: &[&str], lasts: Duration) -> Spec {
    Spec {
        listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into(),
        kind: Kind::Share {
            from: from.iter().map(|net| SafeText::from(*net)).collect(),
            anyone_really: false,
            lasts,
            to: to.into(),
        },
        on_drop: OnDrop::Close,
        idle: None,
        max: None,
        compress: None,
        note: Some("preview".into()),
        clients: Clients::default(),
    }
}

/// Opens a share by an operator's own connection, which ends with `part`.
async fn share_as(access: &Access, spec: Spec, part: &Shutdown) -> Result<Forward, OperatorError> {
    let operator = Operator::connect(access, part).await?;
    forward::start_remote(spec, access.clone(), operator, part).await
}

/// A fleet without nodes, with an echo at the operator's side.
struct Stage {
    fleet: Fleet,
    echo: SocketAddr,
}

async fn stage() -> Stage {
    let fleet = Fleet::start().await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    Stage { fleet, echo }
}

impl Stage {
    /// Shares something with this machine as the admin.
    async fn share(&mut self, to: SocketAddr) -> Forward {
        let access = self.fleet.access().unwrap();
        let spec = spec(to, &["127.0.0.0/8"], HOUR);
        share_as(&access, spec, self.fleet.shutdown()).await.unwrap()
    }

    /// jon, whose role may share.
    async fn jon(&mut self) -> Access {
        self.fleet.role("support", &[Permission::SharesCreate]).await.unwrap();
        self.fleet.person_access("jon", "support").await.unwrap()
    }

    async fn tunnels(&mut self) -> Vec<TunnelView> {
        let operator = self.fleet.operator().await.unwrap();
        tunnels(&operator).await
    }

    /// The trail, once there is such a record in it.
    async fn trail(&mut self, action: &str) -> Vec<AuditEvent> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let trail = self.fleet.audit().await.unwrap();
            let is_there = trail.iter().any(|e| e.entry.action.as_str() == action);
            if is_there || Instant::now() >= deadline {
                return trail;
            }
        }
    }

    async fn refused(&mut self, access: &Access, to: OpenTo) -> Refusal {
        let operator = Operator::connect(access, self.fleet.shutdown()).await.unwrap();
        no(operator.open(&open(to)).await)
    }
}

async fn tunnels(operator: &Operator) -> Vec<TunnelView> {
    let page = Page { after: None, limit: 200 };
    match operator.request(Request::Tunnels { page, node: None, who: None }).await.unwrap() {
        Reply::Tunnels(tunnels, _) => tunnels,
        other => panic!("{other:?}"),
    }
}

fn no<T>(opened: Result<T, OperatorError>) -> Refusal {
    match opened {
        Err(OperatorError::Open { refusal, .. }) => refusal,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

fn open(to: OpenTo) -> OperatorOpen {
    OperatorOpen {
        to,
        kind: TunnelType::Share,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    }
}

fn wanted() -> OpenTo {
    OpenTo::Share {
        from: vec!["127.0.0.0/8".into()],
        anyone_really: false,
        for_ms: 60_000,
        again: None,
    }
}

fn public(forward: &Forward) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, forward.address.net().unwrap().port()))
}

fn at(opened: &Opened) -> SocketAddr {
    let (_, number) = opened.address.as_ref().unwrap().as_str().rsplit_once(':').unwrap();
    SocketAddr::from((Ipv4Addr::LOCALHOST, number.parse().unwrap()))
}

/// A visitor who got an answer from the operator's side.
async fn joined(at: SocketAddr) -> TcpStream {
    let mut tcp = TcpStream::connect(at).await.unwrap();
    echoes(&mut tcp).await;
    tcp
}

/// The same after a lost link. Its connections are missed one by one: what was opened anew by the one that
/// seemed to be left goes once more with it.
async fn joined_again(at: SocketAddr) -> TcpStream {
    let visit = || async {
        let mut tcp = TcpStream::connect(at).await.ok()?;
        let ping = async {
            tcp.write_all(b"ping").await?;
            tcp.read_exact(&mut [0; 4]).await
        };
        timeout(PATIENCE, ping).await.ok()?.ok()?;
        Some(tcp)
    };
    until("the share at its address", PATIENCE, visit).await.unwrap().0
}

async fn echoes(tcp: &mut TcpStream) {
    tcp.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    timeout(PATIENCE, tcp.read_exact(&mut back)).await.unwrap().unwrap();
    assert_eq!(&back, b"ping");
}

async fn is_reset(tcp: &mut TcpStream) {
    let end = timeout(PATIENCE, tcp.read(&mut [0])).await.expect("still open");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// A visitor who gets nothing but a reset.
async fn is_turned_away(at: SocketAddr) {
    match TcpStream::connect(at).await {
        Ok(mut tcp) => is_reset(&mut tcp).await,
        // As early as that, if the machine is busy.
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

/// What is told next that is about the share itself.
async fn told(forward: &mut Forward, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = timeout(PATIENCE, forward.events.recv()).await.expect("nothing was said");
        let event = event.expect("it ended without a word");
        if wanted(&event) {
            return event;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_complete_both_ways_and_a_half_close_is_one() {
    let mut stage = stage().await;
    let size = 16 << 20;
    let bulk = service::bulk(stage.fleet.shutdown()).await.unwrap();
    let forward = stage.share(bulk).await;
    let mut tcp = TcpStream::connect(public(&forward)).await.unwrap();
    tcp.write_u64(size).await.unwrap();
    tcp.shutdown().await.unwrap();
    let mut got = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(blake3::hash(&got), Pattern::digest(size));
    let came = stage.tunnels().await.into_iter().find(|tunnel| tunnel.listener.is_some()).unwrap();
    assert_eq!((came.up_bytes, came.down_bytes), (8, size), "up is towards what is shared");

    let sink = service::sink(stage.fleet.shutdown()).await.unwrap();
    let forward = stage.share(sink).await;
    let mut tcp = TcpStream::connect(public(&forward)).await.unwrap();
    tcp.write_all(&vec![7; 3 << 20]).await.unwrap();
    tcp.shutdown().await.unwrap();
    assert_eq!(timeout(PATIENCE, tcp.read_u64()).await.unwrap().unwrap(), 3 << 20);
    assert_eq!(tcp.read(&mut [0]).await.unwrap(), 0, "the end arrives as an end");
    let Reply::Metrics(text) = stage.fleet.ask(Request::Metrics).await.unwrap() else {
        panic!("metrics")
    };
    assert!(text.contains("tunnelctl_tunnels_opened_total{type=\"share\"} 4"), "{text}");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_at_either_end_arrives_at_the_other() {
    let mut stage = stage().await;
    let target = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let forward = stage.share(target.local_addr().unwrap()).await;
    let accepted = || async { timeout(PATIENCE, target.accept()).await.unwrap().unwrap().0 };

    let mut client = TcpStream::connect(public(&forward)).await.unwrap();
    reset(accepted().await);
    is_reset(&mut client).await;

    let mut client = TcpStream::connect(public(&forward)).await.unwrap();
    client.write_all(b"x").await.unwrap();
    let mut served = accepted().await;
    assert_eq!(served.read_u8().await.unwrap(), b'x');
    reset(client);
    is_reset(&mut served).await;

    drop(target);
    is_turned_away(public(&forward)).await;
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn those_are_let_in_whom_it_admits_and_others_learn_nothing() {
    let mut stage = stage().await;
    let access = stage.fleet.access().unwrap();
    let spec = spec(stage.echo, &["127.0.0.2", "10.0.0.0/8"], HOUR);
    let mut forward = share_as(&access, spec, stage.fleet.shutdown()).await.unwrap();
    let from = |last: u8| {
        let at = public(&forward);
        async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
            socket.connect(at).await
        }
    };
    for _ in 0..3 {
        match from(3).await {
            Ok(mut tcp) => is_reset(&mut tcp).await,
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
    let mut tcp = from(2).await.unwrap();
    echoes(&mut tcp).await;
    let visitor = tcp.local_addr().unwrap();
    let event = told(&mut forward, |event| !matches!(event, Event::Listening { .. })).await;
    let Event::Opened { from, node: None, .. } = event else { panic!("{event:?}") };
    assert_eq!(from, Source::Net(visitor), "the first that the operator hears of");
    let trail = stage.trail("tunnel.denied").await;
    let denied = |e: &&AuditEvent| e.entry.action.as_str() == "tunnel.denied";
    let denied: Vec<_> = trail.iter().filter(denied).collect();
    assert_eq!(denied.len(), 1, "once for all three: {denied:?}");
    assert_eq!(denied[0].entry.actor.source_ip.as_ref().unwrap().as_str(), "127.0.0.3");
    assert_eq!(denied[0].entry.object.kind.as_str(), "share");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_its_time() {
    let stage = stage().await;
    let access = stage.fleet.access().unwrap();
    let (began, lasts) = (Instant::now(), Duration::from_secs(2));
    let spec = spec(stage.echo, &["127.0.0.0/8"], lasts);
    let mut forward = share_as(&access, spec, stage.fleet.shutdown()).await.unwrap();
    let (_, left) = forward.public.clone().unwrap();
    assert!(left <= lasts && !left.is_zero(), "{left:?}");
    let mut tcp = joined(public(&forward)).await;
    is_reset(&mut tcp).await;
    assert!(began.elapsed() >= lasts, "{:?}", began.elapsed());
    assert!(TcpStream::connect(public(&forward)).await.is_err());
    told(&mut forward, |event| matches!(event, Event::Done)).await;
    assert!(TcpStream::connect(public(&forward)).await.is_err(), "it is not opened again");
    stage.fleet.finish().await.unwrap();
}

/// The operator's process does not wait for the server's word.
#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_its_time_though_the_server_is_away() {
    let mut stage = stage().await;
    let access = stage.fleet.access().unwrap();
    let spec = spec(stage.echo, &["127.0.0.0/8"], Duration::from_secs(1));
    let mut forward = share_as(&access, spec, stage.fleet.shutdown()).await.unwrap();
    stage.fleet.kill_server().await;
    told(&mut forward, |event| matches!(event, Event::Done)).await;
}

/// What ends a share of jon's, and how that reads at his side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Role,
    Locked,
    AllLocked,
    Revoked,
    LoggedOut,
    Closed,
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_share_any_more_has_no_open_port_when_that_is_acknowledged() {
    for end in [End::Role, End::Locked, End::AllLocked, End::Revoked, End::LoggedOut, End::Closed] {
        let mut stage = stage().await;
        let jon = stage.jon().await;
        let part = stage.fleet.shutdown().child();
        let spec = spec(stage.echo, &["127.0.0.0/8"], HOUR);
        let mut forward = share_as(&jon, spec, &part).await.unwrap();
        let at = public(&forward);
        let mut tcp = joined(at).await;
        let expected = bring(&mut stage, end).await;
        // At once: what was acknowledged has happened.
        let refused = TcpStream::connect(at).await.map(drop);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused, "{end:?}");
        is_reset(&mut tcp).await;
        let all = stage.tunnels().await;
        assert!(all.len() == 2 && all.iter().all(|t| t.closed.is_some()), "{end:?}: {all:?}");
        let reasons: Vec<_> = all.iter().map(|t| t.closed.as_ref().unwrap().reason).collect();
        assert_eq!(reasons, [expected; 2], "{end:?}");
        if matches!(end, End::Role | End::Closed | End::AllLocked) {
            let over = told(&mut forward, |event| matches!(event, Event::Over { .. })).await;
            assert!(matches!(over, Event::Over { reason, .. } if reason == expected), "{over:?}");
        }
        stage.fleet.finish().await.unwrap();
    }
}

async fn bring(stage: &mut Stage, end: End) -> CloseReason {
    match end {
        End::Role => {
            let request = PolicyRequest::RoleUpdate {
                name: "support".parse().unwrap(),
                add: Vec::new(),
                remove: vec![Permission::SharesCreate],
                max_session_ms: None,
                intent: because(),
            };
            stage.fleet.ask(policy(request)).await.unwrap();
            CloseReason::RuleChanged
        }
        End::Locked => {
            stage.fleet.lock(LockKind::Operator, "jon", LockMode::Cut).await.unwrap();
            CloseReason::Locked
        }
        End::AllLocked => {
            stage.fleet.lock(LockKind::All, "", LockMode::Cut).await.unwrap();
            CloseReason::Locked
        }
        End::Revoked => {
            let request = Request::OperatorRevoke { operator: "jon".into(), intent: because() };
            stage.fleet.change(request).await.unwrap();
            CloseReason::Revoked
        }
        End::LoggedOut => {
            let page = Page { after: None, limit: 200 };
            let Reply::Sessions(all, _) = stage.fleet.ask(Request::Sessions(page)).await.unwrap()
            else {
                panic!("no sessions")
            };
            let own = all.iter().find(|s| s.operator.as_str() == "jon").unwrap();
            let session = own.id.to_string().into();
            let request = Request::SessionEnd { session, intent: because() };
            stage.fleet.change(request).await.unwrap();
            CloseReason::SessionEnded
        }
        End::Closed => {
            let all = stage.tunnels().await;
            let listener = all.iter().find(|tunnel| tunnel.listener.is_none()).unwrap();
            let tunnels = vec![listener.id.to_string().into()];
            stage.fleet.change(Request::TunnelClose { tunnels, intent: because() }).await.unwrap();
            CloseReason::ClosedByOperator
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_drains_lets_visitors_finish_and_nobody_in() {
    let mut stage = stage().await;
    let jon = stage.jon().await;
    let spec = spec(stage.echo, &["127.0.0.0/8"], HOUR);
    let forward = share_as(&jon, spec, stage.fleet.shutdown()).await.unwrap();
    let mut tcp = joined(public(&forward)).await;
    stage.fleet.lock(LockKind::Operator, "jon", LockMode::Drain).await.unwrap();
    is_turned_away(public(&forward)).await;
    echoes(&mut tcp).await;
    stage.fleet.finish().await.unwrap();
}

/// A listener of its own held a drain until its deadline.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_waits_for_visitors_and_not_for_the_share_they_came_by() {
    let mut stage = stage().await;
    let forward = stage.share(stage.echo).await;
    let mut tcp = joined(public(&forward)).await;
    let server = stage.fleet.take_server().unwrap();
    let mut draining = tokio::task::JoinSet::new();
    draining.spawn(server.drain(HOUR));
    let at = public(&forward);
    let gone = || async { TcpStream::connect(at).await.is_err().then_some(()) };
    until("a share that takes nobody in", PATIENCE, gone).await.unwrap();
    echoes(&mut tcp).await;
    drop(tcp);
    let cut = timeout(PATIENCE, draining.join_next()).await.expect("the share holds it");
    assert_eq!(cut.unwrap().unwrap(), 0, "nobody was cut");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_comes_back_at_its_address_with_its_link_and_with_its_server() {
    let mut stage = stage().await;
    let weather = stage.fleet.link().await.unwrap();
    let access = stage.fleet.access().unwrap();
    let by_weather = Access { servers: vec![weather.address.to_string()], ..access.clone() };
    let spec_of = |echo| spec(echo, &["127.0.0.0/8"], HOUR);
    let mut forward =
        share_as(&by_weather, spec_of(stage.echo), stage.fleet.shutdown()).await.unwrap();
    let at = public(&forward);
    let mut tcp = joined(at).await;
    weather.cut();
    is_reset(&mut tcp).await;
    told(&mut forward, |event| matches!(event, Event::Back { .. })).await;
    let mut tcp = joined_again(at).await;

    stage.fleet.kill_server().await;
    is_reset(&mut tcp).await;
    stage.fleet.start_server().await.unwrap();
    told(&mut forward, |event| matches!(event, Event::Back { .. })).await;
    joined_again(at).await;
    stage.fleet.finish().await.unwrap();
}

/// Nobody stands behind the address while its operator is away, and nobody else gets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_shares_number_is_kept_for_its_operator() {
    let mut stage = stage().await;
    let jon = stage.jon().await;
    let part = stage.fleet.shutdown().child();
    let his = Operator::connect(&jon, &part).await.unwrap();
    let (opened, stream) = his.open(&open(wanted())).await.unwrap();
    let (place, number) = (at(&opened), at(&opened).port());
    let again = |number| OpenTo::Share {
        from: vec!["127.0.0.0/8".into()],
        anyone_really: false,
        for_ms: 60_000,
        again: Some(number),
    };
    let refusal = stage.refused(&jon, again(number)).await;
    assert_eq!(refusal.code, RefusalCode::Conflict, "his first one is open: {refusal}");

    drop(stream);
    his.close();
    part.cancel();
    let closed = || async move { TcpStream::connect(place).await.is_err().then_some(()) };
    until("a closed port", PATIENCE, closed).await.unwrap();
    let admin = stage.fleet.access().unwrap();
    let refusal = stage.refused(&admin, again(number)).await;
    assert_eq!(refusal.code, RefusalCode::Failed, "{refusal}");
    let mut all = Vec::new();
    let operator = stage.fleet.operator().await.unwrap();
    for _ in 0..SHARES_EACH {
        let (opened, stream) = operator.open(&open(wanted())).await.unwrap();
        assert_ne!(at(&opened), place);
        all.push(stream);
    }
    let target = wire::Target::from(stage.echo);
    stage.fleet.add("web1").await.unwrap();
    let port = stage.fleet.publish("app", "web1", target, None).await.unwrap();
    assert_ne!(port.public.port, number, "nor does a published port");

    let his = Operator::connect(&jon, stage.fleet.shutdown()).await.unwrap();
    let (opened, _stream) = his.open(&open(again(number))).await.unwrap();
    assert_eq!(at(&opened), place);
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_operator_has_so_many_shares_and_one_share_so_many_visitors() {
    let mut stage = stage().await;
    let operator = stage.fleet.operator().await.unwrap();
    let mut all = Vec::new();
    for _ in 0..SHARES_EACH {
        all.push(operator.open(&open(wanted())).await.unwrap());
    }
    let refusal = no(operator.open(&open(wanted())).await);
    assert_eq!(refusal.code, RefusalCode::Failed);
    assert!(refusal.message.as_str().contains("8 open shares"), "{refusal}");
    // Not given up and not let go: the number is kept, and gives way to his next.
    drop(all.pop());
    let free = || async { operator.open(&open(wanted())).await.ok() };
    let (last, _) = until("a free share", PATIENCE, free).await.unwrap();
    drop((last, all));

    let forward = stage.share(stage.echo).await;
    let mut visitors = Vec::new();
    for _ in 0..SHARE_TUNNELS {
        visitors.push(joined(public(&forward)).await);
    }
    is_turned_away(public(&forward)).await;
    drop(visitors.pop());
    let again = || async {
        let mut tcp = TcpStream::connect(public(&forward)).await.ok()?;
        let sent = tcp.write_all(b"x").await.is_ok();
        (sent && tcp.read_u8().await.is_ok()).then_some(())
    };
    until("a free place", PATIENCE, again).await.unwrap();
    stage.fleet.finish().await.unwrap();
}

/// An opened share whose arrivals nobody takes by himself.
async fn untaken(operator: &Operator) -> (Opened, Reader<tokio::io::DuplexStream>) {
    use link::meter::Meter;
    use link::splice::{End, Limits};
    let (opened, stream) = operator.open(&open(wanted())).await.unwrap();
    let (ours, theirs) = tokio::io::duplex(4096);
    let (read, write) = tokio::io::split(theirs);
    let pipe = End::Pipe(Box::new(read), Box::new(write));
    let (carrier, of) = (operator.clone(), opened.clone());
    let tasks = Shutdown::new();
    tasks.spawn("share", async move {
        let meter = std::sync::Arc::new(Meter::default());
        carrier.carry(&of, stream, pipe, meter, Limits::default()).await;
    });
    (opened, Reader::new(ours, MAX_FRAME_OPEN))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_taken_by_the_connection_that_shares_and_once() {
    let mut stage = stage().await;
    let jon = stage.jon().await;
    let his = Operator::connect(&jon, stage.fleet.shutdown()).await.unwrap();
    let (opened, mut arrivals) = untaken(&his).await;
    let mut visitor = TcpStream::connect(at(&opened)).await.unwrap();
    let Arrival { number, from } =
        timeout(PATIENCE, arrivals.next::<Arrival>()).await.unwrap().unwrap();
    assert_eq!(from.as_str(), visitor.local_addr().unwrap().to_string());
    let take = |listener: TunnelId, number| open(OpenTo::Arrival { listener, number });

    let admin = stage.fleet.operator().await.unwrap();
    let (admins, _told) = untaken(&admin).await;
    let his_other = Operator::connect(&jon, stage.fleet.shutdown()).await.unwrap();
    for (operator, listener, number) in [
        (&admin, opened.tunnel, number),
        (&his_other, opened.tunnel, number),
        (&his, admins.tunnel, number),
        (&his, opened.tunnel, number + 1),
        (&his, TunnelId::from_random(1), number),
    ] {
        let refusal = no(operator.open(&take(listener, number)).await);
        assert_eq!(refusal.code, RefusalCode::NotFound, "{refusal}");
    }
    let (taken, stream) = his.open(&take(opened.tunnel, number)).await.unwrap();
    assert_eq!(taken.address.unwrap(), from);
    let refusal = no(his.open(&take(opened.tunnel, number)).await);
    assert!(refusal.message.as_str().contains("waits no more"), "{refusal}");
    drop(stream);
    is_reset(&mut visitor).await;
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_may_have_is_refused_and_binds_nothing() {
    let mut stage = stage().await;
    let admin = stage.fleet.access().unwrap();
    let asked = |from: &[&str], for_ms: u64, again: Option<u16>| OpenTo::Share {
        from: from.iter().map(|net| SafeText::from(*net)).collect(),
        anyone_really: false,
        for_ms,
        again,
    };
    let many: Vec<String> = (0..60).map(|n| format!("10.0.{n}.0/24")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let day = u64::try_from(SHARE_LONGEST.as_millis()).unwrap();
    let own = stage.fleet.address().unwrap().port();
    for (to, code) in [
        (asked(&[], 1000, None), RefusalCode::Usage),
        (asked(&["0.0.0.0/0"], 1000, None), RefusalCode::Usage),
        (asked(&["::/0"], 1000, None), RefusalCode::Usage),
        (asked(&["\u{1b}[31m"], 1000, None), RefusalCode::Usage),
        (asked(&["300.0.0.1"], 1000, None), RefusalCode::Usage),
        (asked(&many, 1000, None), RefusalCode::Usage),
        (asked(&["127.0.0.1"], 0, None), RefusalCode::Usage),
        (asked(&["127.0.0.1"], day + 1, None), RefusalCode::Denied),
        (asked(&["127.0.0.1"], u64::MAX, None), RefusalCode::Denied),
        (asked(&["127.0.0.1"], 1000, Some(0)), RefusalCode::Failed),
        (asked(&["127.0.0.1"], 1000, Some(22)), RefusalCode::Failed),
        (asked(&["127.0.0.1"], 1000, Some(own)), RefusalCode::Failed),
    ] {
        let refusal = stage.refused(&admin, to.clone()).await;
        assert_eq!(refusal.code, code, "{to:?}: {refusal}");
    }
    // A role that lacks it, and one that is for a shorter time.
    stage.fleet.role("viewer", &[Permission::NodesRead, Permission::TunnelsOpen]).await.unwrap();
    let ana = stage.fleet.person_access("ana", "viewer").await.unwrap();
    let refusal = stage.refused(&ana, asked(&["127.0.0.1"], 1000, None)).await;
    assert_eq!(refusal.code, RefusalCode::Denied);
    assert!(refusal.message.as_str().contains("shares.create"), "{refusal}");
    let short = PolicyRequest::RoleCreate {
        name: "brief".parse().unwrap(),
        permissions: vec![Permission::SharesCreate],
        max_session_ms: Some(60_000),
        intent: because(),
    };
    stage.fleet.ask(policy(short)).await.unwrap();
    let tom = stage.fleet.person_access("tom", "brief").await.unwrap();
    let refusal = stage.refused(&tom, asked(&["127.0.0.1"], 60_001, None)).await;
    assert_eq!(refusal.code, RefusalCode::Denied, "{refusal}");
    assert!(stage.tunnels().await.is_empty(), "nothing was opened");
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn share_and_visitors_are_listed_to_their_operator_and_recorded() {
    let mut stage = stage().await;
    stage
        .fleet
        .role("support", &[Permission::SharesCreate, Permission::TunnelsRead])
        .await
        .unwrap();
    let jon = stage.fleet.person_access("jon", "support").await.unwrap();
    let spec = spec(stage.echo, &["127.0.0.0/8"], HOUR);
    let forward = share_as(&jon, spec, stage.fleet.shutdown()).await.unwrap();
    let address = forward.public.clone().unwrap().0;
    let tcp = joined(public(&forward)).await;
    let from = tcp.local_addr().unwrap().to_string();
    let all = stage.tunnels().await;
    let his = Operator::connect(&jon, stage.fleet.shutdown()).await.unwrap();
    assert_eq!(tunnels(&his).await.len(), 2, "his own are seen by him");
    let ana = stage.fleet.person("ana", "support").await.unwrap();
    assert!(tunnels(&ana).await.is_empty(), "and by nobody whose rules do not reach everything");
    let listener = all.iter().find(|tunnel| tunnel.listener.is_none()).unwrap().clone();
    let came = all.iter().find(|tunnel| tunnel.listener == Some(listener.id)).unwrap().clone();
    for tunnel in [&listener, &came] {
        assert_eq!((tunnel.kind.as_str(), &tunnel.node), ("share", &None));
        assert_eq!(tunnel.target.to_string(), address.as_str());
        assert_eq!(tunnel.note.as_ref().unwrap().as_str(), "preview");
        assert_eq!(tunnel.who.operator.as_ref().unwrap().as_str(), "jon");
    }
    assert_eq!(came.who.source_ip.unwrap().as_str(), "127.0.0.1");
    drop(tcp);
    let tunnels = vec![listener.id.to_string().into()];
    stage.fleet.change(Request::TunnelClose { tunnels, intent: because() }).await.unwrap();
    let trail = stage.trail("share.end").await;
    let id = listener.id.to_string();
    let of = |action: &str, key: &str, value: Value| {
        let fits = |e: &&AuditEvent| {
            let entry = &e.entry;
            entry.action.as_str() == action
                && entry.object.id.as_ref().is_some_and(|object| object.as_str() == id)
                && entry.actor.operator.as_ref().is_some_and(|who| who.as_str() == "jon")
                && entry.data.get(key) == Some(&value)
        };
        trail.iter().filter(fits).count()
    };
    assert_eq!(of("share.start", "address", address.as_str().into()), 1);
    assert_eq!(of("share.start", "from", "127.0.0.0/8".into()), 1);
    assert_eq!(of("share.end", "reason", "closed_by_operator".into()), 1);
    assert_eq!(of("tunnel.open", "listens", true.into()), 1);
    assert_eq!(of("tunnel.open", "from", from.as_str().into()), 1);
    assert_eq!(of("tunnel.close", "from", from.as_str().into()), 1);
    assert_eq!(of("tunnel.close", "up_bytes", 4u64.into()), 1);
    stage.fleet.finish().await.unwrap();
}
