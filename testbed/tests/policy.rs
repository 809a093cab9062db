//! Who may do and reach what, through the server's own connections: permissions, sight, rules, roles
//! for a time.
// A failed step of a test is the test's failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use link::operator::{Operator, OperatorError};
use std::time::Duration;
use testbed::fleet::PATIENCE;
use testbed::fleet::people::{allow, policy};
use testbed::{Fleet, service, until};
use tokio::time::Instant;
use wire::message::operator::{
    AccessQuestion, Intent, Outcome, Page, PolicyReply, PolicyRequest, Push, Reply, Request,
    RuleChange, Subscription,
};
use wire::message::tunnel::{OpenTo, OperatorOpen, TunnelType};
use wire::message::view::{AccessDecision, Because, Permission, RequestState};
use wire::{CloseReason, Refusal, RefusalCode, SafeText, Target};

fn page() -> Page {
    Page { after: None, limit: 200 }
}

fn plan() -> Intent {
    Intent { dry_run: true, reason: Some("test".into()) }
}

fn because() -> Intent {
    Intent { dry_run: false, reason: Some("test".into()) }
}

fn to(node: &str, host: &str, port: u16) -> OperatorOpen {
    // Put together by hand: an honest program would not ask for all of these.
    let target = Target { host: host.to_owned(), port };
    OperatorOpen {
        to: OpenTo::Node { node: node.into(), target },
        kind: TunnelType::Connect,
        note: None,
        idle_ms: None,
        max_ms: None,
        wait_ms: None,
        compress: None,
        trace: None,
    }
}

