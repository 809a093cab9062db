//! `server reload`: has the running server read its configuration and its certificates again.

use crate::cli::Run;
use crate::cli::confirm::Level;
use crate::cli::out::Out;
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Result};
use wire::SafeText;
use wire::message::operator::{Reply, Request};
use wire::message::view::ReloadView;

/// Runs `server reload`.
///
/// # Errors
/// The server is not reached, or its configuration is no good: then nothing of it is taken.
pub(super) async fn run(run: &Run) -> Result {
    run.may_create("server reload changes how the server goes on", Level::Mild)?;
    let link = connect(&run.settings).await?;
    let reply = link.ask(Request::Reload(run.intent())).await;
    link.close().await;
    let Reply::Reloaded(view) = reply? else { return Err(unexpected("a reload")) };
    run.out.single("ServerReload", "server", &view, |out| people(out, &view))?;
    if !view.restart.is_empty() {
        run.out.aside(
            "a restart ends tunnels: tunnelctl server drain, systemctl restart tunnelctl-server",
        );
    }
    let changes = !view.applied.is_empty() || !view.restart.is_empty();
    let asked = run.settings.flags.dry_run && run.settings.flags.exit_code;
    Ok(if asked && changes { Exit::Differs } else { Exit::Ok })
}

fn people(out: &Out, view: &ReloadView) -> Result<()> {
    let words = |keys: &[SafeText]| match keys {
        [] => "nothing else than before".to_owned(),
        keys => keys.iter().map(SafeText::as_str).collect::<Vec<_>>().join(" "),
    };
    let mark = if view.planned { "plan" } else { out.look.tick() };
    out.line(&format!("{mark} in use    {}", words(&view.applied)))?;
    if !view.restart.is_empty() {
        out.line(&format!("! restart   {}   (as before until then)", words(&view.restart)))?;
    }
    for certificate in &view.certificates {
        let ends = out.look.until(Some(certificate.expires_at)).text;
        out.line(&format!("{mark} read      {}  {ends}", certificate.name))?;
    }
    if view.planned { out.line("nothing changed (dry run)") } else { Ok(()) }
}
