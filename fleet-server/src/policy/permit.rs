//! What roles permit: a closed set of permissions, one per group of verbs. `admin` has all of them;
//! a role that is not stored permits nothing.

use super::ADMIN;
use crate::fleet::{Fleet, OperatorRecord, RoleRecord};
use std::time::Duration;
use wire::message::view::Permission;
use wire::{Name, Refusal, RefusalCode, UnixMs};

/// How long a session may last if no role says otherwise.
pub(crate) const MAX_SESSION: Duration = Duration::from_secs(24 * 3600);
/// Roles named in a refusal.
const NAMED: usize = 5;

/// Whether one of the operator's roles permits this.
pub fn permits(fleet: &Fleet, who: &OperatorRecord, wanted: Permission, now: UnixMs) -> bool {
    who.roles_at(now).any(|role| role_permits(fleet, role, wanted))
}

/// Whether the operator may do and see everything.
pub fn is_admin(who: &OperatorRecord, now: UnixMs) -> bool {
    who.has_role(ADMIN, now)
}

/// Whether this role permits this.
pub(crate) fn role_permits(fleet: &Fleet, role: &Name, wanted: Permission) -> bool {
    role.as_str() == ADMIN
        || fleet.role(role.as_str()).is_some_and(|role| role.permissions.contains(&wanted))
}

/// How long a session of this operator may last: the longest that one of his roles allows.
pub fn max_session(fleet: &Fleet, who: &OperatorRecord, now: UnixMs) -> Duration {
    let own = |role: &Name| fleet.role(role.as_str()).and_then(|role| role.max_session());
    who.roles_at(now).map(|role| own(role).unwrap_or(MAX_SESSION)).max().unwrap_or(MAX_SESSION)
}

/// Says what is missing, and who has it.
pub(crate) fn refused(fleet: &Fleet, who: &OperatorRecord, wanted: Permission) -> Refusal {
    let message = format!("operator {} has no role that permits {wanted}", who.name);
    let roles = roles_with(fleet, wanted);
    Refusal::new(RefusalCode::Denied, message)
        .hint(format!("roles that permit it: {}", roles.join(", ")))
}

/// Roles that permit this, the built-in one first.
pub(crate) fn roles_with(fleet: &Fleet, wanted: Permission) -> Vec<String> {
    let stored = fleet.roles().filter(|role| role.permissions.contains(&wanted));
    let names = stored.map(|role| role.name.to_string());
    std::iter::once(ADMIN.to_owned()).chain(names).take(NAMED).collect()
}

/// Nobody gives away what he does not have himself.
///
/// # Errors
/// The role is not there, or permits something that none of the giver's roles do.
pub(crate) fn may_give(
    fleet: &Fleet,
    giver: &OperatorRecord,
    role: &Name,
    now: UnixMs,
) -> Result<(), Refusal> {
    let permissions = of_role(fleet, role)?;
    may_grant(fleet, giver, &permissions, now)
}

/// The same for single permissions.
///
/// # Errors
/// One of them is not permitted to the giver himself.
pub(crate) fn may_grant(
    fleet: &Fleet,
    giver: &OperatorRecord,
    permissions: &[Permission],
    now: UnixMs,
) -> Result<(), Refusal> {
    if is_admin(giver, now) {
        return Ok(());
    }
    match permissions.iter().find(|wanted| !permits(fleet, giver, **wanted, now)) {
        None => Ok(()),
        Some(wanted) => {
            let message = format!("operator {} cannot give {wanted}: he lacks it", giver.name);
            let roles = roles_with(fleet, *wanted).join(", ");
            Err(Refusal::new(RefusalCode::Denied, message)
                .hint(format!("roles that permit it: {roles}")))
        }
    }
}

/// What a role permits.
///
/// # Errors
/// There is no such role.
pub(crate) fn of_role(fleet: &Fleet, role: &Name) -> Result<Vec<Permission>, Refusal> {
    if role.as_str() == ADMIN {
        return Ok(Permission::ALL.to_vec());
    }
    Ok(stored(fleet, role)?.permissions.clone())
}

/// The stored role of this name.
///
/// # Errors
/// There is none.
pub(crate) fn stored(fleet: &Fleet, role: &Name) -> Result<std::sync::Arc<RoleRecord>, Refusal> {
    fleet.role(role.as_str()).ok_or_else(|| {
        Refusal::new(RefusalCode::NotFound, format!("no role {role}"))
            .hint("tunnelctl roles list, or: tunnelctl roles create NAME --allow PERM")
    })
}
