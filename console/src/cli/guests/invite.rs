//! `guests invite`: a link to one target. The secret is made here; the server keeps its hash.

use crate::cli::confirm::Level;
use crate::cli::out::warn;
use crate::cli::{Run, human};
use crate::ctx::{Link, connect};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use serde::Serialize;
use std::time::Duration;
use wire::message::operator::{InviteSpec, PolicyRequest, Reply, Request};
use wire::message::view::GuestView;
use wire::{Name, Target};

/// The guest, and where the link leads.
#[derive(Debug, Args)]
pub struct InviteArgs {
    /// Its name
    name: Name,
    /// The node: name, id or unique id prefix
    #[arg(long, value_name = "N")]
    node: String,
    /// The one target the guest may reach there
    #[arg(long, value_name = "[HOST:]PORT")]
    to: Target,
    /// How long
    #[arg(long = "for", value_name = "D", value_parser = human::parse_limit)]
    lasts: Duration,
    /// All of the guest's tunnels together, both ways together
    #[arg(long, value_name = "R", value_parser = human::parse_rate)]
    max_rate: Option<u64>,
    /// Tunnels it may have open at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    tunnels: u32,
    /// Whom the link is for: also prints a mailto: address with it
    #[arg(long, value_name = "ADDRESS", value_parser = parse_mail)]
    mail: Option<String>,
}

fn parse_mail(text: &str) -> std::result::Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
    match text.split_once('@') {
        Some((who, host)) if !who.is_empty() && !host.is_empty() && text.chars().all(plain) => {
            Ok(text.to_owned())
        }
        _ => Err("an address is written like lee@example.com".to_owned()),
    }
}

/// A guest with the link that is shown once.
#[derive(Serialize)]
struct Invited<'a> {
    #[serde(flatten)]
    guest: &'a GuestView,
    link: &'a str,
    link_shown_once: bool,
    mailto: Option<&'a str>,
}

/// Invites and prints the link.
///
/// # Errors
/// As the contract says; 5 where the caller himself may not reach the target.
pub(super) async fn invite(run: &Run, args: &InviteArgs) -> Result {
    run.may_create(&format!("guests invite {}", args.name), Level::Mild)?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| Failure::new(Exit::Failed, format!("no random numbers: {error}")))?;
    let spec = InviteSpec {
        name: args.name.clone(),
        node: args.node.as_str().into(),
        target: args.to.clone(),
        for_ms: super::millis(args.lasts),
        secret_hash: pki::token::secret_hash(&secret).to_vec().into(),
        rate_bytes_per_s: args.max_rate,
        max_tunnels: Some(args.tunnels),
    };
    let link = connect(&run.settings).await?;
    let request = PolicyRequest::GuestInvite { spec, intent: run.intent() };
    let exit = match link.ask(Request::Policy(Box::new(request))).await? {
        Reply::Guest(guest) => {
            let url = url(&link, &guest, &secret);
            told(run, &guest, &url, args.mail.as_deref())
        }
        reply => run.planned("invite guest", reply, args.name.as_str()),
    };
    link.close().await;
    exit
}

/// Where the server is for the guest: at its public name, at the port this operator uses.
fn url(link: &Link, guest: &GuestView, secret: &[u8]) -> String {
    let host = guest.public.as_ref().map_or("", |public| public.host.as_str());
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let used = link.endpoint.access.servers.first().and_then(|s| s.rsplit_once(':'));
    let port = match used {
        Some((_, "443")) | None => String::new(),
        Some((_, port)) => format!(":{port}"),
    };
    let digits: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("https://{host}{port}/g/{digits}")
}

fn told(run: &Run, guest: &GuestView, url: &str, mail: Option<&str>) -> Result {
    if run.out.quiet {
        run.out.line(url)?;
        return Ok(Exit::Ok);
    }
    let mailto = mail.map(|to| format!("mailto:{to}?subject=Invitation&body={url}"));
    let invited = Invited { guest, link: url, link_shown_once: true, mailto: mailto.as_deref() };
    run.out.single("Guest", guest.name.as_str(), &invited, |out| {
        let arrow = out.look.glyph("→", "->");
        let node = guest.node.as_ref().map_or("", Name::as_str);
        let target = guest.target.as_ref().map(ToString::to_string).unwrap_or_default();
        warn(&format!(
            "{} guest {} ({})  {node} {arrow} {target}  until {}",
            out.look.tick(),
            guest.name,
            guest.id,
            out.look.clock(guest.expires_at)
        ));
        warn("the link is shown once; it lets in the first address from which it is used");
        out.line(url)?;
        mailto.as_deref().map_or(Ok(()), |mailto| out.line(mailto))
    })?;
    run.out.aside(&format!("undo: tunnelctl guests delete {} --yes", guest.name));
    Ok(Exit::Ok)
}
