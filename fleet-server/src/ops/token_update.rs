//! Changes what a token allows. Its secret and what enrolled with it stay.

use super::{By, Change, Done, absent, binding, merged};
use crate::fleet::{Edit, Fleet, TokenRecord};
use std::sync::Arc;
use std::time::Duration;
use wire::message::operator::TokenChange;
use wire::message::view::{Binding, Grants, TokenKind, TokenState, Uses};
use wire::{Refusal, RefusalCode, SafeText, TokenId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    token: TokenId,
    change: &TokenChange,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.token(token).ok_or_else(|| absent::<TokenRecord>(token))?;
    if old.state(now) == TokenState::Revoked {
        let message = format!("token {} is revoked", old.name);
        return Err(Refusal::new(RefusalCode::Conflict, message).hint("tunnelctl tokens create"));
    }
    if change.name_pattern.is_some() && old.kind == TokenKind::Operator {
        return Err(usage("whom a token for an operator lets in is said when it is made")
            .hint("tunnelctl tokens create --kind operator --name-pattern NAME"));
    }
    let expires_at = match change.ttl_ms {
        Some(0) => return Err(usage("a token that ends at once is of no use").hint("--ttl 30m")),
        Some(ttl) => Some(now.after(Duration::from_millis(ttl))),
        None => old.expires_at,
    };
    let grants = Grants {
        labels: merged(&old.grants.labels, &change.set, &change.unset)?,
        binding: binding::checked(&bound(&old.grants.binding, change), old.kind)?,
        ..old.grants.clone()
    };
    let uses = uses(old.uses, change.uses)?;
    let new = TokenRecord { expires_at, grants, uses, ..(*old).clone() };
    if new == *old {
        return Ok(Change::nothing());
    }
    let new = Arc::new(new);
    let mut entry = by
        .did("token.update", &*new)
        .with("uses", u64::from(new.uses.max))
        .with("labels", new.grants.labels.to_string());
    if let Some(end) = new.expires_at {
        entry = entry.with("expires_at", end.to_string());
    }
    Ok(Change::new(vec![Edit::Token(Arc::clone(&new))], vec![entry], Done::Token(new)))
}

/// The binding with what changes; an empty text removes a demand.
fn bound(old: &Binding, change: &TokenChange) -> Binding {
    let text = |new: &Option<SafeText>, old: &Option<SafeText>| match new {
        None => old.clone(),
        Some(text) if text.as_str().is_empty() => None,
        Some(text) => Some(text.clone()),
    };
    Binding {
        name_pattern: text(&change.name_pattern, &old.name_pattern),
        from: change.from.clone().unwrap_or_else(|| old.from.clone()),
        require_approval: change.require_approval.unwrap_or(old.require_approval),
        min_version: text(&change.min_version, &old.min_version),
        ephemeral_ms: old.ephemeral_ms,
    }
}

/// As many uses in all; those that were made stay made.
fn uses(old: Uses, max: Option<u32>) -> Result<Uses, Refusal> {
    let Some(max) = max else { return Ok(old) };
    let made = old.max.saturating_sub(old.left);
    let left = max.checked_sub(made).filter(|_| max > 0).ok_or_else(|| {
        usage(&format!("it was used {made} times already")).hint("tunnelctl tokens revoke")
    })?;
    Ok(Uses { max, left })
}

fn usage(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Usage, SafeText::from(message))
}
