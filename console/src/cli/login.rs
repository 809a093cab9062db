//! `login` and `logout`: an operator's identity and its context on this machine come and go.

use crate::cli::Run;
use crate::cli::confirm::{Level, results_here};
use crate::cli::enroll::secret;
use crate::cli::runtime::one_shot;
use crate::ctx::access::{Link, server_address, unexpected};
use crate::ctx::contexts::{self, Context};
use crate::ctx::identity::{parse_pin, show_pin};
use crate::ctx::settings::default_name;
use crate::ctx::{Identity, config, connect, ways};
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use link::enrol::{Enrol, EnrolError};
use link::operator::OperatorError;
use link::{Clock, System};
use pki::{CertificateDer, KeyPair, Token};
use std::path::PathBuf;
use wire::message::enrol::EnrolReply;
use wire::message::operator::{Reply, Request};
use wire::{Name, OperatorId, UnixMs};

/// How long a server may take to prove who it is.
const LOOK: std::time::Duration = std::time::Duration::from_secs(5);

/// How to log in.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// File with the token; - reads standard input [env: TUNNELCTL_TOKEN holds the token itself]
    #[arg(long, value_name = "F|-")]
    token_file: Option<PathBuf>,
    /// Name wished for (default: the one the token is for)
    #[arg(long, value_name = "N")]
    name: Option<Name>,
}

/// Where to log out.
#[derive(Debug, Args)]
pub struct LogoutArgs {
    /// Of every context on this machine, not only the one in use
    #[arg(long)]
    all: bool,
}

/// What the server granted.
struct Granted {
    id: OperatorId,
    name: Name,
    identity: Identity,
}

/// Runs `login`.
///
/// # Errors
/// As the contract says: 2 malformed token, 5 denied, 9 not reached or another CA, 11 name taken.
pub fn login(args: LoginArgs, run: &Run) -> Result {
    let text = secret::token(run, args.token_file.as_deref())?;
    let token = Token::parse(&text)?;
    check_pin(run, &token)?;
    let servers = match &run.settings.flags.server {
        Some(list) => list.split(',').map(server_address).collect::<Result<Vec<_>>>()?,
        None => token.addresses.clone(),
    };
    let place = Place::find(run, &token, &servers)?;
    if run.settings.flags.dry_run {
        return run.change_here(("log in to", "logged in to"), &place.object(), || Ok(()));
    }
    run.may_change_here()?;
    let granted = one_shot(enrol(&token, servers.clone(), args.name, &place))?;
    let context = place.keep(servers, &granted)?;
    finish(run, &context, &granted)
}

/// A pin that is given must be the token's.
fn check_pin(run: &Run, token: &Token) -> Result<()> {
    let Some(given) = run.settings.flags.ca_pin.as_deref() else { return Ok(()) };
    let pin =
        parse_pin(given).map_err(|error| Failure::usage(format!("--ca-pin {given}: {error}")))?;
    if pin == token.ca_pin {
        return Ok(());
    }
    Err(Failure::new(Exit::Server, "the token is for another CA than the pinned one").permanent())
}

/// The context that the identity goes into.
struct Place {
    name: String,
    /// The same server's, whose settings stay.
    old: Option<Context>,
}

impl Place {
    /// The one that `-c` names, or the first free of the host's name: never one of another server.
    fn find(run: &Run, token: &Token, servers: &[String]) -> Result<Self> {
        let pin = show_pin(&token.ca_pin);
        let names = contexts::names()?;
        let named = run.settings.flags.context.clone();
        if let Some(name) = &named {
            let Some(old) = names.contains(name).then(|| Context::load(name)).transpose()? else {
                return Ok(Self { name: name.clone(), old: None });
            };
            if old.ca_pin != pin && !is_same_fleet(&old, servers) {
                let message = format!("context {name} belongs to another server");
                return Err(Failure::new(Exit::Conflict, message)
                    .hint("choose a name that is free: tunnelctl -c NAME login"));
            }
            return Ok(Self { name: name.clone(), old: Some(old) });
        }
        let base = base(servers);
        for number in 1u32.. {
            let name = if number == 1 { base.clone() } else { format!("{base}-{number}") };
            if !names.contains(&name) {
                return Ok(Self { name, old: None });
            }
            let old = Context::load(&name)?;
            if old.ca_pin == pin || is_same_fleet(&old, servers) {
                return Ok(Self { name, old: Some(old) });
            }
        }
        Ok(Self { name: base, old: None })
    }

