//! Removes a link. Its listener and its connections are cut after this is durable (I2). The rules
//! stay: they are about the node, not about the link.

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, LinkRecord};
use std::sync::Arc;
use wire::{LinkId, Refusal};

pub(super) fn run(fleet: &Fleet, by: &By<'_>, link: LinkId) -> Result<Change, Refusal> {
    let link = fleet.link(link).ok_or_else(|| absent::<LinkRecord>(link))?;
    let entry = by.did("link.delete", &*link);
    Ok(Change::new(vec![Edit::DropLink(Arc::clone(&link))], vec![entry], Done::Link(link)))
}
