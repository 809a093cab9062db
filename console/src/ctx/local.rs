//! The context of the server on this machine, written from the identity the server keeps for its
//! admin. A context of another server is never overwritten: the next free number is used.

use crate::ctx::Identity;
use crate::ctx::contexts::{self, Context};
use crate::ctx::identity::show_pin;
use crate::exit::Result;
use fleet_server::server::AdminIdentity;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The context's name.
    pub name: String,
    /// It was not there before.
    pub new: bool,
}

/// The context of a server on this machine, unless that name is taken.
pub const LOCAL: &str = "local";

/// Writes or refreshes the admin's context; it is called `name` where that is free.
///
/// # Errors
/// The identity cannot be read or the context not written.
pub fn write(name: &str, admin: &AdminIdentity, servers: &[String]) -> Result<Written> {
    let identity = Identity::join(&admin.key, &admin.certificate, &admin.ca)?;
    let (name, old) = place(name, &admin.fleet)?;
    let new = old.is_none();
    let mut context = old.unwrap_or_default();
    context.name.clone_from(&name);
    context.ca_pin = show_pin(&admin.ca_pin);
    context.fleet = Some(admin.fleet.clone());
    if !servers.is_empty() {
        context.server = servers.to_vec();
    }
    context.save(Some(&identity))?;
    Ok(Written { name, new })
}

/// The context of this fleet, or the first free of `local`, `local-2`, ….
fn place(wanted: &str, fleet: &str) -> Result<(String, Option<Context>)> {
    let taken = contexts::names()?;
    let numbered = (2u32..).map(|number| format!("{wanted}-{number}"));
    for name in std::iter::once(wanted.to_owned()).chain(numbered) {
        if !taken.contains(&name) {
            return Ok((name, None));
        }
        let context = Context::load(&name)?;
        if context.fleet.as_deref() == Some(fleet) {
            return Ok((name, Some(context)));
        }
    }
    Ok((wanted.to_owned(), None))
}
