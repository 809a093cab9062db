//! `server recover-admin`: whoever owns the data directory of a stopped server is admin again.

use super::ServerFlags;
use super::run::{admin_context, expected_address, told_context};
use crate::cli::Run;
use crate::cli::confirm::Level;
use crate::cli::runtime::one_shot;
use crate::ctx::identity::show_pin;
use crate::exit::{Exit, Failure, Result};
use fleet_server::StartError;
use fleet_server::server::recover_admin;
use link::System;

/// Runs `server recover-admin`.
///
/// # Errors
/// Not agreed to, no fleet there, or its server runs.
pub(super) fn run(flags: &ServerFlags, run: &Run) -> Result {
    let config = flags.config()?;
    let dir = config.dir.display().to_string();
    if !config.dir.join("ca.pem").exists() {
        let message = format!("{dir} is no data directory of a server");
        return Err(Failure::new(Exit::NotFound, message).hint("name it: --dir D"));
    }
    if run.settings.flags.dry_run {
        return run.change_here(("recover", "recovered"), "operator/admin", || Ok(()));
    }
    let what =
        "server recover-admin gives the local admin another key; the one before is worth nothing";
    run.may_do_here(what, Level::Moderate)?;
    let by = format!(
        "tunnelctl/{} server recover-admin, uid {}",
        env!("CARGO_PKG_VERSION"),
        rustix::process::geteuid().as_raw()
    );
    let reason = run.settings.flags.reason.as_deref().map(Into::into);
    let recovering = recover_admin(&config, System::shared(), by.into(), reason);
    let admin = one_shot(async { recovering.await.map_err(running) })?;
    let context = admin_context(&admin.identity, &expected_address(&config));
    let shape = serde_json::json!({
        "operator": admin.identity.name,
        "operator_id": admin.operator,
        "new_operator": admin.is_new,
        "fingerprint": admin.fingerprint,
        "expires_at": admin.expires_at,
        "ca_pin": show_pin(&admin.identity.ca_pin),
        "context": context.as_ref().map(|context| &context.name),
    });
    run.out.single("AdminRecovery", &admin.identity.name, &shape, |out| {
        let (tick, name) = (out.look.tick(), &admin.identity.name);
        let word = if admin.is_new { "a new operator" } else { "the local admin" };
        out.told(&format!("{tick} {name} is admin again ({word}), key {}", admin.fingerprint))?;
        context
            .as_ref()
            .map_or(Ok(()), |context| out.told(&told_context(run, &admin.identity, context)))
    })?;
    run.out.aside("next: tunnelctl server run; then a token for everybody who lost a key");
    Ok(Exit::Ok)
}

fn running(error: StartError) -> Failure {
    let in_use = matches!(error, StartError::InUse { .. });
    let failure = Failure::from(error);
    if in_use {
        failure.hint("stop the server, do this, start it again: nodes come back")
    } else {
        failure
    }
}