    fn object(&self) -> String {
        format!("context/{}", self.name)
    }

    /// Where a key waits for a reply that may be lost: the next try asks with the same one.
    fn pending(&self) -> Result<PathBuf> {
        Ok(crate::ctx::paths::state_dir()?.join("login").join(format!("{}.key", self.name)))
    }

    fn keep(self, servers: Vec<String>, granted: &Granted) -> Result<Context> {
        let pending = self.pending()?;
        let mut context = self.old.unwrap_or_default();
        context.name = self.name;
        context.server = servers;
        context.ca_pin = granted.identity.ca_pin();
        context.save(Some(&granted.identity))?;
        // Spent; what it opened is kept in the context.
        let _ = std::fs::remove_file(pending);
        if default_name(None)?.is_none() {
            config::set_context(&context.name)?;
        }
        Ok(context)
    }
}

/// Whether who answers at the token's addresses proves to be the context's server, too: its root has been
/// rotated since one of the two was made, and the chain of roots leads from one to the other.
fn is_same_fleet(context: &Context, servers: &[String]) -> bool {
    let Ok(tls) = parse_pin(&context.ca_pin)
        .map_err(drop)
        .and_then(|pin| link::tls::ClientTls::pinned(pin).map_err(drop))
    else {
        return false;
    };
    let proven = one_shot(async {
        let ladder = ways::ladder()?;
        Ok(ladder.climb(servers, &tls, wire::alpn::ENROL, LOOK).await.is_ok())
    });
    proven.unwrap_or(false)
}

/// The first label of the first server's host, as a context's name.
fn base(servers: &[String]) -> String {
    let host = servers.first().and_then(|server| server.rsplit_once(':')).map_or("", |(h, _)| h);
    let is_address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    let label = if is_address { host } else { host.split('.').next().unwrap_or(host) };
    let name: String = label
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = name.trim_matches('-').to_owned();
    if name.parse::<Name>().is_ok() { name } else { "server".to_owned() }
}

async fn enrol(
    token: &Token,
    servers: Vec<String>,
    name: Option<Name>,
    place: &Place,
) -> Result<Granted> {
    let key = key(&place.pending()?)?;
    let client = format!("tunnelctl/{} login", env!("CARGO_PKG_VERSION"));
    let (ladder, csr) = (ways::ladder()?, key.csr()?);
    let asked = Enrol { servers, ladder, pin: token.ca_pin, secret: &token.secret, csr, name };
    match link::enrol::operator(asked, &client).await? {
        EnrolReply::Operator { id, name, chain, trust } => {
            let bundle = link::bundle::from_wire(trust);
            let roots = bundle.accept_pinned(&token.ca_pin, System.wall().0)?;
            let chain: Vec<_> =
                chain.into_iter().map(|der| CertificateDer::from(Vec::from(der))).collect();
            Ok(Granted { id, name, identity: Identity::made(&key, chain, &roots)? })
        }
        EnrolReply::Refused(refusal) => Err(refusal.into()),
        EnrolReply::Node { .. } | EnrolReply::Pending { .. } => {
            Err(Failure::usage("the token is for a machine, not for an operator")
                .hint("on the machine: tunnelctl enroll --token-file F"))
        }
        _ => Err(unexpected("a login")),
    }
}

/// The key that waits for a lost reply, or a new one.
fn key(path: &std::path::Path) -> Result<KeyPair> {
    if path.exists() {
        return Ok(KeyPair::load(path)?);
    }
    if let Some(dir) = path.parent() {
        if let Some(above) = dir.parent() {
            std::fs::create_dir_all(above)?;
        }
        pki::files::private_dir(dir)?;
    }
    let key = KeyPair::generate()?;
    key.save(path)?;
    Ok(key)
}

