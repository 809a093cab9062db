//! Makes a token from the hash of a secret that the server never sees.

use super::{By, Change, Done, binding, merged, same_id};
use crate::fleet::{Edit, Fleet, MAX_ALLOW_BYTES, TokenRecord};
use crate::policy::{Targets, permit};
use std::sync::Arc;
use std::time::Duration;
use wire::message::operator::TokenSpec;
use wire::message::view::{Grants, TokenKind, TokenState, Uses};
use wire::{Labels, Name, Refusal, RefusalCode, SafeText, TokenId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    spec: &TokenSpec,
    id: TokenId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let hash = <[u8; 32]>::try_from(spec.secret_hash.as_slice())
        .map_err(|_| usage("the secret's SHA-256 has 32 bytes"))?;
    if spec.uses == 0 {
        return Err(usage("a token needs at least one use").hint("--uses 1"));
    }
    if fleet.token(id).is_some() || fleet.token_by_hash(&hash).is_some() {
        return Err(same_id());
    }
    free_name(fleet, &spec.name, now)?;
    if let Some(role) = &spec.role {
        permit::of_role(fleet, role)?;
    }
    let token = Arc::new(TokenRecord {
        id,
        name: spec.name.clone(),
        kind: spec.kind,
        hash,
        uses: Uses { max: spec.uses, left: spec.uses },
        created_at: now,
        expires_at: end(spec, by, now)?,
        grants: grants(spec)?,
        by: by.actor.operator.clone(),
        last_used: None,
        revoked: None,
        denied: Vec::new(),
    });
    let mut entry = by
        .did("token.create", &*token)
        .with("kind", token.kind.as_str())
        .with("uses", u64::from(token.uses.max));
    if let Some(end) = token.expires_at {
        entry = entry.with("expires_at", end.to_string());
    }
    if let Some(role) = &token.grants.role {
        entry = entry.with("role", role.as_str());
    }
    Ok(Change::new(vec![Edit::Token(Arc::clone(&token))], vec![entry], Done::Token(token)))
}

/// Names of tokens that can no longer be used are free again.
fn free_name(fleet: &Fleet, name: &Name, now: UnixMs) -> Result<(), Refusal> {
    let named = fleet.token_by_name(name.as_str());
    if named.is_some_and(|token| token.state(now) == TokenState::Active) {
        let message = format!("a token named {name} is still active");
        return Err(Refusal::new(RefusalCode::Conflict, message)
            .hint(format!("choose another name, or: tunnelctl tokens revoke {name}")));
    }
    Ok(())
}

fn end(spec: &TokenSpec, by: &By<'_>, now: UnixMs) -> Result<Option<UnixMs>, Refusal> {
    match spec.ttl_ms {
        Some(0) => Err(usage("a token that ends at once is of no use").hint("--ttl 30m")),
        Some(ttl) => Ok(Some(now.after(Duration::from_millis(ttl)))),
        None if by.reason.is_none() => {
            Err(usage("a token without an end needs a reason").hint("--no-expiry --reason TEXT"))
        }
        None => Ok(None),
    }
}

fn grants(spec: &TokenSpec) -> Result<Grants, Refusal> {
    match (spec.kind, &spec.role) {
        (TokenKind::Operator, None) => {
            return Err(usage("a token for an operator needs a role").hint("--role NAME"));
        }
        (TokenKind::Node, Some(_)) => {
            return Err(usage("only a token for an operator gives a role").hint("--kind operator"));
        }
        (TokenKind::Operator, Some(_)) | (TokenKind::Node, None) => {}
    }
    if let Some(bad) = spec.allow.iter().find(|entry| Targets::parse(entry.as_str()).is_none()) {
        let message =
            format!("{bad:?} is neither HOST|CIDR:PORTS nor unix:/PATH", bad = bad.as_str());
        return Err(usage(&message).hint("--allow 10.0.0.0/8:22,443"));
    }
    let bytes: usize = spec.allow.iter().map(|entry| entry.as_str().len() + 2).sum();
    if bytes > MAX_ALLOW_BYTES {
        let message = format!("the allowlist takes {bytes} bytes, at most {MAX_ALLOW_BYTES}");
        return Err(usage(&message));
    }
    Ok(Grants {
        labels: merged(&Labels::default(), &spec.labels, &[])?,
        role: spec.role.clone(),
        allow: spec.allow.clone(),
        binding: binding::checked(&spec.binding, spec.kind)?,
    })
}

fn usage(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Usage, SafeText::from(message))
}
