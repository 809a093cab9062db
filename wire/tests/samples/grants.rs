//! Samples of sessions, guests and locks.

use super::{AT, Samples, bytes, intent, more, name, page, target};
use wire::message::operator::{
    Followed, GuestSpec, InviteSpec, LockSpec, PolicyRequest, SessionNews, SessionSpec,
};
use wire::message::view::{
    EndCause, EndsView, GuestState, GuestView, LockKind, LockMode, LockState, LockView,
    PublicAddress, SessionKind, SessionPort, SessionState, SessionView,
};
use wire::message::{Push, Reply, Request};
use wire::{GuestId, LockId, SafeText, SessionId};

fn session() -> SessionView {
    SessionView {
        id: SessionId::from_random(51),
        session_kind: SessionKind::Access,
        operator: "dana".into(),
        role: Some("admin".into()),
        from: vec!["198.51.100.4/32".into()],
        auto: true,
        auth: "certificate".into(),
        ports: vec![SessionPort {
            name: name("pg"),
            public: PublicAddress { host: "tunnel.example".into(), port: 20_001 },
            nodes: vec![name("web1")],
            target: target(),
        }],
        started_at: AT,
        expires_at: Some(AT),
        idle_ms: Some(10),
        tunnels: 1,
        up_bytes_per_s: 2,
        down_bytes_per_s: 3,
        state: SessionState::Expiring,
        locked: Some(LockId::from_random(3)),
        ended_at: Some(AT),
        reason: Some("ticket 42".into()),
    }
}

fn guest() -> GuestView {
    GuestView {
        id: GuestId::from_random(7),
        name: name("lee"),
        port: Some(name("pg")),
        from: vec!["203.0.113.0/24".into()],
        reason: Some("audit".into()),
        by: Some("dana".into()),
        created_at: AT,
        expires_at: AT,
        tunnels: 1,
        state: GuestState::Active,
        locked: None,
        node: None,
        target: None,
        public: None,
    }
}

/// One that has a link and has not come yet.
fn invited() -> GuestView {
    let public = PublicAddress { host: "tunnel.example".into(), port: 20_002 };
    GuestView {
        from: Vec::new(),
        state: GuestState::Invited,
        node: Some(name("web1")),
        target: Some(target()),
        public: Some(public),
        ..guest()
    }
}

fn lock() -> LockView {
    LockView {
        id: LockId::from_random(3),
        object_kind: LockKind::Node,
        object_id: Some("n_aaaaaaaaaaaa".into()),
        object: "web1".into(),
        mode: LockMode::Cut,
        reason: "INC-4402".into(),
        by: Some("dana".into()),
        created_at: AT,
        until: Some(AT),
        ended_at: None,
        state: LockState::Active,
    }
}

pub fn requests() -> Samples<Request> {
    let some = || SafeText::from("s_aaaa");
    let session = SessionSpec {
        for_ms: 3_600_000,
        from: vec!["198.51.100.4/32".into()],
        auto: true,
        ports: vec![name("pg")],
        anyone_really: false,
    };
    let guest = GuestSpec {
        name: name("lee"),
        port: "pg".into(),
        from: vec!["203.0.113.0/24".into()],
        for_ms: 7_200_000,
        anyone_really: false,
    };
    let spec = InviteSpec {
        name: name("lee"),
        node: "web1".into(),
        target: target(),
        for_ms: 3_600_000,
        secret_hash: bytes(7, 32),
        rate_bytes_per_s: Some(5_000_000),
        max_tunnels: Some(1),
    };
    let invite = PolicyRequest::GuestInvite { spec, intent: intent() };
    let lock = LockSpec {
        kind: LockKind::Node,
        name: "web1".into(),
        for_ms: Some(10_800_000),
        mode: LockMode::Drain,
    };
    vec![
        ("request-sessions", Request::Sessions(page())),
        ("request-session", Request::Session(some())),
        ("request-session_start", Request::SessionStart { spec: session, intent: intent() }),
        (
            "request-session_extend",
            Request::SessionExtend { session: some(), for_ms: 60_000, intent: intent() },
        ),
        ("request-session_end", Request::SessionEnd { session: some(), intent: intent() }),
        ("request-session_revoke", Request::SessionRevoke { session: some(), intent: intent() }),
        ("request-guests", Request::Guests(page())),
        ("request-guest", Request::Guest("lee".into())),
        ("request-guest_admit", Request::GuestAdmit { spec: guest, intent: intent() }),
        ("request-guest_invite", Request::Policy(Box::new(invite))),
        (
            "request-guest_extend",
            Request::GuestExtend { guest: "lee".into(), for_ms: 60_000, intent: intent() },
        ),
        ("request-guest_delete", Request::GuestDelete { guest: "lee".into(), intent: intent() }),
        ("request-guest_revoke", Request::GuestRevoke { guest: "lee".into(), intent: intent() }),
        ("request-locks", Request::Locks(page())),
        ("request-lock_get", Request::LockGet("l_aaaa".into())),
        ("request-lock", Request::Lock { spec: lock, intent: intent() }),
        (
            "request-unlock",
            Request::Unlock { kind: LockKind::Node, name: "web1".into(), intent: intent() },
        ),
        (
            "request-operator_revoke",
            Request::OperatorRevoke { operator: "dana".into(), intent: intent() },
        ),
    ]
}

pub fn replies() -> Samples<Reply> {
    vec![
        ("reply-sessions", Reply::Sessions(vec![session()], more())),
        ("reply-session", Reply::Session(Box::new(session()))),
        ("reply-guests", Reply::Guests(vec![guest()], more())),
        ("reply-guest", Reply::Guest(guest())),
        ("reply-guest-invited", Reply::Guest(invited())),
        ("reply-locks", Reply::Locks(vec![lock()], more())),
        ("reply-lock", Reply::Lock(lock())),
    ]
}

pub fn pushes() -> Samples<Push> {
    let session = Box::new(session());
    let ends = EndsView {
        until: AT,
        left_ms: 600_000,
        cause: EndCause::Role,
        which: Some("support".into()),
    };
    let of = Followed::Tunnels { node: "web1".into() };
    vec![
        ("push-session", Push::Session { news: SessionNews::Ending, session }),
        ("push-ends", Push::Ends { of: of.clone(), ends: Some(ends) }),
        ("push-ends-later", Push::Ends { of, ends: None }),
    ]
}
