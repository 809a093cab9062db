//! Makes roles and changes what they permit. The built-in one stays as it is.

use super::{By, Change, Done};
use crate::fleet::{Edit, Fleet, RoleRecord};
use crate::policy::{ADMIN, permit};
use std::sync::Arc;
use wire::message::view::Permission;
use wire::{Name, Refusal, RefusalCode, UnixMs};

/// Roles in all.
const MAX_ROLES: usize = 200;

/// What becomes of a role.
pub(super) struct Wish<'a> {
    pub(super) add: &'a [Permission],
    pub(super) remove: &'a [Permission],
    /// 0 = no bound of its own.
    pub(super) max_session_ms: Option<u64>,
}

pub(super) fn create(
    fleet: &Fleet,
    by: &By<'_>,
    name: &Name,
    permissions: &[Permission],
    max_session_ms: Option<u64>,
    now: UnixMs,
) -> Result<Change, Refusal> {
    if name.as_str() == ADMIN || fleet.role(name.as_str()).is_some() {
        let message = format!("there is a role {name} already");
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("tunnelctl roles update {name} --allow PERM")));
    }
    if fleet.roles().count() >= MAX_ROLES {
        let message = format!("there are {MAX_ROLES} roles already");
        return Err(Refusal::new(RefusalCode::Failed, message).hint("tunnelctl roles list"));
    }
    if max_session_ms == Some(0) {
        return Err(Refusal::new(RefusalCode::Usage, "a session of no length is of no use")
            .hint("--max-session 8h"));
    }
    let role = RoleRecord {
        name: name.clone(),
        permissions: in_order(permissions.to_vec()),
        max_session_ms,
        created_at: now,
    };
    Ok(stored(by, "role.create", role))
}

pub(super) fn update(
    fleet: &Fleet,
    by: &By<'_>,
    name: &Name,
    wish: &Wish<'_>,
) -> Result<Change, Refusal> {
    let role = changeable(fleet, name)?;
    let mut permissions = role.permissions.clone();
    permissions.retain(|permission| !wish.remove.contains(permission));
    permissions.extend(wish.add);
    let max_session_ms = match wish.max_session_ms {
        None => role.max_session_ms,
        Some(0) => None,
        Some(most) => Some(most),
    };
    let new = RoleRecord { permissions: in_order(permissions), max_session_ms, ..(*role).clone() };
    if new == *role {
        return Ok(Change::nothing());
    }
    Ok(stored(by, "role.update", new))
}

/// The stored role of this name.
pub(super) fn changeable(fleet: &Fleet, name: &Name) -> Result<Arc<RoleRecord>, Refusal> {
    if name.as_str() == ADMIN {
        let message = "role admin is built in: it has every permission and stays as it is";
        return Err(Refusal::new(RefusalCode::Conflict, message));
    }
    permit::stored(fleet, name)
}

fn stored(by: &By<'_>, action: &str, role: RoleRecord) -> Change {
    let permissions: Vec<&str> = role.permissions.iter().map(|p| p.as_str()).collect();
    let mut entry = by.did(action, &role).with("permissions", permissions.join(" "));
    if let Some(most) = role.max_session_ms {
        entry = entry.with("max_session_ms", most);
    }
    let role = Arc::new(role);
    Change::new(vec![Edit::Role(Arc::clone(&role))], vec![entry], Done::Role(role))
}

fn in_order(mut permissions: Vec<Permission>) -> Vec<Permission> {
    permissions.sort_unstable();
    permissions.dedup();
    permissions
}
