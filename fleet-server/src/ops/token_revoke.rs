//! Withdraws a token. What enrolled with it stays.

use super::{By, Change, Done, absent};
use crate::fleet::{Edit, Fleet, TokenRecord};
use std::sync::Arc;
use wire::{Refusal, TokenId, UnixMs};

pub(super) fn run(
    fleet: &Fleet,
    by: &By<'_>,
    token: TokenId,
    now: UnixMs,
) -> Result<Change, Refusal> {
    let old = fleet.token(token).ok_or_else(|| absent::<TokenRecord>(token))?;
    if old.revoked.is_some() {
        return Ok(Change::nothing());
    }
    let new = Arc::new(TokenRecord { revoked: Some(now), ..(*old).clone() });
    let entry = by.did("token.revoke", &*new);
    Ok(Change::new(vec![Edit::Token(Arc::clone(&new))], vec![entry], Done::Token(new)))
}