fn refusal(error: OperatorError) -> Refusal {
    match error {
        OperatorError::Refused(refusal) | OperatorError::Open { refusal, .. } => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

async fn refused(operator: &Operator, request: Request) -> Refusal {
    refusal(operator.request(request).await.expect_err("let through"))
}

async fn explain(operator: &Operator, question: AccessQuestion) -> AccessDecision {
    match operator.request(policy(PolicyRequest::Explain(question))).await.unwrap() {
        Reply::Policy(reply) => match *reply {
            PolicyReply::Decision(decision) => decision,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// One request of each kind that needs a permission, as a plan where it would change anything.
fn requests() -> Vec<(Permission, Request)> {
    use Permission as P;
    use PolicyRequest as Q;
    let who = || SafeText::from("root");
    let node = || SafeText::from("web1");
    let rule = || SafeText::from("r_aaaaaaaaaaaa");
    let role = || "support".parse().unwrap();
    let all = |wanted: Permission, some: Vec<Q>| {
        some.into_iter().map(move |request| (wanted, policy(request))).collect::<Vec<_>>()
    };
    let mut out = vec![
        (P::ServerRead, Request::Server),
        (P::NodesRead, Request::Nodes(page())),
        (P::NodesRead, Request::Node(node())),
        (P::NodesRead, Request::Reconnects { node: node(), since: None }),
        (
            P::NodesWrite,
            Request::NodeRename { node: node(), to: "web2".parse().unwrap(), intent: plan() },
        ),
        (P::NodesWrite, Request::NodeDelete { node: node(), intent: plan() }),
        (P::Revoke, Request::NodeRevoke { node: node(), intent: plan() }),
        (P::TokensRead, Request::Tokens(page())),
        (P::TokensRead, Request::Token("t".into())),
        (P::Revoke, Request::TokenRevoke { token: "t".into(), intent: plan() }),
        (P::TunnelsRead, Request::Tunnels { page: page(), node: None, who: None }),
        (P::TunnelsRead, Request::Tunnel("t_aaaa".into())),
        (P::PortsRead, Request::Ports(page())),
        (P::PortsRead, Request::Port("db".into())),
        (P::PortsWrite, Request::PortDelete { port: "db".into(), intent: plan() }),
        (P::PortsWrite, Request::PortEnable { port: "db".into(), on: false, intent: plan() }),
        (P::RulesRead, Request::Rules(page())),
        (
            P::RulesWrite,
            Request::RuleCreate { spec: allow("role:admin", None, None), intent: plan() },
        ),
        (P::RulesWrite, Request::RuleDelete { rule: rule(), intent: plan() }),
        (P::AuditRead, Request::AuditGet("a_aaaa".into())),
        (P::MetricsRead, Request::Metrics),
        (P::CaRead, Request::Ca),
        (P::CaRead, Request::CaCrl),
        (P::CaWrite, Request::CaRotate { kind: None, signed: None, force: false, intent: plan() }),
        (P::ServerDrain, Request::Drain { for_ms: 1, intent: plan() }),
        (P::ServerReload, Request::Reload(plan())),
        (P::GuestsRead, Request::Guests(page())),
        (P::GuestsWrite, Request::GuestDelete { guest: "lee".into(), intent: plan() }),
        (P::Revoke, Request::GuestRevoke { guest: "lee".into(), intent: plan() }),
        (P::LocksRead, Request::Locks(page())),
        (P::Revoke, Request::OperatorRevoke { operator: who(), intent: plan() }),
    ];
    out.extend(all(P::OperatorsRead, vec![Q::Operators(page()), Q::Operator(who())]));
    out.extend(all(
        P::OperatorsWrite,
        vec![
            Q::OperatorUpdate { operator: who(), name: "x".parse().unwrap(), intent: plan() },
            Q::OperatorAssign { operator: who(), role: role(), for_ms: None, intent: plan() },
            Q::OperatorUnassign { operator: who(), role: role(), intent: plan() },
            Q::OperatorDelete { operator: who(), intent: plan() },
        ],
    ));
    out.extend(all(P::RolesRead, vec![Q::Roles(page()), Q::Role(role())]));
    out.extend(all(
        P::RolesWrite,
        vec![
            Q::RoleCreate {
                name: "new".parse().unwrap(),
                permissions: vec![],
                max_session_ms: None,
                intent: plan(),
            },
            Q::RoleDelete { name: role(), intent: plan() },
        ],
    ));
    out.extend(all(P::RulesRead, vec![Q::Rule(rule())]));
    out.extend(all(
        P::RulesWrite,
        vec![
            Q::RuleUpdate { rule: rule(), change: RuleChange::default(), intent: plan() },
            Q::RuleMove { rule: rule(), before: None, intent: plan() },
            Q::RuleEnable { rule: rule(), on: true, intent: plan() },
            Q::RulesReplace { rules: vec![], against_ms: 1, intent: plan() },
        ],
    ));
    out.extend(all(
        P::AccessApprove,
        vec![Q::AccessAnswer { request: "ar_aaaa".into(), approve: true, intent: plan() }],
    ));
    out.extend(all(
        P::AccessRead,
        vec![Q::Explain(AccessQuestion {
            operator: Some(who()),
            action: Some(P::Lock),
            ..AccessQuestion::default()
        })],
    ));
    out
}

/// T-05: each permission opens its own requests and no other; a refusal names what is missing and
/// who has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_permits_what_it_says_and_nothing_else() {
    let mut fleet = Fleet::start().await.unwrap();
    for permission in Permission::ALL {
        let name = permission.as_str().replace('.', "-");
        fleet.role(&name, &[*permission]).await.unwrap();
        let operator = fleet.person(&format!("op-{name}"), &name).await.unwrap();
        for (wanted, request) in requests() {
            let what = format!("{request:?} with {permission}");
            let missing = match operator.request(request).await {
                Err(OperatorError::Refused(refusal))
                    if refusal.message.as_str().contains("has no role that permits") =>
                {
                    Some(refusal)
                }
                _ => None,
            };
            assert_eq!(missing.is_none(), wanted == *permission, "{what}: {missing:?}");
            if let Some(refusal) = missing {
                assert_eq!(refusal.code, RefusalCode::Denied, "{what}");
                assert!(refusal.message.as_str().ends_with(wanted.as_str()), "{what}: {refusal}");
                let hint = refusal.hint.unwrap();
                assert!(hint.as_str().contains("admin"), "{what}: {hint}");
            }
        }
        operator.close();
    }
    fleet.finish().await.unwrap();
}

/// Nobody gives away what he does not have himself.
#[tokio::test(flavor = "multi_thread")]
async fn who_hands_out_roles_hands_out_no_more_than_his_own() {
    let mut fleet = Fleet::start().await.unwrap();
    let lead = [Permission::OperatorsWrite, Permission::RolesWrite, Permission::NodesRead];
    fleet.role("lead", &lead).await.unwrap();
    fleet.role("reader", &[Permission::NodesRead]).await.unwrap();
    let ana = fleet.person("ana", "lead").await.unwrap();
    let assign = |role: &str| {
        policy(PolicyRequest::OperatorAssign {
            operator: "ana".into(),
            role: role.parse().unwrap(),
            for_ms: None,
            intent: because(),
        })
    };
    assert_eq!(refused(&ana, assign("admin")).await.code, RefusalCode::Denied);
    ana.request(assign("reader")).await.unwrap();
    let wider = policy(PolicyRequest::RoleUpdate {
        name: "reader".parse().unwrap(),
        add: vec![Permission::Revoke],
        remove: vec![],
        max_session_ms: None,
        intent: because(),
    });
    assert_eq!(refused(&ana, wider).await.code, RefusalCode::Denied);
    fleet.finish().await.unwrap();
}

const SEER: [Permission; 6] = [
    Permission::NodesRead,
    Permission::TunnelsOpen,
    Permission::TunnelsRead,
    Permission::PortsRead,
    Permission::AuditRead,
    Permission::NodesWrite,
];

/// F4.8: what no rule reaches looks exactly like what is not there, in lists, look-ups, pushes,
/// records and errors.
#[tokio::test(flavor = "multi_thread")]
async fn what_no_rule_reaches_is_not_found_anywhere() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.add("vault").await.unwrap();
    let target: Target = "localhost:22".parse().unwrap();
    fleet.publish("ssh", "web1", target.clone(), None).await.unwrap();
    fleet.publish("secret", "vault", target, None).await.unwrap();
    fleet.role("support", &SEER).await.unwrap();
    fleet.rule(allow("role:support", Some("web1"), Some("localhost:22"))).await.unwrap();
    let jon = fleet.person("jon", "support").await.unwrap();

    let Reply::Nodes(nodes, more) = jon.request(Request::Nodes(page())).await.unwrap() else {
        panic!()
    };
    let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!((names, more.total), (vec!["web1"], Some(1)));
    let Reply::Ports(ports, _) = jon.request(Request::Ports(page())).await.unwrap() else {
        panic!()
    };
    assert_eq!(ports.iter().map(|port| port.name.as_str()).collect::<Vec<_>>(), ["ssh"]);

    let rename = |node: &str| Request::NodeRename {
        node: node.into(),
        to: "other".parse().unwrap(),
        intent: plan(),
    };
    let hidden = fleet.view("vault").await.unwrap().id.to_string();
    let absent = hidden.replace(|c: char| c.is_ascii_lowercase(), "a").replacen('a', "n", 1);
    for (there, nowhere) in [("vault", "nobody"), (&hidden[..], &absent[..])] {
        for ask in [|node: &str| Request::Node(node.into()), rename as fn(&str) -> Request] {
            let hidden = refused(&jon, ask(there)).await;
            let absent = refused(&jon, ask(nowhere)).await;
            let generic = |refusal: &Refusal, name: &str| {
                (refusal.code, refusal.hint.clone(), refusal.message.as_str().replace(name, "X"))
            };
            assert_eq!(generic(&hidden, there), generic(&absent, nowhere));
            assert_eq!(hidden.code, RefusalCode::NotFound);
        }
    }
    let opened = refusal(jon.open(&to("vault", "localhost", 22)).await.map(|_| ()).unwrap_err());
    assert_eq!(opened.code, RefusalCode::NotFound);

    let subscription =
        Subscription { nodes: true, ports: true, audit_after: Some(0), ..Subscription::default() };
    let mut pushes = jon.subscribe(subscription).await.unwrap();
    fleet.kill("vault").await;
    fleet.kill("web1").await;
    let deadline = Instant::now() + PATIENCE;
    let mut told = false;
    while !told {
        let push = tokio::time::timeout_at(deadline, pushes.recv()).await.unwrap().unwrap();
        let text = format!("{push:?}");
        assert!(!text.contains("vault") && !text.contains(&hidden), "{text}");
        told = matches!(&push, Push::Nodes { changed, .. }
            if changed.iter().any(|node| node.name.as_str() == "web1" && !node.state.is_connected()));
    }
    let request = Request::Audit {
        after: None,
        backwards: false,
        limit: 200,
        action: None,
        since: None,
        until: None,
    };
    let Reply::Audit { events, unseen, .. } = jon.request(request).await.unwrap() else { panic!() };
    assert_eq!(unseen, Some(true));
    assert!(!events.is_empty() && !format!("{events:?}").contains("vault"), "{events:?}");
    fleet.finish().await.unwrap();
}

/// T-10: an operator with one target gets no other, by whatever frame; each refusal is audited once.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_with_one_target_gets_no_other_by_hand_made_frames() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.add("web2").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    fleet.role("support", &[Permission::TunnelsOpen]).await.unwrap();
    let only = format!("localhost:{}", echo.port());
    fleet.rule(allow("role:support", Some("web1"), Some(&only))).await.unwrap();
    let jon = fleet.person("jon", "support").await.unwrap();
    let (opened, stream) = jon.open(&to("web1", "localhost", echo.port())).await.unwrap();
    assert_eq!(opened.node_name.unwrap().as_str(), "web1");
    let long = "x".repeat(64 * 1024);
    let other = echo.port() ^ 1;
    for (node, host, port) in [
        ("web1", "localhost", other),
        ("web1", "10.0.0.5", echo.port()),
        ("web1", "127.1", echo.port()),
        ("web1", "/run/docker.sock", echo.port()),
        ("web1", "", echo.port()),
        ("web1", "localhost", 0),
        ("web1", long.as_str(), echo.port()),
        ("web2", "localhost", echo.port()),
    ] {
        let answer = jon.open(&to(node, host, port)).await;
        let host = &host[..host.len().min(20)];
        assert!(answer.is_err(), "{node} {host}:{port} was opened");
    }
    drop(stream);
    let request = Request::Audit {
        after: None,
        backwards: false,
        limit: 200,
        action: Some("tunnel.denied".into()),
        since: None,
        until: None,
    };
    let operator = fleet.operator().await.unwrap();
    let (events, _) = until("the denials in the trail", PATIENCE, || {
        let (operator, request) = (operator.clone(), request.clone());
        async move {
            match operator.request(request).await.unwrap() {
                Reply::Audit { events, .. } if events.len() >= 2 => Some(events),
                _ => None,
            }
        }
    })
    .await
    .unwrap();
    let targets: Vec<String> =
        events.iter().map(|e| format!("{:?}", e.entry.data.get("target"))).collect();
    let once = |text: &str| targets.iter().filter(|target| target.contains(text)).count();
    assert_eq!(once(&format!("localhost:{other}")), 1, "{targets:?}");
    assert_eq!(once(&format!("10.0.0.5:{}", echo.port())), 1, "{targets:?}");
    // Where the server's own check lets everything through, the agent's still holds.
    let refusal =
        refusal(operator.open(&to("web1", "10.0.0.5", 22)).await.map(|_| ()).unwrap_err());
    assert_eq!(refusal.code, RefusalCode::Denied, "{refusal}");
    fleet.finish().await.unwrap();
}

/// F4.9: a role is asked for, given by another, and ends by itself; with it ends what it allowed.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_a_time_is_given_by_another_and_its_end_cuts() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let echo = service::echo(fleet.shutdown()).await.unwrap();
    fleet.role("none", &[]).await.unwrap();
    fleet.role("netops", &[Permission::TunnelsOpen]).await.unwrap();
    fleet.rule(allow("role:netops", None, None)).await.unwrap();
    let jon = fleet.person("jon", "none").await.unwrap();
    let open = to("web1", "localhost", echo.port());
    assert!(jon.open(&open).await.is_err());
    let ask = |intent| {
        let role = "netops".parse().unwrap();
        policy(PolicyRequest::AccessRequest { role, for_ms: 2000, intent })
    };
    assert_eq!(refused(&jon, ask(Intent::default())).await.code, RefusalCode::Usage);
    let Reply::Policy(reply) = jon.request(ask(because())).await.unwrap() else { panic!() };
    let PolicyReply::AccessRequest(request) = *reply else { panic!() };
    let answer = || {
        let request = request.id.to_string().into();
        policy(PolicyRequest::AccessAnswer { request, approve: true, intent: because() })
    };
    assert_eq!(refused(&jon, answer()).await.code, RefusalCode::Denied);
    let Reply::Done(outcomes) = fleet.ask(answer()).await.unwrap() else { panic!() };
    assert!(matches!(outcomes.as_slice(), [Outcome { ok: true, .. }]), "{outcomes:?}");
    let (opened, _stream) = jon.open(&open).await.unwrap();
    let given = Instant::now();
    let operator = fleet.operator().await.unwrap();
    // Nothing is sent: the tunnel ends because the role does.
    until("the end of the role", PATIENCE, || {
        let (operator, id) = (operator.clone(), opened.tunnel.to_string());
        async move {
            match operator.request(Request::Tunnel(id.into())).await.unwrap() {
                Reply::Tunnel(view) => view.closed,
                other => panic!("{other:?}"),
            }
        }
    })
    .await
    .unwrap();
    assert!(given.elapsed() < Duration::from_secs(4), "{:?}", given.elapsed());
    assert!(jon.open(&open).await.is_err(), "the role is over");
    let Reply::Policy(reply) =
        jon.request(policy(PolicyRequest::AccessRequests(page()))).await.unwrap()
    else {
        panic!()
    };
    let PolicyReply::AccessRequests(requests, _) = *reply else { panic!() };
    assert_eq!(requests[0].state, RequestState::Approved);
    fleet.finish().await.unwrap();
}

/// A decision is told with the rules that were passed over and why, and says what would let in.
#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_explained_rule_by_rule() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    fleet.role("support", &[Permission::TunnelsOpen]).await.unwrap();
    fleet.role("netops", &[Permission::TunnelsOpen]).await.unwrap();
    let netops = fleet.rule(allow("role:netops", None, Some("*:5432"))).await.unwrap();
    let support = fleet.rule(allow("role:support", None, Some("*:22"))).await.unwrap();
    let jon = fleet.person("jon", "support").await.unwrap();
    let question = |port| AccessQuestion {
        operator: Some("jon".into()),
        node: Some("web1".into()),
        target: Some(Target::new("10.20.4.11", port).unwrap()),
        ..AccessQuestion::default()
    };
    let operator = fleet.operator().await.unwrap();
    let denied = explain(&operator, question(5432)).await;
    assert_eq!((denied.allowed, denied.deciding_rule), (false, None));
    let why = |id| denied.trace.iter().find(|step| step.rule == id).unwrap().because;
    assert_eq!(why(netops.id), Some(Because::Role));
    assert_eq!(why(support.id), Some(Because::TargetPort));
    let roles: Vec<_> = denied.would_allow.iter().filter_map(|w| w.role.as_ref()).collect();
    assert_eq!(roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(), ["admin", "netops"]);
    let allowed = explain(&operator, question(22)).await;
    assert_eq!((allowed.allowed, allowed.deciding_rule), (true, Some(support.id)));
    // He sees the node by his own rule, and asks about himself.
    assert_eq!(explain(&jon, question(5432)).await.trace, denied.trace);
    let about_another = AccessQuestion { operator: Some("root".into()), ..question(22) };
    let request = policy(PolicyRequest::Explain(about_another));
    assert_eq!(refused(&jon, request).await.code, RefusalCode::Denied);
    fleet.finish().await.unwrap();
}

