//! Tokens, and who used one and never showed the certificate: issued, not collected.

use super::{list, small};
use crate::core::Core;
use crate::fleet::{Fleet, Stored, TokenRecord};
use std::collections::HashMap;
use wire::message::operator::{More, Page, Reply};
use wire::message::view::{NotCollected, TokenView, Uncollected};
use wire::{TokenId, UnixMs};

/// Of those who have not collected, this many are named.
const NAMED: usize = 16;

/// A page of tokens, the newest first.
pub(crate) fn tokens(core: &Core, page: &Page) -> (Vec<TokenView>, More) {
    let (fleet, now) = (core.state.fleet(), core.wall());
    let newest_first =
        |token: &TokenRecord| format!("{:020}{}", u64::MAX - token.created_at.0, token.id);
    let mut rows: Vec<_> = fleet.tokens().map(|token| (newest_first(&token), token)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let open = Open::of(&fleet);
    list(core, rows.into_iter(), page, |record| token(record, &open, now))
}

/// One token, with what a token string is made of.
pub(crate) fn token_reply(core: &Core, record: &TokenRecord) -> Reply {
    let addresses = core.bound.get().map(|bound| bound.token_addresses.as_slice());
    Reply::Token {
        token: token(record, &Open::of(&core.state.fleet()), core.wall()),
        addresses: addresses.unwrap_or_default().iter().map(|a| a.as_str().into()).collect(),
        ca_pin: core.ca_pin().to_vec().into(),
    }
}

fn token(record: &TokenRecord, open: &Open, now: UnixMs) -> TokenView {
    TokenView {
        id: record.id,
        name: record.name.clone(),
        token_kind: record.kind,
        uses: record.uses,
        expires_at: record.expires_at,
        grants: record.grants.clone(),
        by: record.by.clone(),
        created_at: record.created_at,
        last_used: record.last_used,
        state: record.state(now),
        not_collected: open.of_token(record.id),
    }
}

/// Whose certificates were issued and never shown, by the token they came with.
struct Open(HashMap<TokenId, Vec<Uncollected>>);

impl Open {
    fn of(fleet: &Fleet) -> Self {
        let mut open: HashMap<TokenId, Vec<Uncollected>> = HashMap::new();
        let never_shown = fleet.nodes().filter(|node| {
            node.renewals.used == 0 && node.waiting.is_none() && node.revoked.is_none()
        });
        for node in never_shown {
            let id = node.id_text().into();
            let one = Uncollected { id, name: node.name.clone(), since: node.enrolled_at };
            open.entry(node.token).or_default().push(one);
        }
        for operator in fleet.operators().filter(|operator| operator.revoked.is_none()) {
            if let (Some(token), Some(since)) = (operator.token, operator.ca.unshown_since) {
                let id = operator.id_text().into();
                let one = Uncollected { id, name: operator.name.clone(), since };
                open.entry(token).or_default().push(one);
            }
        }
        Self(open)
    }

    fn of_token(&self, token: TokenId) -> Option<NotCollected> {
        let all = self.0.get(&token)?;
        let mut items = all.clone();
        items.sort_by(|a, b| (a.since, &a.name).cmp(&(b.since, &b.name)));
        items.truncate(NAMED);
        Some(NotCollected { total: small(all.len()), items })
    }
}