fn finish(run: &Run, context: &Context, granted: &Granted) -> Result {
    let ends = granted.identity.chain().first().and_then(|leaf| pki::verify::end_of(leaf).ok());
    let expires_at = ends.map(UnixMs);
    let shape = serde_json::json!({
        "operator": granted.name,
        "operator_id": granted.id,
        "context": context.name,
        "server": context.server,
        "ca_pin": context.ca_pin,
        "expires_at": expires_at,
    });
    let quiet = granted.id.to_string();
    let name = if run.out.quiet { quiet.as_str() } else { granted.name.as_str() };
    run.out.single("Login", name, &shape, |out| {
        let (tick, end) = (out.look.tick(), out.look.until(expires_at).text);
        out.line(&format!("{tick} logged in as {}, certificate ends {end}", granted.name))?;
        out.line(&format!("{tick} context {}   server {}", context.name, context.server.join(" ")))
    })?;
    run.out.aside(&format!("next: tunnelctl -c {} whoami", context.name));
    Ok(Exit::Ok)
}

/// Runs `logout`.
///
/// # Errors
/// Not confirmed; or the only server could not be told.
pub fn logout(args: LogoutArgs, run: &Run) -> Result {
    if args.all {
        let names = contexts::names()?;
        let word = if names.len() == 1 { "context" } else { "contexts" };
        if run.settings.flags.dry_run {
            for name in &names {
                run.change_here(("log out of", "logged out of"), &object(name), || Ok(()))?;
            }
            return Ok(Exit::Ok);
        }
        run.may_do_here(
            &format!("logout removes {} {word} with their keys", names.len()),
            Level::Moderate,
        )?;
        let mut exit = Exit::Ok;
        for name in names {
            if let Err(failure) = leave(run, &name) {
                crate::cli::out::warn(&format!("{name}: {}", failure.message));
                exit = Exit::Partial;
            }
        }
        return Ok(exit);
    }
    let name = default_name(run.settings.context.value.as_deref())?.ok_or_else(|| {
        Failure::new(Exit::Auth, "no context is in use").hint("tunnelctl context list")
    })?;
    Context::load(&name)?;
    if run.settings.flags.dry_run {
        return run.change_here(("log out of", "logged out of"), &object(&name), || Ok(()));
    }
    run.may_change_here()?;
    leave(run, &name)
}

/// Ends the login at the server, as far as it can be reached, then removes the context with its key.
fn leave(run: &Run, name: &str) -> Result {
    let mut settings = run.settings.clone();
    settings.context.value = Some(name.to_owned());
    let told = one_shot(async {
        let link: Link = connect(&settings).await?;
        let told = link.operator.request(Request::Logout(run.intent())).await;
        link.close().await;
        match told {
            Ok(Reply::Done(_)) => Ok(()),
            Ok(_) => Err(unexpected("a logout")),
            // It is over at the server before the answer is here.
            Err(OperatorError::Lost) => Ok(()),
            Err(error) => Err(Failure::from(error)),
        }
    });
    if let Err(failure) = told {
        crate::cli::out::warn(&format!(
            "the server was not told ({}); its certificate ends by itself",
            failure.message
        ));
    }
    contexts::remove(name)?;
    results_here(run, "logged out of", &object(name))
}

fn object(name: &str) -> String {
    format!("context/{name}")
}

impl From<EnrolError> for Failure {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::Dial(error) => error.into(),
            EnrolError::Tls(error) => error.into(),
            EnrolError::Lost(_) => Self::new(Exit::Server, error.to_string())
                .hint("try again: the same key gets the same identity"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_named_after_its_server() {
        for (server, name) in [
            ("tun.example.eu:7443", "tun"),
            ("10.0.0.5:7443", "10-0-0-5"),
            ("[::1]:7443", "1"),
            ("LOCALHOST:1", "localhost"),
            ("-:1", "server"),
        ] {
            assert_eq!(base(&[server.to_owned()]), name, "{server}");
        }
    }
}
