//! `guests`: admission for a time without an account.

mod invite;

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::global::ListArgs;
use crate::cli::human;
use crate::cli::out::{Cell, Column, Look, Row, Tone};
use crate::cli::pages::collect;
use crate::cli::runtime::one_shot;
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Failure, Result};
use crate::filter::guest_schema;
use clap::{Args, Subcommand};
use link::{Clock, System};
use std::time::Duration;
use wire::message::operator::{GuestSpec, Reply, Request};
use wire::message::view::{GuestState, GuestView};
use wire::{Name, SafeText};

/// Verbs of `guests`.
#[derive(Debug, Subcommand)]
pub enum GuestsCommand {
    /// List guests
    #[command(visible_alias = "ls")]
    List(GuestsListArgs),
    /// Show one guest
    #[command(visible_alias = "show")]
    Get(GuestArgs),
    /// Admit a network to a published port for a time (needs --reason)
    Admit(AdmitArgs),
    /// Make a link that lets in whoever uses it first, to one target
    Invite(invite::InviteArgs),
    /// Move the end of a guest
    Extend(ExtendArgs),
    /// Remove guests and cut what only they were admitted for
    #[command(visible_alias = "rm")]
    Delete(DeleteArgs),
}

/// Which guests.
#[derive(Debug, Args)]
pub struct GuestsListArgs {
    #[command(flatten)]
    list: ListArgs,
    /// Also those that are over
    #[arg(long)]
    all: bool,
}

/// Which guest.
#[derive(Debug, Args)]
pub struct GuestArgs {
    /// Name, id or unique id prefix
    guest: String,
}

/// The guest.
#[derive(Debug, Args)]
pub struct AdmitArgs {
    /// Its name
    name: Name,
    /// The published port
    #[arg(long, value_name = "P")]
    port: String,
    /// Network it comes from; repeat for several
    #[arg(long, value_name = "CIDR", required = true, value_parser = super::rules::parse_cidr)]
    from: Vec<String>,
    /// How long
    #[arg(long = "for", value_name = "D", value_parser = human::parse_limit)]
    lasts: Duration,
    /// 0.0.0.0/0 or ::/0 is really meant
    #[arg(long)]
    anyone_really: bool,
}

/// Which guest, and how long.
#[derive(Debug, Args)]
pub struct ExtendArgs {
    /// Name, id or unique id prefix
    guest: String,
    /// It ends this long from now; never earlier than it would
    #[arg(long = "for", value_name = "D", value_parser = human::parse_limit)]
    lasts: Duration,
}

/// Which guests to remove.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Names or ids; - reads them from standard input
    #[arg(required = true)]
    guests: Vec<String>,
    /// A guest that is not there is no failure
    #[arg(long)]
    ignore_missing: bool,
}

impl Row for GuestView {
    const KIND: &'static str = "Guest";
    const COLUMNS: &'static [Column] = &[
        Column::text("id", "ID"),
        Column::text("name", "NAME"),
        Column::text("port", "PORT"),
        Column::text("from", "FROM"),
        Column::text("expires", "EXPIRES"),
        Column::number("tun", "TUN"),
        Column::text("by", "BY"),
        Column::text("reason", "REASON"),
        Column::text("state", "STATE"),
        Column::text("age", "AGE").wide(),
        Column::text("to", "INVITED TO").wide(),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "id" => Cell::plain(self.id.to_string()),
            "name" => Cell::plain(self.name.as_str()),
            "port" => look.text(self.port.as_ref()),
            "from" => {
                let from: Vec<&str> = self.from.iter().map(SafeText::as_str).collect();
                Cell::plain(from.join(" "))
            }
            "expires" => look.until(Some(self.expires_at)),
            "tun" => look.count(self.tunnels.into()),
            "by" => look.text(self.by.as_ref()),
            "reason" => look.text(self.reason.as_ref()),
            "age" => look.ago(Some(self.created_at)),
            "to" => {
                let to = self.node.as_ref().zip(self.target.as_ref());
                look.text(to.map(|(node, target)| format!("{node} {target}")))
            }
            _ if self.locked.is_some() => Cell::toned(format!("{}, locked", self.state), Tone::Bad),
            _ => {
                let tone = if self.state == GuestState::Active { Tone::Good } else { Tone::Dim };
                Cell::toned(self.state.as_str(), tone)
            }
        }
    }

    fn in_short(&self, _: &Look) -> Option<String> {
        let over = matches!(self.state, GuestState::Expired | GuestState::Revoked);
        (!over).then(|| self.state.to_string())
    }
}

