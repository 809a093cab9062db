//! What ends soon is said before: to whoever follows it, once at each warning, and taken back when the
//! end has moved (F4.2).
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use link::forward::{self, Clients, Dns, Event, Forward, Kind, OnDrop, Spec};
use link::operator::{Access, EndsFeed, Operator};
use link::{Clock, System};
use pki::KeyPair;
use std::net::SocketAddr;
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::grants::{because, session};
use testbed::fleet::people::{allow, policy};
use testbed::{Fleet, service};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;
use wire::message::operator::{Followed, PolicyRequest, Request, RuleChange, RuleSpec};
use wire::message::tunnel::OpenTo;
use wire::message::view::{EndCause, EndsView, Permission, RuleView};

const HOUR: Duration = Duration::from_secs(3600);
/// The last warning of this comes within two seconds.
const A_MINUTE: Duration = Duration::from_secs(62);

/// A fleet with an echo behind web1, and jon, whose role may open tunnels by a rule that ends.
struct Stage {
    fleet: Fleet,
    target: Target,
    rule: RuleView,
    jon: Access,
}

async fn stage(lasts: Duration) -> Stage {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    let target = Target::new("localhost", echo.port()).unwrap();
    let permissions = [Permission::NodesRead, Permission::TunnelsOpen, Permission::SessionsStart];
    fleet.role("support", &permissions).await.unwrap();
    let until = Some(System.wall().after(lasts));
    let rule = RuleSpec { until, ..allow("role:support", Some("web1"), None) };
    let rule = fleet.rule(rule).await.unwrap();
    let jon = fleet.person_access("jon", "support").await.unwrap();
    Stage { fleet, target, rule, jon }
}

impl Stage {
    fn to(&self) -> OpenTo {
        OpenTo::Node { node: "web1".into(), target: self.target.clone() }
    }

    /// The rule ends this long from now.
    async fn extend(&mut self, lasts: Duration) {
        let until = Some(System.wall().after(lasts));
        let change = RuleChange { until, ..RuleChange::default() };
        let request = PolicyRequest::RuleUpdate {
            rule: self.rule.id.to_string().into(),
            change,
            intent: because(),
        };
        self.fleet.ask(policy(request)).await.unwrap();
    }

    async fn forward(&self, kind: Kind) -> Forward {
        let spec = Spec {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            kind,
            on_drop: OnDrop::Hold(PATIENCE),
            idle: None,
            max: None,
            compress: None,
            note: None,
            clients: Clients::default(),
        };
        forward::start(spec, self.jon.clone(), None, self.fleet.shutdown()).await.unwrap()
    }
}

async fn next(feed: &mut EndsFeed) -> Option<EndsView> {
    timeout(PATIENCE, feed.next()).await.expect("nothing was said").expect("the connection stands")
}

/// The next news of an end, `None` = taken back.
async fn said(forward: &mut Forward) -> Option<EndsView> {
    loop {
        match timeout(PATIENCE, forward.events.recv()).await.expect("nothing was said").unwrap() {
            Event::Ending(ends) => return Some(ends),
            Event::Extended => return None,
            _ => {}
        }
    }
}

