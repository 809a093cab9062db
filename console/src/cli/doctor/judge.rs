//! From what was found to checks and one cause. Pure: every branch has its test below.

use super::public::Visit;
use super::spoken::Scheme;
use super::{Check, Status};
use crate::cli::human;
use link::{Clock, System};
use wire::message::view::{
    NodeProbe, NodeView, PortState, PortView, ProbeView, SessionFact, SessionState,
};
use wire::{CloseReason, SafeText, Target};

/// Checks in order, and the word for the first that failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) checks: Vec<Check>,
    pub(super) cause: Option<&'static str>,
}

impl Judged {
    /// One check that leaves no room for others.
    pub(super) fn stopped(check: Check, cause: &'static str) -> Self {
        Self { checks: vec![check], cause: Some(cause) }
    }

    /// Adds a check; the first with a cause names it.
    pub(super) fn add(&mut self, (check, cause): (Check, Option<&'static str>)) {
        self.cause = self.cause.or(cause);
        self.checks.push(check);
    }
}

type Verdict = (Check, Option<&'static str>);

fn ok(id: &'static str, message: impl Into<String>) -> Verdict {
    (Check::new(id, Status::Ok, message), None)
}

fn fail(
    id: &'static str,
    message: impl Into<String>,
    fix: impl Into<String>,
    cause: &'static str,
) -> Verdict {
    (Check::new(id, Status::Fail, message).fix(fix), Some(cause))
}

/// A node by itself.
pub(super) fn node(view: &NodeView) -> Check {
    let message = format!("{} is {}", view.name, view.state);
    if !view.state.is_connected() {
        let why = view.disconnect_reason.map(|why| format!(": {why}")).unwrap_or_default();
        return Check::new("node", Status::Fail, format!("{message}{why}"))
            .fix(format!("tunnelctl nodes reconnects {}", view.name));
    }
    let rtt = view.rtt_p50_ms.map(|ms| format!(", {ms}ms")).unwrap_or_default();
    if view.reasons.is_empty() {
        return Check::new("node", Status::Ok, format!("{message}{rtt}"));
    }
    let reasons: Vec<&str> = view.reasons.iter().map(|reason| reason.code.as_str()).collect();
    Check::new("node", Status::Warn, format!("{message}{rtt}: {}", reasons.join(", ")))
        .fix(format!("tunnelctl nodes get {}", view.name))
}

/// A published port as the server found it, in the order a visitor meets it.
pub(super) fn port(probe: &ProbeView) -> Judged {
    let mut judged = Judged::default();
    let Some(view) = &probe.port else { return judged };
    judged.add(itself(view));
    if judged.cause.is_none() {
        judged.add(nodes(view, &probe.nodes));
    }
    if judged.cause.is_none() {
        judged.add(admission(view, probe));
    }
    if judged.cause.is_none() {
        judged.add(target(view, &probe.nodes));
    }
    judged
}

fn itself(view: &PortView) -> Verdict {
    let (name, number) = (&view.name, view.public.port);
    let why = view.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    match view.state {
        PortState::Disabled => fail(
            "port",
            format!("{name} is switched off"),
            format!("tunnelctl ports enable {name}"),
            "port_disabled",
        ),
        PortState::Fault => fail(
            "port",
            format!("{name} is in fault{why}"),
            format!("on the server: ss -ltnp sport = :{number}"),
            "port_fault",
        ),
        _ => ok("port", format!("{name} at {}:{number}", view.public.host)),
    }
}

fn nodes(view: &PortView, nodes: &[NodeProbe]) -> Verdict {
    let here: Vec<&str> =
        nodes.iter().filter(|n| n.away.is_none()).map(|n| n.node.name.as_str()).collect();
    if !here.is_empty() {
        return ok("agent", format!("{} connected", here.join(", ")));
    }
    let away: Vec<&str> =
        nodes.iter().filter_map(|n| n.away.as_ref()).map(SafeText::as_str).collect();
    let first = nodes.first().map_or(view.name.as_str(), |n| n.node.name.as_str());
    fail(
        "agent",
        format!("no agent behind {} is connected: {}", view.name, away.join("; ")),
        format!("on {first}: tunnelctl agent status\ntunnelctl nodes reconnects {first}"),
        "agent_down",
    )
}

fn admission(view: &PortView, probe: &ProbeView) -> Verdict {
    let (name, seen) = (&view.name, &probe.seen);
    if let Some(by) = &probe.admitted_by {
        return ok("admission", format!("{seen} is let in by {by}"));
    }
    let by = probe.refused_by.as_ref().map_or("the default deny", SafeText::as_str);
    if by.starts_with("lock ") {
        let fix = "tunnelctl locks list".to_owned();
        return fail("admission", format!("{by} keeps everybody out"), fix, "locked");
    }
    if by.starts_with("rule ") {
        let fix = format!("tunnelctl access explain --from {seen} --port {name}");
        return fail("admission", format!("{by} keeps {seen} out"), fix, "denied");
    }
    let is_live =
        |s: &&SessionFact| matches!(s.state, SessionState::Active | SessionState::Expiring);
    if let Some(session) = probe.sessions.iter().find(is_live) {
        return elsewhere(session, seen);
    }
    match probe.sessions.first() {
        Some(last) => fail(
            "admission",
            format!("session {} {} {} ago", last.id, last.state, ago(last)),
            "tunnelctl sessions start --for 1h",
            "expired",
        ),
        None => fail(
            "admission",
            format!(
                "{seen} is not admitted to {name}: you have no session, and no rule or guest names it"
            ),
            "tunnelctl sessions start --for 1h",
            "no_session",
        ),
    }
}

/// The two addresses side by side. A session that has the address and does not admit it is one whose
/// operator the rules do not let in here.
fn elsewhere(session: &SessionFact, seen: &SafeText) -> Verdict {
    let has = |a: &SafeText| a.as_str().split('/').next() == Some(seen.as_str());
    let admits: Vec<&str> = session.addresses.iter().map(SafeText::as_str).collect();
    if session.addresses.iter().any(has) {
        return fail(
            "admission",
            format!("session {} admits {seen}, but no rule lets you use this port", session.id),
            "ask for a rule: tunnelctl rules create --allow --who NAME --port PORT",
            "denied",
        );
    }
    fail(
        "admission",
        format!(
            "your address differs: session {} admits {}, the server sees you at {seen}",
            session.id,
            admits.join(" "),
        ),
        format!("tunnelctl sessions end {}\ntunnelctl sessions start --ip auto", session.id),
        "address_differs",
    )
}

fn ago(session: &SessionFact) -> String {
    human::duration(System.wall().since(session.ends))
}

fn target(view: &PortView, nodes: &[NodeProbe]) -> Verdict {
    let connected: Vec<&NodeProbe> = nodes.iter().filter(|n| n.away.is_none()).collect();
    if let Some(answered) = connected.iter().find(|n| n.connect_ms.is_some()) {
        let at = answered.address.as_ref().map_or("", SafeText::as_str);
        let ms = answered.connect_ms.unwrap_or_default();
        let through = &answered.node.name;
        return ok("target", format!("{} answers {through} at {at} in {ms}ms", view.target));
    }
    let Some(first) = connected.first() else { return ok("target", "not tried") };
    let message = first.message.as_ref().map_or("no answer", SafeText::as_str).to_owned();
    let node = &first.node.name;
    match first.failed {
        // The port lets visitors in; only the one who probes may not.
        Some(CloseReason::Denied) => {
            (Check::new("target", Status::Skip, format!("not tried: {message}")), None)
        }
        Some(CloseReason::TargetNotAllowed) => fail(
            "target",
            message,
            format!("on {node}: tunnelctl agent config set allow … {}", view.target),
            "target_not_allowed",
        ),
        _ => fail(
            "target",
            format!("the target is down: {message}"),
            match view.target.unix_path() {
                Some(path) => format!("on {node}: ss -lx src {path}"),
                None => format!("on {node}: ss -ltn sport = :{}", view.target.port),
            },
            "target_down",
        ),
    }
}

/// No proxy is set.
pub(super) fn direct() -> Verdict {
    ok("proxy", "none in the environment")
}

/// A proxy is set: programs that honour it arrive from its address, if at all.
pub(super) fn proxied(variable: &str) -> Verdict {
    fail(
        "proxy",
        format!("a proxy is in the way: {variable} is set, and the port sees the proxy's address"),
        format!("unset {variable}, or add the server to NO_PROXY"),
        "proxy_in_the_way",
    )
}

/// A plain connection to the public number, after everything behind it was found in order.
pub(super) fn reached(at: &Target, visit: &Visit, seen: &str) -> Verdict {
    match visit {
        Visit::Open => ok("public", format!("{at} takes connections from here")),
        Visit::Reset => fail(
            "public",
            format!(
                "your address differs: {at} closes connections from here, though {seen} is let in"
            ),
            "tunnelctl whoami     shows the addresses the server sees (IPv4 and IPv6 may differ)",
            "address_differs",
        ),
        Visit::Unreached(why) => fail(
            "public",
            format!("{at} cannot be reached from here: {why}"),
            "look for a firewall between this machine and the server",
            "blocked",
        ),
    }
}

/// What the program speaks against what the target speaks.
pub(super) fn scheme(speaks: Scheme, target: Option<Scheme>) -> Verdict {
    match target {
        None => {
            (Check::new("scheme", Status::Skip, "the target did not answer a TLS greeting"), None)
        }
        Some(target) if target == speaks => {
            ok("scheme", format!("the target speaks {}", target.as_str()))
        }
        Some(target) => fail(
            "scheme",
            format!(
                "wrong scheme: your program speaks {}, the target {}",
                speaks.as_str(),
                target.as_str()
            ),
            match target {
                Scheme::Tls => "use https:// or your program's TLS option",
                Scheme::Plain => "use http:// or switch your program's TLS off",
            },
            "wrong_scheme",
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use wire::message::view::{Admits, DropMode, NodeRef, OnDrop, PortOptions, PublicAddress};
    use wire::{NodeId, PortId, SessionId, UnixMs};

    fn probe() -> ProbeView {
        let node = NodeRef { id: NodeId::from_random(1), name: "web1".parse().unwrap() };
        ProbeView {
            seen: "203.0.113.9".into(),
            port: Some(PortView {
                id: PortId::from_random(1),
                name: "db".parse().unwrap(),
                public: PublicAddress { host: "tun".into(), port: 20_000 },
                nodes: vec![node.clone()],
                target: "localhost:5432".parse().unwrap(),
                on_drop: OnDrop { mode: DropMode::Hold, hold_ms: Some(1) },
                admits: Admits::default(),
                tunnels: 0,
                waiting: 0,
                up_bytes: 0,
                down_bytes: 0,
                state: PortState::Serving,
                fault: None,
                max_tunnels: None,
                idle_ms: None,
                created_at: UnixMs(1),
                options: PortOptions::default(),
                reason: None,
                compression: None,
            }),
            admitted_by: Some("session s_1".into()),
            refused_by: None,
            sessions: Vec::new(),
            nodes: vec![NodeProbe {
                node,
                away: None,
                address: Some("127.0.0.1:5432".into()),
                connect_ms: Some(2),
                failed: None,
                message: None,
            }],
        }
    }

    fn session(state: SessionState, address: &str) -> SessionFact {
        SessionFact {
            id: SessionId::from_random(1),
            state,
            addresses: vec![address.into()],
            ends: UnixMs(1),
        }
    }

    /// The cause, and the last check's message.
    fn cause(change: impl FnOnce(&mut ProbeView)) -> (Option<&'static str>, String) {
        let mut probe = probe();
        change(&mut probe);
        let judged = port(&probe);
        (judged.cause, judged.checks.last().unwrap().message.clone())
    }

    fn shut(probe: &mut ProbeView, by: &str) {
        probe.admitted_by = None;
        probe.refused_by = Some(by.into());
    }

    #[test]
    fn a_port_in_order_has_no_cause() {
        let judged = port(&probe());
        assert_eq!(judged.cause, None);
        assert!(judged.checks.iter().all(|check| check.status == Status::Ok), "{judged:?}");
    }

    #[test]
    fn every_fault_has_its_one_cause() {
        let down = |p: &mut ProbeView| p.nodes[0].away = Some("web1 lost 4s ago".into());
        let failed = |reason| {
            move |p: &mut ProbeView| {
                p.nodes[0].connect_ms = None;
                p.nodes[0].failed = Some(reason);
                p.nodes[0].message = Some("localhost:5432: connection refused".into());
            }
        };
        let state = |s| move |p: &mut ProbeView| p.port.as_mut().unwrap().state = s;
        assert_eq!(cause(state(PortState::Disabled)).0, Some("port_disabled"));
        assert_eq!(cause(state(PortState::Fault)).0, Some("port_fault"));
        assert_eq!(cause(down).0, Some("agent_down"));
        assert_eq!(cause(|p| shut(p, "lock l_1")).0, Some("locked"));
        assert_eq!(cause(|p| shut(p, "rule r_1")).0, Some("denied"));
        assert_eq!(cause(|p| shut(p, "the default deny")).0, Some("no_session"));
        assert_eq!(cause(failed(CloseReason::DialRefused)).0, Some("target_down"));
        assert_eq!(cause(failed(CloseReason::TargetNotAllowed)).0, Some("target_not_allowed"));
        assert_eq!(cause(failed(CloseReason::Denied)).0, None);
    }

    #[test]
    fn a_session_that_ended_and_one_for_another_address_are_told_apart() {
        let (cause_word, message) = cause(|p| {
            shut(p, "the default deny");
            p.sessions = vec![session(SessionState::Expired, "203.0.113.9/32")];
        });
        assert_eq!(cause_word, Some("expired"));
        assert!(message.contains("expired"), "{message}");
        let (cause_word, message) = cause(|p| {
            shut(p, "the default deny");
            p.sessions = vec![session(SessionState::Active, "198.51.100.7/32")];
        });
        assert_eq!(cause_word, Some("address_differs"));
        assert!(message.contains("198.51.100.7") && message.contains("203.0.113.9"), "{message}");
        let (cause_word, _) = cause(|p| {
            shut(p, "the default deny");
            p.sessions = vec![session(SessionState::Active, "203.0.113.9/32")];
        });
        assert_eq!(cause_word, Some("denied"), "the session has the address, the rules say no");
    }

    #[test]
    fn what_fails_first_on_the_way_is_the_cause() {
        let (cause_word, _) = cause(|p| {
            p.nodes[0].away = Some("web1 lost 4s ago".into());
            shut(p, "the default deny");
        });
        assert_eq!(cause_word, Some("agent_down"));
    }

    #[test]
    fn the_way_there_has_its_causes_too() {
        let at: Target = "tun:20000".parse().unwrap();
        assert_eq!(reached(&at, &Visit::Open, "x").1, None);
        assert_eq!(reached(&at, &Visit::Reset, "x").1, Some("address_differs"));
        assert_eq!(reached(&at, &Visit::Unreached("no".into()), "x").1, Some("blocked"));
        assert_eq!(proxied("HTTPS_PROXY").1, Some("proxy_in_the_way"));
        assert_eq!(scheme(Scheme::Tls, Some(Scheme::Tls)).1, None);
        assert_eq!(scheme(Scheme::Tls, Some(Scheme::Plain)).1, Some("wrong_scheme"));
        assert_eq!(scheme(Scheme::Plain, Some(Scheme::Tls)).1, Some("wrong_scheme"));
        assert_eq!(scheme(Scheme::Plain, None).1, None);
    }
}
