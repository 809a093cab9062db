//! Changes that cut off whoever makes them: he has to say that he means it (cli.md §3.6).

use crate::cli::Run;
use crate::ctx::connect;
use crate::exit::{Failure, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;
use wire::Name;
use wire::message::operator::{Reply, Request};
use wire::message::view::{SessionKind, WhoamiView};

/// Whether the risk is taken.
#[derive(Debug, Clone, Args)]
pub struct RiskArgs {
    /// "self": cutting yourself off is meant
    #[arg(long, value_name = "RISK", value_parser = PossibleValuesParser::new(["self"]))]
    accept_risk: Option<String>,
}

impl RiskArgs {
    /// Refuses if one of these is the operator himself.
    ///
    /// # Errors
    /// The caller is among the names and has not accepted that.
    pub async fn for_operators(&self, run: &Run, names: &[String]) -> Result<()> {
        self.unless(run, |me| {
            let (name, id) = (me.operator.as_str(), me.operator_id.to_string());
            let is_me =
                |n: &String| n == name || (n.starts_with("u_") && id.starts_with(n.as_str()));
            names.iter().any(is_me).then(|| format!("{name} is you"))
        })
        .await
    }

    /// Refuses if one of these is a login of the operator himself.
    ///
    /// # Errors
    /// As [`RiskArgs::for_operators`].
    pub async fn for_sessions(&self, run: &Run, ids: &[String]) -> Result<()> {
        if self.is_taken(run) {
            return Ok(());
        }
        let link = connect(&run.settings).await?;
        let me = link.operator.whoami().operator.to_string();
        let mut own = None;
        for id in ids {
            // What is not there is told by the change itself.
            if let Ok(Reply::Session(session)) =
                link.ask(Request::Session(id.as_str().into())).await
                && session.session_kind == SessionKind::Login
                && session.operator.as_str() == me
            {
                own = Some(format!("{} is a login of yours", session.id));
            }
        }
        link.close().await;
        refuse(own)
    }

    /// Refuses if the operator himself has this role.
    ///
    /// # Errors
    /// As [`RiskArgs::for_operators`].
    pub async fn for_roles(&self, run: &Run, roles: &[String]) -> Result<()> {
        self.unless(run, |me| {
            let has =
                |role: &&String| me.roles.iter().any(|own: &Name| own.as_str() == role.as_str());
            roles.iter().find(has).map(|role| format!("{role} is a role of yours"))
        })
        .await
    }

    /// Refuses if one of these operators is the caller and has the role.
    ///
    /// # Errors
    /// As [`RiskArgs::for_operators`].
    pub async fn for_role_of(&self, run: &Run, operator: &str, role: &Name) -> Result<()> {
        self.unless(run, |me| {
            let (name, id) = (me.operator.as_str(), me.operator_id.to_string());
            let is_me =
                operator == name || (operator.starts_with("u_") && id.starts_with(operator));
            let has = me.roles.contains(role);
            (is_me && has).then(|| format!("{name} is you, and {role} a role of yours"))
        })
        .await
    }

    fn is_taken(&self, run: &Run) -> bool {
        self.accept_risk.is_some() || run.settings.flags.dry_run
    }

    async fn unless(&self, run: &Run, risk: impl Fn(&WhoamiView) -> Option<String>) -> Result<()> {
        if self.is_taken(run) {
            return Ok(());
        }
        let link = connect(&run.settings).await?;
        let risk = risk(link.operator.whoami());
        link.close().await;
        refuse(risk)
    }
}

fn refuse(risk: Option<String>) -> Result<()> {
    match risk {
        Some(risk) => Err(Failure::usage(format!("{risk}: this cuts you off"))
            .hint("--accept-risk self, if that is meant")),
        None => Ok(()),
    }
}
