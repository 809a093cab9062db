//! Sessions, guests, locks and revocations: planned when only asked for; else durable, published,
//! cut, and only then acknowledged.

use super::Asker;
use super::objects::{done, done_with_cut, outcome, planned};
use crate::admission;
use crate::core::{Core, millis, random};
use crate::fleet::{Ended, OperatorRecord, SessionRecord, Stored, Subject};
use crate::operators::OperatorSession;
use crate::ops::{Done, Grant, Op};
use crate::policy::{MAX_SESSION, permit};
use crate::state::Applied;
use crate::tunnels::{self, CutReport};
use crate::views;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::audit::{Actor, Entry, Object};
use wire::message::operator::{
    GuestSpec, Intent, LockSpec, Outcome, Reply, Request, SessionNews, SessionSpec,
};
use wire::message::view::{LockKind, LockMode, Permission};
use wire::{DisconnectReason, GuestId, LockId, Refusal, RefusalCode, SafeText, SessionId};

/// Carries a change to grants out; gives anything else back.
pub(super) async fn carry_out(
    asker: &Asker<'_>,
    request: Request,
) -> Result<Result<Reply, Refusal>, Request> {
    let (core, operator, record) = (asker.core, asker.session, asker.record);
    let change = Change { asker, core, operator, begun: core.clock.now() };
    Ok(match request {
        Request::SessionStart { spec, intent } => change.start(record, spec, &intent).await,
        Request::SessionExtend { session, for_ms, intent } => {
            change.extend(&session, for_ms, &intent).await
        }
        Request::SessionEnd { session, intent } => {
            change.session_end(&session, Ended::Ended, &intent).await
        }
        Request::SessionRevoke { session, intent } => {
            change.session_end(&session, Ended::Revoked, &intent).await
        }
        Request::GuestAdmit { spec, intent } => change.guest_admit(spec, &intent).await,
        Request::GuestExtend { guest, for_ms, intent } => {
            change.guest_extend(&guest, for_ms, &intent).await
        }
        Request::GuestDelete { guest, intent } => {
            change.guest_end(&guest, Ended::Ended, &intent).await
        }
        Request::GuestRevoke { guest, intent } => {
            change.guest_end(&guest, Ended::Revoked, &intent).await
        }
        Request::Lock { spec, intent } => change.lock(spec, &intent).await,
        Request::Unlock { kind, name, intent } => change.unlock(kind, &name, &intent).await,
        Request::OperatorRevoke { operator, intent } => {
            change.operator_revoke(&operator, &intent).await
        }
        other => return Err(other),
    })
}

struct Change<'a> {
    asker: &'a Asker<'a>,
    core: &'a Arc<Core>,
    operator: &'a OperatorSession,
    begun: Instant,
}

/// How a change is named in results and records.
struct Named<'a> {
    kind: &'a str,
    name: &'a str,
    object: Object,
}

