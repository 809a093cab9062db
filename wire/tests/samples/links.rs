//! Samples about links between nodes.

use super::*;
use wire::LinkId;
use wire::message::operator::{LinkReply, LinkRequest, LinkSpec, PolicyRequest};
use wire::message::view::{LinkAt, LinkState, LinkTo, LinkView};

fn spec() -> LinkSpec {
    LinkSpec {
        name: name("db"),
        at: "web1".into(),
        listen: "127.0.0.1:9000".parse().unwrap(),
        to: "web2".into(),
        target: target(),
    }
}

fn link() -> LinkView {
    LinkView {
        id: LinkId::from_random(150),
        name: name("db"),
        at: LinkAt { node: node_ref(), listen: "127.0.0.1:9000".parse().unwrap() },
        to: LinkTo { node: node_ref(), target: target() },
        state: LinkState::Refused,
        reason: Some("no rule lets node:web1 reach it".into()),
        rule: Some(RuleId::from_random(3)),
        granted: Some(false),
        tunnels: 2,
        waiting: 1,
        up_bytes: 10,
        down_bytes: 20,
        created_at: AT,
        created_by: Some("mira".into()),
    }
}

pub fn requests() -> Samples<Request> {
    use LinkRequest as L;
    let all = vec![
        ("request-links", L::Links(page())),
        ("request-link", L::Link("db".into())),
        ("request-link_create", L::Create { spec: spec(), intent: intent() }),
        ("request-link_delete", L::Delete { link: "db".into(), intent: intent() }),
    ];
    let wrap = |request| Request::Policy(Box::new(PolicyRequest::Link(request)));
    all.into_iter().map(|(name, request)| (name, wrap(request))).collect()
}

pub fn replies() -> Samples<Reply> {
    vec![
        ("reply-links", Reply::Link(Box::new(LinkReply::Links(vec![link()], more())))),
        ("reply-link", Reply::Link(Box::new(LinkReply::Link(link())))),
        ("reply-tunnel-link", Reply::Tunnel(tunnel())),
    ]
}

/// A connection of a link.
fn tunnel() -> TunnelView {
    TunnelView {
        who: Who { node: Some(name("web1")), ..Who::default() },
        kind: TunnelType::Link,
        link: Some(name("db")),
        listener: Some(tunnel_id()),
        ..super::tunnel()
    }
}
