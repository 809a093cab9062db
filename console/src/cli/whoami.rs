//! `whoami`: who the server takes the caller for.

use crate::cli::Run;
use crate::cli::out::{Cell, Column, Look, Row};
use crate::cli::runtime::one_shot;
use crate::ctx::access::unexpected;
use crate::ctx::connect;
use crate::exit::{Exit, Result};
use serde::Serialize;
use wire::UnixMs;
use wire::message::operator::{Reply, Request};
use wire::message::view::WhoamiView;
use wire::{Name, SafeText};

/// The server's answer, and the context it was asked through.
#[derive(Debug, Clone, Serialize)]
pub struct Whoami {
    operator: Name,
    operator_id: wire::OperatorId,
    roles: Vec<Name>,
    context: String,
    server: SafeText,
    session: Option<SafeText>,
    expires_at: Option<UnixMs>,
    seen_addresses: Vec<SafeText>,
}

impl Whoami {
    /// Adds the context to what the server says.
    pub fn new(view: WhoamiView, context: &str) -> Self {
        Self {
            operator: view.operator,
            operator_id: view.operator_id,
            roles: view.roles,
            context: context.to_owned(),
            server: view.server,
            session: view.session,
            expires_at: view.expires_at,
            seen_addresses: view.seen_addresses,
        }
    }
}

impl Row for Whoami {
    const KIND: &'static str = "Whoami";
    const COLUMNS: &'static [Column] = &[
        Column::text("operator", "OPERATOR"),
        Column::text("roles", "ROLES"),
        Column::text("context", "CONTEXT"),
        Column::text("server", "SERVER"),
        Column::text("session", "SESSION"),
        Column::text("expires", "EXPIRES"),
        Column::text("seen", "SEEN FROM"),
        Column::text("id", "ID").wide(),
    ];

    fn id(&self) -> String {
        self.operator_id.to_string()
    }

    fn name(&self) -> String {
        self.operator.to_string()
    }

    fn cell(&self, key: &str, look: &Look) -> Cell {
        match key {
            "operator" => Cell::plain(self.operator.as_str()),
            "roles" => Cell::plain(joined(&self.roles)),
            "context" => Cell::plain(&self.context),
            "server" => Cell::plain(self.server.as_str()),
            "session" => look.text(self.session.as_ref()),
            "expires" => look.until(self.expires_at),
            "seen" => Cell::plain(joined(&self.seen_addresses)),
            _ => Cell::plain(self.id()),
        }
    }
}

fn joined<T: ToString>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Runs `whoami`.
///
/// # Errors
/// The server is not reached or refuses.
pub fn run(run: &Run) -> Result {
    one_shot(async {
        let link = connect(&run.settings).await?;
        let Reply::Whoami(view) = link.ask(Request::Whoami).await? else {
            return Err(unexpected("whoami"));
        };
        run.out.object(&Whoami::new(view, &link.endpoint.name))?;
        link.close().await;
        Ok(Exit::Ok)
    })
}