impl Change<'_> {
    fn op(&self, grant: Grant, intent: &Intent) -> Op {
        let (actor, reason) = (self.operator.actor(), intent.reason.clone());
        Op::Grant { actor, reason, grant: Box::new(grant) }
    }

    async fn start(
        &self,
        record: &OperatorRecord,
        spec: SessionSpec,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let id = SessionId::from_random(random());
        for port in &spec.ports {
            self.core.state.fleet().find_port(port.as_str(), &self.asker.sight)?;
        }
        let seen = if spec.auto {
            let of_run = self.core.operators.of_run(self.operator);
            of_run.into_iter().map(|address| address.to_string().into()).collect()
        } else {
            Vec::new()
        };
        let op = self.op(
            Grant::SessionStart {
                operator: record.id,
                id,
                from: spec.from,
                seen,
                auto: spec.auto,
                ports: spec.ports.iter().map(|name| name.as_str().into()).collect(),
                lasts: Duration::from_millis(spec.for_ms),
                longest: admission::longest(&self.core.state.fleet(), record, self.core.wall()),
                anyone_really: spec.anyone_really,
            },
            intent,
        );
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned("session", "new", &[])]));
        }
        let Done::Session(session) = self.core.apply(op).await?.done else {
            return Err(unexpected());
        };
        self.granted(&session, SessionNews::Running).await?;
        Ok(Reply::Session(Box::new(views::session(self.core, &session))))
    }

    async fn extend(
        &self,
        session: &SafeText,
        for_ms: u64,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let fleet = self.core.state.fleet();
        let session = fleet.find_session(session.as_str(), &self.asker.sight)?;
        self.may_end(&session)?;
        let owner = fleet.operator(session.operator);
        let longest =
            owner.map_or(MAX_SESSION, |owner| admission::longest(&fleet, &owner, self.core.wall()));
        let lasts = Duration::from_millis(for_ms);
        let op = self.op(Grant::SessionExtend { session: session.id, lasts, longest }, intent);
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned("session", &session.id.to_string(), &[])]));
        }
        let Done::Session(session) = self.core.apply(op).await?.done else {
            return Err(unexpected());
        };
        self.granted(&session, SessionNews::Running).await?;
        Ok(Reply::Session(Box::new(views::session(self.core, &session))))
    }

    /// What stands on something that was granted for longer is told so.
    async fn granted(&self, session: &SessionRecord, news: SessionNews) -> Result<(), Refusal> {
        self.core.terms.changed();
        tunnels::reevaluate(self.core, &self.by()).await?;
        self.core.feed.ports();
        super::attend::tell(self.core, session, news);
        Ok(())
    }

    async fn session_end(
        &self,
        session: &SafeText,
        how: Ended,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let fleet = self.core.state.fleet();
        if let Some((_, owner)) = views::login(&fleet, session.as_str()) {
            return self.log_out(session, &owner, intent).await;
        }
        let session = fleet.find_session(session.as_str(), &self.asker.sight)?;
        self.may_end(&session)?;
        let name = session.id.to_string();
        let named = Named { kind: "session", name: &name, object: session.object() };
        let op = self.op(Grant::SessionEnd { session: session.id, how }, intent);
        let reply = self.take_away(&named, op, how == Ended::Revoked, intent).await?;
        if !intent.dry_run
            && let Some(session) = self.core.state.fleet().session(session.id)
        {
            super::attend::tell(self.core, &session, SessionNews::Over);
        }
        Ok(reply)
    }

    /// The end of a login session: its connections are closed; the certificate stays what it is.
    async fn log_out(
        &self,
        session: &SafeText,
        owner: &OperatorRecord,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let id = crate::operators::login(owner.id, &owner.spki).to_string();
        let all = self.core.operators.all();
        let connections: Vec<_> = all.into_iter().filter(|c| c.id == owner.id).collect();
        let of = |c: &Arc<OperatorSession>| self.core.tunnels.of_operator(c.connection);
        let tunnels: Vec<_> = connections.iter().flat_map(of).collect();
        if intent.dry_run {
            return Ok(Reply::Done(vec![planned("session", &id, &tunnels)]));
        }
        let object = Object { kind: "session".into(), id: Some(id.as_str().into()), name: None };
        let mut entry = Entry::new("session.end", self.operator.actor(), object)
            .with("operator", owner.name.as_str());
        if let Some(reason) = &intent.reason {
            entry = entry.with("reason", reason.as_str());
        }
        let applied = self.core.apply(Op::Record(entry)).await?;
        let reason = wire::CloseReason::SessionEnded;
        let report = tunnels::cut(self.core, &tunnels, reason, &self.by()).await?;
        for connection in connections {
            // Its own answer still has to leave.
            if connection.connection != self.operator.connection {
                connection.shutdown.cancel();
            }
        }
        tracing::debug!(%session, "logged out");
        Ok(Reply::Done(vec![cut_outcome(done("session", &id, &applied), report, self.begun)]))
    }

    async fn guest_admit(&self, spec: GuestSpec, intent: &Intent) -> Result<Reply, Refusal> {
        let name = spec.name.clone();
        let op = self.op(
            Grant::GuestAdmit {
                name: spec.name,
                id: GuestId::from_random(random()),
                port: spec.port,
                from: spec.from,
                lasts: Duration::from_millis(spec.for_ms),
                anyone_really: spec.anyone_really,
            },
            intent,
        );
        self.guest_granted(name.as_str(), op, intent).await
    }

    async fn guest_extend(
        &self,
        guest: &SafeText,
        for_ms: u64,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let guest = self.core.state.fleet().find_guest(guest.as_str(), &self.asker.sight)?;
        let lasts = Duration::from_millis(for_ms);
        let op = self.op(Grant::GuestExtend { guest: guest.id, lasts }, intent);
        self.guest_granted(guest.name.as_str(), op, intent).await
    }

    async fn guest_granted(&self, name: &str, op: Op, intent: &Intent) -> Result<Reply, Refusal> {
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned("guest", name, &[])]));
        }
        let Done::Guest(guest) = self.core.apply(op).await?.done else {
            return Err(unexpected());
        };
        self.core.terms.changed();
        tunnels::reevaluate(self.core, &self.by()).await?;
        self.core.feed.ports();
        Ok(Reply::Guest(views::guest(self.core, &guest)))
    }

    async fn guest_end(
        &self,
        guest: &SafeText,
        how: Ended,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let guest = self.core.state.fleet().find_guest(guest.as_str(), &self.asker.sight)?;
        let named = Named { kind: "guest", name: guest.name.as_str(), object: guest.object() };
        let op = self.op(Grant::GuestEnd { guest: guest.id, how }, intent);
        self.take_away(&named, op, how == Ended::Revoked, intent).await
    }

    async fn lock(&self, spec: LockSpec, intent: &Intent) -> Result<Reply, Refusal> {
        let (subject, name) = self.subject(spec.kind, &spec.name)?;
        let grant = Grant::LockCreate {
            subject,
            id: LockId::from_random(random()),
            object: name.clone(),
            mode: spec.mode,
            lasts: spec.for_ms.map(Duration::from_millis),
        };
        let op = self.op(grant, intent);
        let object = Object {
            kind: spec.kind.as_str().into(),
            id: subject.id_text().map(Into::into),
            name: Some(name.clone()),
        };
        let named = Named { kind: spec.kind.as_str(), name: name.as_str(), object };
        self.take_away(&named, op, false, intent).await
    }

    async fn unlock(
        &self,
        kind: LockKind,
        name: &SafeText,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let (subject, name) = self.subject(kind, name)?;
        let fleet = self.core.state.fleet();
        let lock = fleet.lock_on(subject, self.core.wall()).cloned();
        let name = name.as_str();
        let Some(lock) = lock else {
            // Already so.
            let already = Outcome { ok: true, ..outcome(kind.as_str(), name) };
            return Ok(Reply::Done(vec![Outcome { planned: intent.dry_run, ..already }]));
        };
        let op = self.op(Grant::LockEnd { lock: lock.id }, intent);
        if intent.dry_run {
            self.core.state.plan(&op)?;
            return Ok(Reply::Done(vec![planned(kind.as_str(), name, &[])]));
        }
        let applied = self.core.apply(op).await?;
        self.core.terms.changed();
        self.shown_anew(subject);
        tunnels::reevaluate(self.core, &self.by()).await?;
        Ok(Reply::Done(vec![done(kind.as_str(), name, &applied)]))
    }

    /// One's own, or with the permission to end those of others.
    fn may_end(&self, session: &SessionRecord) -> Result<(), Refusal> {
        let (fleet, who) = (self.core.state.fleet(), self.asker.record);
        let wanted = Permission::SessionsEnd;
        if session.operator == who.id || permit::permits(&fleet, who, wanted, self.core.wall()) {
            return Ok(());
        }
        Err(permit::refused(&fleet, who, wanted))
    }

    /// What a lock is asked to be on, and how people call it.
    fn subject(&self, kind: LockKind, name: &SafeText) -> Result<(Subject, SafeText), Refusal> {
        let fleet = self.core.state.fleet();
        let (name, sight) = (name.as_str(), &self.asker.sight);
        Ok(match kind {
            LockKind::All => (Subject::All, "all".into()),
            LockKind::Node => {
                let node = fleet.find_node(name, sight)?;
                (Subject::Node(node.id), node.name.as_str().into())
            }
            LockKind::Operator => {
                let operator = fleet.find_operator(name)?;
                (Subject::Operator(operator.id), operator.name.as_str().into())
            }
            LockKind::Session => {
                let session = fleet.find_session(name, sight)?;
                (Subject::Session(session.id), session.id.to_string().into())
            }
            LockKind::Guest => {
                let guest = fleet.find_guest(name, sight)?;
                (Subject::Guest(guest.id), guest.name.as_str().into())
            }
            LockKind::Port => {
                let port = fleet.find_port(name, sight)?;
                (Subject::Port(port.id), port.name.as_str().into())
            }
        })
    }

    async fn operator_revoke(&self, name: &SafeText, intent: &Intent) -> Result<Reply, Refusal> {
        let who = self.core.state.fleet().find_operator(name.as_str())?;
        let named = Named { kind: "operator", name: who.name.as_str(), object: who.object() };
        let op = self.op(Grant::OperatorRevoke { operator: who.id }, intent);
        self.take_away(&named, op, true, intent).await
    }

    /// Revoke → publish → cut → acknowledge. A cut leaves a record of its own with its figure.
    async fn take_away(
        &self,
        named: &Named<'_>,
        op: Op,
        is_revocation: bool,
        intent: &Intent,
    ) -> Result<Reply, Refusal> {
        let Named { kind, name, object } = named;
        if intent.dry_run {
            let fleet = self.core.state.preview(&op)?;
            let lost = tunnels::would_lose(self.core, &fleet);
            return Ok(Reply::Done(vec![planned(kind, name, &lost)]));
        }
        let applied = self.core.apply(op).await?;
        self.core.terms.changed();
        let ending = self.turned_away(&applied);
        let report = tunnels::reevaluate(self.core, &self.by()).await?;
        // An invitation's port goes with it, once nothing moves through it any more.
        if matches!(&applied.done, Done::Guest(guest) if guest.invite.is_some()) {
            self.core.ports.reconcile(self.core).await;
        }
        ending.into_iter().for_each(|connection| connection.shutdown.cancel());
        self.core.feed.ports();
        if is_revocation {
            self.core.metrics.revoked(since_last_byte(&report, self.begun));
        }
        if is_revocation || report.tunnels > 0 {
            let action = match (is_revocation, &applied.done) {
                (true, _) => format!("{kind}.revoke.cut"),
                (false, Done::Lock(_)) => "lock.cut".to_owned(),
                (false, _) => format!("{kind}.end.cut"),
            };
            self.record_cut(&action, object.clone(), &report).await?;
        }
        Ok(Reply::Done(vec![cut_outcome(done(kind, name, &applied), report, self.begun)]))
    }

    async fn record_cut(
        &self,
        action: &str,
        object: Object,
        report: &CutReport,
    ) -> Result<(), Refusal> {
        let total = self.core.clock.now().saturating_duration_since(self.begun);
        let entry = cut_entry(action, self.operator.actor(), object, report, self.begun)
            .with("total_ms", millis(total));
        self.core.apply(Op::Record(entry)).await.map(|_| ())
    }

    /// Ends what has no tunnels but must not go on either; the connections that end once their
    /// tunnels are cut.
    fn turned_away(&self, applied: &Applied) -> Vec<Arc<OperatorSession>> {
        let of = |id| {
            let all = self.core.operators.all().into_iter();
            let mine = self.operator.connection;
            all.filter(|c| c.id == id && c.connection != mine).collect::<Vec<_>>()
        };
        match &applied.done {
            Done::Operator(operator) => {
                self.core.revoked.insert(operator.spki);
                of(operator.id)
            }
            Done::Lock(lock) => {
                let subject = Subject::of(lock.kind, lock.subject);
                self.shown_anew(subject);
                match (subject, lock.mode) {
                    (Subject::Node(node), LockMode::Cut) => {
                        if let Some(session) = self.core.registry.session(node) {
                            session.end(DisconnectReason::Locked);
                        }
                        Vec::new()
                    }
                    (Subject::Operator(id), LockMode::Cut) => of(id),
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn shown_anew(&self, subject: Subject) {
        if let Subject::Node(node) = subject {
            self.core.feed.node(node);
        }
        self.core.feed.ports();
    }

    fn by(&self) -> SafeText {
        self.operator.name.as_str().into()
    }
}

/// The record of a cut, with its figure.
pub(crate) fn cut_entry(
    action: &str,
    actor: Actor,
    object: Object,
    report: &CutReport,
    begun: Instant,
) -> Entry {
    Entry::new(action, actor, object)
        .with("cut_tunnels", u64::from(report.tunnels))
        .with("last_byte_ms", millis(since_last_byte(report, begun)))
}

/// From the request to the last byte the server moved.
fn since_last_byte(report: &CutReport, begun: Instant) -> Duration {
    report.last_byte.map_or(Duration::ZERO, |at| at.saturating_duration_since(begun))
}

fn cut_outcome(outcome: Outcome, report: CutReport, begun: Instant) -> Outcome {
    let last_byte_ms = Some(millis(since_last_byte(&report, begun)));
    let cuts = report.cuts.clone();
    Outcome { last_byte_ms, ..done_with_cut(outcome, &report, cuts) }
}

fn unexpected() -> Refusal {
    Refusal::new(RefusalCode::Server, "the change had no result")
}
