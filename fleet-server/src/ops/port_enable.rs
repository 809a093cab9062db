//! Switches a published port on or off; it keeps its number either way.

use super::{By, Change, Done, port_of};
use crate::fleet::{Edit, Fleet, PortRecord};
use std::sync::Arc;
use wire::{PortId, Refusal};

pub(super) fn run(fleet: &Fleet, by: &By<'_>, port: PortId, on: bool) -> Result<Change, Refusal> {
    let old = port_of(fleet, port)?;
    if old.enabled == on {
        return Ok(Change::nothing());
    }
    let new = Arc::new(PortRecord { enabled: on, ..(*old).clone() });
    let entry = by.did(if on { "port.enable" } else { "port.disable" }, &*new);
    Ok(Change::new(vec![Edit::Port(Arc::clone(&new))], vec![entry], Done::Port(new)))
}
