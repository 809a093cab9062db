//! `ca`: the certificate authority. A root's key that lies outside of the server is used here, on
//! this machine: it never travels.

use crate::cli::Run;
use crate::cli::confirm::{Change, Level};
use crate::cli::out::{Look, Out};
use crate::cli::runtime::one_shot;
use crate::ctx::access::unexpected;
use crate::ctx::identity::show_pin;
use crate::ctx::{Identity, connect, paths};
use crate::exit::{Exit, Failure, Result};
use clap::{Args, Subcommand};
use link::{Clock, System};
use pki::Root;
use pki::authority::export_root;
use std::path::{Path, PathBuf};
use wire::message::operator::{CaSigned, Reply, Request};
use wire::message::view::{CaKind, CaPhase, CaView, CaWaiting};

/// Verbs of `ca`.
#[derive(Debug, Subcommand)]
pub enum CaCommand {
    /// Show the phase, the certificates, and who has not followed a rotation
    Show,
    /// Print the trusted roots, print the revocation lists, or take the root's key off the server
    Export(ExportArgs),
    /// Begin a rotation, or lead it to its next phase
    Rotate(RotateArgs),
    /// Lead a rotation back
    Rollback,
}

/// What to export.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Move the root's key out of the data directory into this new file (on the server's machine)
    #[arg(long, value_name = "FILE", conflicts_with = "crl")]
    root: Option<PathBuf>,
    /// The data directory [default: as of server run]
    #[arg(long, value_name = "D", env = "TUNNELCTL_DIR", requires = "root")]
    dir: Option<PathBuf>,
    /// Print the revocation lists instead, PEM
    #[arg(long)]
    crl: bool,
}

/// What to rotate.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Replace the issuing key, under the same root (the default)
    #[arg(long, conflicts_with = "root")]
    issuing: bool,
    /// Replace the root, and the issuing key with it
    #[arg(long)]
    root: bool,
    /// The root's key, where it was taken off the server; it is used here and never sent
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
    /// Write the new root's key to this new file instead of keeping it on the server
    #[arg(long, value_name = "FILE", requires = "root_key", requires = "root")]
    new_root_key: Option<PathBuf>,
    /// Go on although connected peers have not followed yet
    #[arg(long)]
    force: bool,
}

/// Runs `ca`.
///
/// # Errors
/// As the contract says.
pub fn run(command: CaCommand, run: &Run) -> Result {
    match command {
        CaCommand::Export(ExportArgs { root: Some(to), dir, .. }) => take_root(run, &to, dir),
        CaCommand::Show => one_shot(show(run)),
        CaCommand::Export(args) => one_shot(export(run, args.crl)),
        CaCommand::Rotate(args) => one_shot(rotate(run, &args)),
        CaCommand::Rollback => one_shot(
            Change::new("roll back ca", "rolled back", Level::Moderate, &["ca".to_owned()])?
                .apply(run, |_, intent| Request::CaRollback(intent)),
        ),
    }
}

async fn show(run: &Run) -> Result {
    let link = connect(&run.settings).await?;
    let Reply::Ca(view) = link.ask(Request::Ca).await? else {
        return Err(unexpected("its authority"));
    };
    link.close().await;
    run.out
        .single("CertificateAuthority", view.phase.as_str(), &*view, |out| people(out, &view))?;
    Ok(Exit::Ok)
}

async fn export(run: &Run, lists: bool) -> Result {
    let link = connect(&run.settings).await?;
    if lists {
        let Reply::Crl(pem) = link.ask(Request::CaCrl).await? else {
            return Err(unexpected("its revocation lists"));
        };
        crate::cli::out::print_raw(&pem)?;
    } else {
        // What the server offered was checked and kept by now.
        let identity = Identity::load(&link.endpoint.identity)?;
        crate::cli::out::print_raw(&pki::pem::encode_certificates(identity.roots()))?;
    }
    link.close().await;
    Ok(Exit::Ok)
}

/// Moves the root's key; the server may run meanwhile, it reads the key only when it needs it.
fn take_root(run: &Run, to: &Path, dir: Option<PathBuf>) -> Result {
    let dir = dir.map_or_else(|| paths::data_dir("server"), Ok)?;
    if !dir.join("ca.pem").exists() {
        let message = format!("{} is no data directory of a server", dir.display());
        return Err(Failure::new(Exit::NotFound, message).hint("name it: --dir D"));
    }
    if to.exists() {
        return Err(Failure::new(Exit::Conflict, format!("{} exists", to.display())));
    }
    if run.settings.flags.dry_run {
        return run.change_here(("export", "exported"), "ca/root", || Ok(()));
    }
    run.may_change_here()?;
    let pin = export_root(&dir, to)?;
    let shape = serde_json::json!({ "file": to, "ca_pin": show_pin(&pin) });
    run.out.single("CaExport", "root", &shape, |out| {
        let tick = out.look.tick();
        out.told(&format!("{tick} the root's key is in {}, and no longer here", to.display()))?;
        out.told(&format!("  {}", show_pin(&pin)))
    })?;
    Ok(Exit::Ok)
}