/// One that names the rule and leaves about this long.
fn is_of_rule(stage: &Stage, ends: Option<EndsView>, left: Duration) {
    let ends = ends.expect("it was taken back");
    assert_eq!(ends.cause, EndCause::Rule);
    assert_eq!(ends.which.unwrap().as_str(), stage.rule.id.to_string());
    let said = Duration::from_millis(ends.left_ms);
    assert!(said <= left && left < said + Duration::from_secs(20), "{said:?} of {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_says_both_warnings_and_an_extension_takes_them_back() {
    let mut stage = stage(A_MINUTE).await;
    let mut forward = stage.forward(Kind::Fixed(stage.to())).await;
    // Less than ten minutes are left from the start; a minute is in two seconds.
    is_of_rule(&stage, said(&mut forward).await, A_MINUTE);
    is_of_rule(&stage, said(&mut forward).await, Duration::from_secs(60));
    stage.extend(HOUR).await;
    assert_eq!(said(&mut forward).await, None);
    stage.extend(HOUR / 10).await;
    is_of_rule(&stage, said(&mut forward).await, HOUR / 10);
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_server_repeats_no_warning() {
    let mut stage = stage(HOUR / 10).await;
    let mut forward = stage.forward(Kind::Fixed(stage.to())).await;
    is_of_rule(&stage, said(&mut forward).await, HOUR / 10);
    stage.fleet.kill_server().await;
    stage.fleet.start_server().await.unwrap();
    stage.fleet.wait_online("web1").await.unwrap();
    // The next thing said is the next thing that happens.
    stage.extend(HOUR).await;
    assert_eq!(said(&mut forward).await, None);
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_warned_about_what_its_tunnels_lead_to() {
    let stage = stage(HOUR / 10).await;
    let kind = Kind::Proxy { through: "web1".into(), dns: Dns::Remote, http: true, auth: None };
    let mut proxy = stage.forward(kind).await;
    let mut tcp = TcpStream::connect(proxy.address.net().unwrap()).await.unwrap();
    let connect = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", stage.target);
    tokio::io::AsyncWriteExt::write_all(&mut tcp, connect.as_bytes()).await.unwrap();
    is_of_rule(&stage, said(&mut proxy).await, HOUR / 10);
    stage.fleet.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_warned_of_his_session_and_of_his_certificate() {
    let life = HOUR / 10;
    let mut fleet = Fleet::with(|config| config.operator_certificate = life).await.unwrap();
    let mira = fleet.person("mira", "admin").await.unwrap();
    let mut own = mira.follow(Followed::Own).unwrap();
    let ends = next(&mut own).await.expect("a certificate for six minutes");
    assert_eq!((ends.cause, ends.which), (EndCause::Certificate, None));
    assert_eq!(Some(ends.until), mira.whoami().expires_at);

    // A session that ends before is the nearer end, until it is over.
    let admin = fleet.operator().await.unwrap();
    let mut own = admin.follow(Followed::Own).unwrap();
    assert_eq!(next(&mut own).await, None, "nothing of his is near");
    let started = fleet.start_session(session(&["127.0.0.10"], life)).await.unwrap();
    let ends = next(&mut own).await.expect("a session for six minutes");
    assert_eq!(ends.cause, EndCause::Session);
    assert_eq!(ends.which.unwrap().as_str(), started.id.to_string());
    let session = || started.id.to_string().into();
    let hour = Request::SessionExtend { session: session(), for_ms: 3_600_000, intent: because() };
    fleet.ask(hour).await.unwrap();
    assert_eq!(next(&mut own).await, None, "it was extended");
    fleet.finish().await.unwrap();
}

/// Another program of his renews: the connections that stand last as long as the new certificate.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_takes_the_warning_of_the_certificate_back_for_every_connection_of_the_key() {
    let mut fleet = Fleet::with(|config| config.operator_certificate = HOUR / 10).await.unwrap();
    let key = KeyPair::generate().unwrap();
    let access = fleet.person_with("mira", "admin", &key).await.unwrap();
    let stays = Operator::connect(&access, fleet.shutdown()).await.unwrap();
    let mut own = stays.follow(Followed::Own).unwrap();
    let before = next(&mut own).await.expect("a certificate for six minutes").until;
    let other = Operator::connect(&access, fleet.shutdown()).await.unwrap();
    // Certificates end at whole seconds: one that was renewed at once ends with the old one.
    let mut renewed = async || {
        other.request(Request::Renew { csr: key.csr().unwrap().into() }).await.unwrap();
        timeout(Duration::from_secs(1), own.next()).await.ok()??
    };
    let after = loop {
        if let Some(ends) = renewed().await {
            break ends.until;
        }
    };
    assert!(after > before, "{after} is not later than {before}");
    fleet.finish().await.unwrap();
}

/// What he may not see is not followed either: the same as what is not near.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_may_not_reach_has_no_end_for_him() {
    let mut stage = stage(HOUR / 10).await;
    stage.fleet.add("web2").await.unwrap();
    let jon = Operator::connect(&stage.jon, stage.fleet.shutdown()).await.unwrap();
    let to = OpenTo::Node { node: "web2".into(), target: stage.target.clone() };
    let mut feed = jon.follow(Followed::To(to)).unwrap();
    assert_eq!(next(&mut feed).await, None);
    stage.fleet.finish().await.unwrap();
}