/// Taking a role away cuts what only it allowed, and leaves the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_takes_its_tunnels_with_it() {
    let mut fleet = Fleet::start().await.unwrap();
    fleet.add("web1").await.unwrap();
    let (one, two) = (
        service::echo(fleet.shutdown()).await.unwrap(),
        service::echo(fleet.shutdown()).await.unwrap(),
    );
    fleet.role("support", &[Permission::TunnelsOpen]).await.unwrap();
    fleet.role("netops", &[]).await.unwrap();
    fleet.rule(allow("jon", None, Some(&format!("localhost:{}", one.port())))).await.unwrap_err();
    let jon = fleet.person("jon", "support").await.unwrap();
    fleet.rule(allow("jon", None, Some(&format!("localhost:{}", one.port())))).await.unwrap();
    fleet.rule(allow("role:netops", None, None)).await.unwrap();
    let role = |on| {
        let (operator, role, intent) = ("jon".into(), "netops".parse().unwrap(), because());
        policy(match on {
            true => PolicyRequest::OperatorAssign { operator, role, for_ms: None, intent },
            false => PolicyRequest::OperatorUnassign { operator, role, intent },
        })
    };
    fleet.ask(role(true)).await.unwrap();
    let (stays, _first) = jon.open(&to("web1", "localhost", one.port())).await.unwrap();
    let (goes, _second) = jon.open(&to("web1", "localhost", two.port())).await.unwrap();
    let Reply::Done(outcomes) = fleet.ask(role(false)).await.unwrap() else { panic!() };
    assert_eq!(outcomes[0].cut_tunnels, Some(1));
    let operator = fleet.operator().await.unwrap();
    let closed = async |id: wire::TunnelId| match operator
        .request(Request::Tunnel(id.to_string().into()))
        .await
        .unwrap()
    {
        Reply::Tunnel(view) => view.closed.map(|closed| closed.reason),
        other => panic!("{other:?}"),
    };
    assert_eq!(closed(goes.tunnel).await, Some(CloseReason::RuleChanged));
    assert_eq!(closed(stays.tunnel).await, None);
    fleet.finish().await.unwrap();
}