async fn rotate(run: &Run, args: &RotateArgs) -> Result {
    let kind = match (args.root, args.issuing || args.root_key.is_some()) {
        (true, _) => Some(CaKind::Root),
        (false, true) => Some(CaKind::Issuing),
        (false, false) => None,
    };
    let signed = match &args.root_key {
        Some(file) => Some(sign(run, file, args).await?),
        None => None,
    };
    let change = Change::new("rotate ca", "rotated", Level::Moderate, &["ca".to_owned()])?
        .undo("tunnelctl ca rollback");
    let force = args.force;
    let done = change
        .apply(run, |_, intent| Request::CaRotate { kind, signed: signed.clone(), force, intent })
        .await;
    if let (Err(failure), Some(file)) = (&done, &args.new_root_key)
        && !matches!(failure.exit, Exit::Server | Exit::Timeout)
    {
        // Nothing began: this root was never used.
        let _ = std::fs::remove_file(file);
    }
    done
}

/// Signs here what the server needs from the root. A dry run signs nothing.
async fn sign(run: &Run, file: &Path, args: &RotateArgs) -> Result<CaSigned> {
    let root = Root::load(file)?;
    let der = |c: &pki::CertificateDer<'static>| c.to_vec().into();
    if run.settings.flags.dry_run {
        let (root, issuing) = (der(root.certificate()), Vec::new().into());
        return Ok(CaSigned { root, issuing, cross: None });
    }
    run.may_change()?;
    let link = connect(&run.settings).await?;
    let asked = link.ask(Request::CaPrepare).await;
    link.close().await;
    let Reply::CaPrepared { csr, root: current } = asked? else {
        return Err(unexpected("what is to be signed"));
    };
    if current.as_slice() != root.certificate().as_ref() {
        let message = format!("{} is the key of another root than the server's", file.display());
        return Err(Failure::usage(message).hint("tunnelctl ca show     names the server's root"));
    }
    let now = System.wall().0;
    if !args.root {
        let issuing = root.certify(&csr, now)?;
        return Ok(CaSigned { root: der(root.certificate()), issuing: der(&issuing), cross: None });
    }
    let Some(to) = &args.new_root_key else {
        return Err(Failure::usage("--root with --root-key needs a file for the new root's key")
            .hint("--new-root-key FILE"));
    };
    let new = Root::generate(now)?;
    new.save_new(to)?;
    Ok(CaSigned {
        root: der(new.certificate()),
        issuing: der(&new.certify(&csr, now)?),
        cross: Some(der(&root.vouch_for(&new, now)?)),
    })
}

fn people(out: &Out, view: &CaView) -> Result<()> {
    let look = &out.look;
    let next = view.next_phase.map_or_else(String::new, |next| format!("   next: {next}"));
    match &view.rotation {
        None => out.line(&format!("PHASE    {}{next}", view.phase))?,
        Some(rotation) => {
            let since = look.ago(Some(rotation.phase_since)).text;
            out.line(&format!(
                "PHASE    {} since {since}   {} {} → {}{next}",
                view.phase, rotation.kind, rotation.from, rotation.to
            ))?;
        }
    }
    for root in &view.roots {
        let key = if root.key_here { "key on the server" } else { "key elsewhere" };
        let ends = look.until(Some(root.expires_at)).text;
        out.line(&format!("ROOT     {}   ends {ends}   {key}", short(root.pin.as_str())))?;
    }
    for slot in &view.slots {
        let ends = look.until(Some(slot.expires_at)).text;
        let root = short(slot.root_pin.as_str());
        out.line(&format!("ISSUING  {}   {}   ends {ends}   by {root}", slot.number, slot.state))?;
    }
    if let Some(at) = view.crl_next_update {
        out.line(&format!("CRL      next {}", look.until(Some(at)).text))?;
    }
    if let Some(due) = &view.due {
        let word = if due.late { "LATE" } else { "DUE" };
        let ends = look.until(Some(due.ends_at)).text;
        out.line(&format!("{word:<8} the issuing key ends {ends} and {}: {}", due.why, due.next))?;
    }
    for one in &view.waiting {
        out.line(&waiting(look, one))?;
    }
    let more = usize::try_from(view.waiting_total).unwrap_or(usize::MAX) - view.waiting.len();
    if more > 0 {
        out.line(&format!("WAITING  and {more} more"))?;
    }
    if view.phase == CaPhase::Rollback {
        out.aside("tunnelctl ca rollback     finishes the way back");
    } else if view.rotation.is_some() {
        out.aside("tunnelctl ca rotate     leads to the next phase; ca rollback leads back");
    }
    Ok(())
}

fn waiting(look: &Look, one: &CaWaiting) -> String {
    let since = look.ago(Some(one.since)).text;
    let here = if one.connected {
        "connected".to_owned()
    } else {
        let seen = one.last_seen.map_or_else(|| "never".to_owned(), |at| look.ago(Some(at)).text);
        format!("away, seen {seen}")
    };
    format!("WAITING  {} {} for its {}   since {since}   {here}", one.holder, one.name, one.needs)
}

/// The beginning of a pin: enough for the eye.
fn short(pin: &str) -> String {
    pin.chars().take("sha256:".len() + 16).collect()
}
