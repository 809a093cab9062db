//! Removes a published port and the rules that admit to it: a later port of that name inherits nothing.

use super::{By, Change, Done, port_of};
use crate::fleet::{Edit, Fleet};
use std::sync::Arc;
use wire::{PortId, Refusal};

pub(super) fn run(fleet: &Fleet, by: &By<'_>, port: PortId) -> Result<Change, Refusal> {
    let port = port_of(fleet, port)?;
    let mut entries = vec![by.did("port.delete", &*port).with("number", u64::from(port.number))];
    let mut edits = vec![Edit::DropPort(Arc::clone(&port))];
    for rule in fleet.rules().iter().filter(|rule| rule.port.as_ref() == Some(&port.name)) {
        entries.push(by.did("rule.delete", &**rule).with("port", port.name.as_str()));
        edits.push(Edit::DropRule(Arc::clone(rule)));
    }
    Ok(Change::new(edits, entries, Done::Port(port)))
}
