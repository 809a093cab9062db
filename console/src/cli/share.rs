//! `share`: a temporary public address of the server that leads to something this machine reaches.

use crate::cli::confirm::Level;
use crate::cli::forward::{Hold, Line, Serving, serve};
use crate::cli::runtime::many;
use crate::cli::{Run, human, rules};
use crate::ctx::access::connect_as;
use crate::exit::{Failure, Result};
use crate::forwards::{OwnerKind, Shown};
use clap::Args;
use link::forward::{Clients, Kind, OnDrop, Spec};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use wire::limits::SHARE_LONGEST;
use wire::{Name, SafeText, Target};

/// The whole world, in both families.
const ANYONE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// What to show, to whom, for how long.
#[derive(Debug, Args)]
pub struct ShareArgs {
    /// What visitors get to see, as reached from here (HOST: 127.0.0.1)
    #[arg(value_name = "[HOST:]PORT|unix:PATH", value_parser = shown)]
    to: Target,
    /// How long, up to 24h
    #[arg(long = "for", value_name = "D", value_parser = lasting)]
    lasts: Duration,
    /// Network whose visitors are let in; repeat for several
    #[arg(long, value_name = "CIDR", value_parser = rules::parse_cidr)]
    from: Vec<String>,
    /// Whoever finds the address is let in
    #[arg(long)]
    anyone_really: bool,
    /// What it is called in lists and audit records
    #[arg(long, value_name = "N")]
    name: Option<Name>,
    /// Close a connection after this long without payload
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    idle: Option<Duration>,
    /// Write the public address here once it serves
    #[arg(long, value_name = "F")]
    ready_file: Option<PathBuf>,
}

/// Reads `[HOST:]PORT` or `unix:PATH`.
fn shown(text: &str) -> std::result::Result<Target, String> {
    let is_port = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = if is_port { format!("127.0.0.1:{text}") } else { text.to_owned() };
    text.parse::<Target>().map_err(|error| error.to_string())
}

/// Reads how long, within what is possible at all.
fn lasting(text: &str) -> std::result::Result<Duration, String> {
    let lasts = human::parse_limit(text)?;
    if lasts < Duration::from_secs(1) {
        return Err("a share lasts a second at least".to_owned());
    }
    if lasts > SHARE_LONGEST {
        return Err(format!("a share lasts {} at most", human::duration(SHARE_LONGEST)));
    }
    Ok(lasts)
}

/// Runs `share`.
///
/// # Errors
/// As the contract says.
pub fn run(args: ShareArgs, run: &Run) -> Result {
    let from = admitted(&args)?;
    let to = args.to.to_string();
    run.may_create(&format!("share {to} with {}", from.join(", ")), Level::Mild)?;
    many(async {
        let link = connect_as(&run.settings, "share").await?;
        let spec = Spec {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into(),
            kind: Kind::Share {
                from: from.iter().map(|net| SafeText::from(net.as_str())).collect(),
                anyone_really: args.anyone_really,
                lasts: args.lasts,
                to: args.to.clone(),
            },
            on_drop: OnDrop::Close,
            idle: args.idle,
            max: None,
            compress: None,
            note: args.name.as_ref().map(|name| name.as_str().into()),
            clients: Clients::default(),
        };
        let name = args.name.as_ref().map(ToString::to_string);
        let line = Line { shown: Shown { name, ..Shown::of(&spec) }, spec };
        let serving = Serving {
            hold: Hold::Close,
            ready_file: args.ready_file.clone(),
            exec: None,
            exports: None,
            fallback: 0,
            owner: OwnerKind::Foreground,
        };
        serve(run, link, vec![line], serving).await
    })
}

/// Who is let in. That it is the whole world has to be meant.
fn admitted(args: &ShareArgs) -> Result<Vec<String>> {
    if args.anyone_really && args.from.is_empty() {
        return Ok(ANYONE.map(str::to_owned).to_vec());
    }
    if args.from.is_empty() {
        return Err(Failure::usage("nobody is let in without --from CIDR")
            .hint("--anyone-really, if whoever finds the address may get in"));
    }
    let is_world = |net: &&String| ANYONE.contains(&net.as_str());
    match args.from.iter().find(is_world).filter(|_| !args.anyone_really) {
        Some(net) => Err(Failure::usage(format!("--from {net} lets the whole world in"))
            .hint("add --anyone-really if that is meant")),
        None => Ok(args.from.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_a_port_here_or_somewhere() {
        for (text, is) in [
            ("3000", "127.0.0.1:3000"),
            ("localhost:80", "localhost:80"),
            ("10.0.0.7:22", "10.0.0.7:22"),
            ("unix:/run/app.sock", "unix:/run/app.sock"),
        ] {
            assert_eq!(shown(text).map(|to| to.to_string()), Ok(is.to_owned()));
        }
        for bad in ["", "0", "70000", "host", ":80"] {
            assert!(shown(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn it_lasts_a_second_to_a_day() {
        assert_eq!(lasting("24h"), Ok(SHARE_LONGEST));
        for bad in ["0", "500ms", "25h", "for ever"] {
            assert!(lasting(bad).is_err(), "{bad:?}");
        }
    }
}