/// Runs `guests`.
///
/// # Errors
/// As the contract says.
pub fn run(command: GuestsCommand, run: &Run) -> Result {
    one_shot(async {
        match command {
            GuestsCommand::List(args) => list(run, &args).await,
            GuestsCommand::Get(args) => get(run, &args.guest).await,
            GuestsCommand::Admit(args) => admit(run, &args).await,
            GuestsCommand::Invite(args) => invite::invite(run, &args).await,
            GuestsCommand::Extend(args) => extend(run, &args).await,
            GuestsCommand::Delete(args) => {
                Change::new("delete guest", "deleted", Level::Moderate, &args.guests)?
                    .ignore_missing(args.ignore_missing)
                    .apply(run, |guest, intent| Request::GuestDelete { guest, intent })
                    .await
            }
        }
    })
}

async fn list(run: &Run, args: &GuestsListArgs) -> Result {
    let filter = args.list.filter(&guest_schema())?;
    let link = connect(&run.settings).await?;
    let take = |reply| match reply {
        Reply::Guests(guests, more) => Some((guests, more)),
        _ => None,
    };
    let all = args.all || args.list.filter.is_some();
    let has = |g: &GuestView| {
        (all || matches!(g.state, GuestState::Active | GuestState::Invited))
            && filter.as_ref().is_none_or(|f| f.matches(g, System.wall()))
    };
    let guests = collect(run, &link, &args.list, Request::Guests, take, has).await?;
    let exit = run.listed(&guests)?;
    link.close().await;
    Ok(exit)
}

async fn get(run: &Run, guest: &str) -> Result {
    let guest = crate::cli::names::one(guest)?;
    let link = connect(&run.settings).await?;
    let Reply::Guest(guest) = link.ask(Request::Guest(guest.as_str().into())).await? else {
        return Err(unexpected("a guest"));
    };
    run.out.object(&guest)?;
    link.close().await;
    Ok(Exit::Ok)
}

async fn admit(run: &Run, args: &AdmitArgs) -> Result {
    if run.settings.flags.reason.is_none() {
        return Err(Failure::usage("a guest needs --reason TEXT"));
    }
    run.may_create(&format!("guests admit {}", args.name), Level::Mild)?;
    let spec = GuestSpec {
        name: args.name.clone(),
        port: args.port.as_str().into(),
        from: args.from.iter().map(|net| net.as_str().into()).collect(),
        for_ms: millis(args.lasts),
        anyone_really: args.anyone_really,
    };
    let link = connect(&run.settings).await?;
    let request = Request::GuestAdmit { spec, intent: run.intent() };
    let exit = match link.ask(request).await? {
        Reply::Guest(guest) => told(run, &guest),
        reply => run.planned("admit guest", reply, args.name.as_str()),
    };
    link.close().await;
    exit
}

async fn extend(run: &Run, args: &ExtendArgs) -> Result {
    let guest = crate::cli::names::one(&args.guest)?;
    run.may_create("guests extend", Level::Mild)?;
    let link = connect(&run.settings).await?;
    let for_ms = millis(args.lasts);
    let request =
        Request::GuestExtend { guest: guest.as_str().into(), for_ms, intent: run.intent() };
    let exit = match link.ask(request).await? {
        Reply::Guest(guest) => told(run, &guest),
        reply => run.planned("extend guest", reply, &guest),
    };
    link.close().await;
    exit
}

fn millis(lasts: Duration) -> u64 {
    u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX)
}

fn told(run: &Run, guest: &GuestView) -> Result {
    if run.out.quiet {
        run.out.line(&guest.id.to_string())?;
        return Ok(Exit::Ok);
    }
    run.out.single("Guest", guest.name.as_str(), guest, |out| {
        let from: Vec<&str> = guest.from.iter().map(SafeText::as_str).collect();
        let port = guest.port.as_ref().map_or("", Name::as_str);
        out.line(&format!(
            "{} guest {} ({})  {} at {port}  until {}",
            out.look.tick(),
            guest.name,
            guest.id,
            from.join(" "),
            out.look.clock(guest.expires_at)
        ))
    })?;
    run.out.aside(&format!("undo: tunnelctl guests delete {} --yes", guest.name));
    Ok(Exit::Ok)
}
