//! `socks`: a SOCKS5 (and HTTP) proxy on this machine whose targets are resolved and dialled at a node.

use crate::cli::Run;
use crate::cli::forward::{Line, ListenerArgs, Serving, away, serve};
use crate::cli::runtime::many;
use crate::ctx::access::connect_as;
use crate::exit::{Exit, Failure, Result};
use clap::Args;
use link::forward::Kind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What to proxy.
#[derive(Debug, Args)]
pub struct SocksArgs {
    /// The node: name, id or unique id prefix
    node: String,
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1080")]
    listen: SocketAddr,
    /// File with one line USER:PASSWORD that clients must give, mode 0600
    #[arg(long, value_name = "F")]
    auth_file: Option<PathBuf>,
    /// Speak HTTP CONNECT and plain HTTP proxying too
    #[arg(long)]
    http: bool,
    /// Print export lines for a shell first
    #[arg(long)]
    env: bool,
    #[command(flatten)]
    listener: ListenerArgs,
}

/// Runs `socks`.
///
/// # Errors
/// As the contract says.
pub fn run(args: SocksArgs, run: &Run) -> Result {
    let auth = args.auth_file.as_deref().map(credentials).transpose()?;
    many(async {
        let link = connect_as(&run.settings, "socks").await?;
        let node = crate::cli::nodes::find(&link, &args.node).await?;
        let kind = Kind::Proxy { node: node.id.to_string().into(), http: args.http, auth };
        let line = Line {
            spec: args.listener.spec(args.listen, kind),
            kind: "socks",
            via: node.name.to_string(),
            target: String::new(),
            rule: None,
            away: away(&node),
        };
        let serving = Serving {
            hold: args.listener.on_drop,
            ready_file: args.listener.ready_file.clone(),
            exec: None,
            exports: args.env.then_some(if args.http { http_exports } else { socks_exports }),
        };
        serve(run, link, vec![line], serving).await
    })
}

fn socks_exports(address: SocketAddr) -> String {
    format!("export ALL_PROXY=socks5h://{address}")
}

fn http_exports(address: SocketAddr) -> String {
    format!(
        "export ALL_PROXY=socks5h://{address}\nexport HTTP_PROXY=http://{address}\nexport HTTPS_PROXY=http://{address}"
    )
}

fn credentials(file: &Path) -> Result<(String, String)> {
    let bytes = pki::files::read_secret(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    match (lines.next().and_then(|line| line.trim().split_once(':')), lines.next()) {
        (Some((user, password)), None) if !user.is_empty() && !password.is_empty() => {
            let fits = user.len() <= 255 && password.len() <= 255;
            if fits {
                return Ok((user.to_owned(), password.to_owned()));
            }
            Err(Failure::usage(format!("{}: user or password over 255 bytes", file.display())))
        }
        _ => Err(Failure::new(
            Exit::Usage,
            format!("{}: not one line USER:PASSWORD", file.display()),
        )),
    }
}
