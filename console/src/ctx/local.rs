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

/// Writes or refreshes the admin's context.
///
/// # Errors
/// The identity cannot be read or the context not written.
pub fn write(admin: &AdminIdentity, servers: &[String]) -> Result<Written> {
    let identity = Identity::join(&admin.key, &admin.certificate, &admin.ca)?;
    let (name, old) = place(&admin.fleet)?;
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
fn place(fleet: &str) -> Result<(String, Option<Context>)> {
    let taken = contexts::names()?;
    for number in 1u32.. {
        let name = if number == 1 { "local".to_owned() } else { format!("local-{number}") };
        if !taken.contains(&name) {
            return Ok((name, None));
        }
        let context = Context::load(&name)?;
        if context.fleet.as_deref() == Some(fleet) {
            return Ok((name, Some(context)));
        }
    }
    Ok(("local".to_owned(), None))
}
