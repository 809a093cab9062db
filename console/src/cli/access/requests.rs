//! `access request` and `access requests`.

use super::{RequestArgs, RequestsArgs};
use crate::cli::Run;
use crate::cli::confirm::Level;
use crate::cli::operators::policy;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use crate::filter::access_request_schema;
use link::{Clock, System};
use wire::message::operator::{PolicyReply, PolicyRequest, Reply};
use wire::message::view::{AccessRequestView, RequestState};

impl Row for AccessRequestView {
    const KIND: &'static str = "AccessRequest";
    const COLUMNS: &'static [Column] = &[
        Column::text("id", "ID"),
        Column::text("operator", "OPERATOR"),
        Column::text("role", "ROLE"),
        Column::text("for", "FOR"),
        Column::text("reason", "REASON"),
        Column::text("asked", "ASKED"),
        Column::text("by", "ANSWERED BY"),
        Column::text("until", "UNTIL"),
        Column::text("state", "STATE"),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.id.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "id" => Cell::plain(self.id.to_string()),
            "operator" => Cell::plain(self.operator.as_str()),
            "role" => Cell::plain(self.role.as_str()),
            "for" => look.span(Some(self.for_ms)),
            "reason" => Cell::plain(self.reason.as_str()),
            "asked" => look.ago(Some(self.created_at)),
            "by" => look.text(self.answered_by.as_ref()),
            "until" if self.granted_until.is_some() => look.until(self.granted_until),
            "until" => look.text(None::<String>),
            _ => {
                let tone = match self.state {
                    RequestState::Pending => Tone::Warn,
                    RequestState::Approved => Tone::Good,
                    RequestState::Denied | RequestState::Expired => Tone::Dim,
                };
                Cell::toned(self.state.as_str(), tone)
            }
        }
    }
}

pub(super) async fn ask(run: &Run, args: &RequestArgs) -> Result {
    if run.settings.flags.reason.is_none() {
        return Err(Failure::usage("who approves wants to know why").hint("--reason TEXT"));
    }
    run.may_create("access request", Level::Mild)?;
    let for_ms = u64::try_from(args.lasts.as_millis()).unwrap_or(u64::MAX);
    let (role, intent) = (args.role.clone(), run.intent());
    let link = connect(&run.settings).await?;
    let reply = link.ask(policy(PolicyRequest::AccessRequest { role, for_ms, intent })).await?;
    link.close().await;
    let request = match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::AccessRequest(request) => request,
            _ => return Err(crate::ctx::access::unexpected("a request")),
        },
        reply => return run.planned("request access", reply, args.role.as_str()),
    };
    if run.out.quiet || run.out.is_structured() {
        run.out.object(&request)?;
        return Ok(Exit::Ok);
    }
    let lasts = humantime::format_duration(args.lasts);
    run.out.single("AccessRequest", &request.id.to_string(), &request, |out| {
        let tick = out.look.tick();
        out.line(&format!("{tick} {} asks for role {} for {lasts}", request.id, request.role))
    })?;
    run.out.aside(&format!("another operator: tunnelctl access approve {}", request.id));
    Ok(Exit::Ok)
}

pub(super) async fn list(run: &Run, args: &RequestsArgs) -> Result {
    let filter = args.list.filter(&access_request_schema())?;
    let has = |r: &AccessRequestView| filter.as_ref().is_none_or(|f| f.matches(r, System.wall()));
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Policy(reply) => match *reply {
            PolicyReply::AccessRequests(requests, more) => Some((requests, more)),
            _ => None,
        },
        _ => None,
    };
    let ask = |page| policy(PolicyRequest::AccessRequests(page));
    let requests = collect(run, &link, &args.list, ask, take, has).await?;
    let exit = run.listed(&requests)?;
    link.close().await;
    Ok(exit)
}
