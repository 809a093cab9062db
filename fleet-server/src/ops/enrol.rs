//! A machine becomes a node: one token use, one key, one node. The same key with the same token gets
//! the same node again, because its reply may have been lost. Signs nothing.

use super::{Change, Done, Op, Refused, binding, by_node, denied, kept, merged, same_id};
use crate::fleet::{CaStanding, Edit, Fleet, NodeRecord, Renewals, Stored, TokenRecord, Waiting};
use std::sync::Arc;
use wire::audit::{Actor, Entry, Object};
use wire::limits::MAX_NAME;
use wire::message::view::{Inventory, PendingKind, TokenKind, TokenState, Uses};
use wire::{Generation, Name, NodeId, Refusal, RefusalCode, SafeText, UnixMs};

/// What a peer with a bad token is told, whatever is wrong with it.
const NOT_ACCEPTED: &str = "token not accepted";

pub(super) fn run(fleet: &Fleet, op: &Op, now: UnixMs) -> Result<Change, Refused> {
    let Op::Enrol { secret_hash, spki, source, client, certificate_expires_at, .. } = op else {
        return Ok(Change::nothing());
    };
    let visit = Visit { source, client, spki };
    let token = visit.token(fleet, secret_hash, TokenKind::Node, now)?;
    if let Some(node) = fleet.node_by_key(spki) {
        return again(&visit, &token, &node, *certificate_expires_at);
    }
    visit.use_left(&token, now)?;
    binding::version_fits(&token.grants.binding, client)
        .map_err(|refusal| visit.denied(refusal, token.object(), "too old"))?;
    let node = new_node(fleet, op, &token, now)?;
    binding::name_fits(&token.grants.binding, &node.name)
        .map_err(|refusal| visit.denied(refusal, token.object(), "another name"))?;
    let mut entry = by_node("node.enroll", &node, source)
        .with("token", token.id_text())
        .with("client", client.as_str());
    if node.waiting.is_some() {
        entry = entry.with("waits_for_approval", true);
    }
    let used = used(&token, now);
    let entries = vec![entry, visit.used(&token, used.uses)];
    let edits = vec![Edit::Token(Arc::new(used)), Edit::Node(Arc::clone(&node))];
    let done = if node.waiting.is_some() { Done::Waiting } else { Done::Enrolled };
    Ok(Change::new(edits, entries, done(node)))
}

/// One attempt to use a token.
pub(super) struct Visit<'a> {
    pub(super) source: &'a SafeText,
    pub(super) client: &'a SafeText,
    pub(super) spki: &'a [u8; 32],
}

impl Visit<'_> {
    /// The token of this secret, if it is of this kind and in force. It may be used up.
    pub(super) fn token(
        &self,
        fleet: &Fleet,
        hash: &[u8; 32],
        kind: TokenKind,
        now: UnixMs,
    ) -> Result<Arc<TokenRecord>, Refused> {
        let Some(token) = fleet.token_by_hash(hash) else {
            let object = Object { kind: "token".into(), ..Object::default() };
            return Err(self.denied(not_accepted(), object, "unknown"));
        };
        let why = match token.state(now) {
            TokenState::Revoked => "revoked",
            // Whoever waited for approval, or for a lost reply, may come late.
            TokenState::Expired if !self.is_known(fleet, &token) => "expired",
            _ if token.kind != kind => "another kind",
            _ if !binding::admits(&token.grants.binding, self.source) => "another network",
            _ if token.has_denied(self.spki) => {
                let refusal =
                    Refusal::new(RefusalCode::Denied, "an operator turned this machine away");
                return Err(self.denied(refusal, token.object(), "turned away"));
            }
            _ => return Ok(token),
        };
        Err(self.denied(not_accepted(), token.object(), why))
    }

    /// Whether this token enrolled this key already.
    fn is_known(&self, fleet: &Fleet, token: &TokenRecord) -> bool {
        fleet.node_by_key(self.spki).is_some_and(|node| node.token == token.id)
    }

    /// Refuses a token that is used up.
    pub(super) fn use_left(&self, token: &TokenRecord, now: UnixMs) -> Result<(), Refused> {
        if token.state(now) == TokenState::Active {
            return Ok(());
        }
        Err(self.denied(not_accepted(), token.object(), "used up"))
    }

    /// A refusal, with its true reason in the trail only.
    pub(super) fn denied(&self, refusal: Refusal, object: Object, why: &str) -> Refused {
        let mut refused = denied(refusal, "token.use", self.actor(), object, why);
        for entry in &mut refused.audit {
            entry.data.insert("key".to_owned(), self.key().into());
        }
        refused
    }

    /// The record of a use.
    pub(super) fn used(&self, token: &TokenRecord, uses: Uses) -> Entry {
        Entry::new("token.use", self.actor(), token.object())
            .with("key", self.key())
            .with("left", u64::from(uses.left))
    }

    fn actor(&self) -> Actor {
        Actor {
            source_ip: Some(self.source.clone()),
            client: Some(self.client.clone()),
            ..Actor::default()
        }
    }

    /// The start of the key's digest: enough to tell two machines apart.
    fn key(&self) -> String {
        self.spki.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn not_accepted() -> Refusal {
    Refusal::new(RefusalCode::Denied, NOT_ACCEPTED)
        .hint("ask for a new token: tunnelctl tokens create")
}

/// The token after one more use.
pub(super) fn used(token: &TokenRecord, now: UnixMs) -> TokenRecord {
    let uses = Uses { left: token.uses.left.saturating_sub(1), ..token.uses };
    TokenRecord { uses, last_used: Some(now), ..token.clone() }
}

/// The key is known already: by this token (its reply was lost), or not.
fn again(
    visit: &Visit<'_>,
    token: &TokenRecord,
    node: &Arc<NodeRecord>,
    certificate_expires_at: UnixMs,
) -> Result<Change, Refused> {
    if node.token != token.id {
        let refusal = Refusal::new(
            RefusalCode::Conflict,
            format!("this key is already enrolled as {}", node.name),
        )
        .hint("remove the old identity first, so that a new key is made");
        return Err(visit.denied(refusal, token.object(), "key enrolled by another token"));
    }
    if node.revoked.is_some() {
        return Err(visit.denied(not_accepted(), token.object(), "the node is revoked"));
    }
    if node.waiting.is_some() {
        return Ok(Change { done: Done::Waiting(Arc::clone(node)), ..Change::nothing() });
    }
    // Once its certificate was used nothing was lost: whoever asks then is another one.
    if node.renewals.used > 0 {
        return Err(visit.denied(not_accepted(), token.object(), "the node has its certificate"));
    }
    let certificate_expires_at = certificate_expires_at.max(node.certificate_expires_at);
    let renewals = Renewals { issued: node.renewals.issued.saturating_add(1), ..node.renewals };
    let node = Arc::new(NodeRecord { certificate_expires_at, renewals, ..(**node).clone() });
    let entry = by_node("node.enroll", &node, visit.source)
        .with("token", token.id_text())
        .with("client", visit.client.as_str())
        .with("again", true);
    Ok(Change::new(vec![Edit::Node(Arc::clone(&node))], vec![entry], Done::Enrolled(node)))
}

fn new_node(
    fleet: &Fleet,
    op: &Op,
    token: &TokenRecord,
    now: UnixMs,
) -> Result<Arc<NodeRecord>, Refusal> {
    let Op::Enrol {
        spki, id, name, labels, inventory, certificate_expires_at, client, source, ..
    } = op
    else {
        return Err(same_id());
    };
    if fleet.node(*id).is_some() {
        return Err(same_id());
    }
    let binding = &token.grants.binding;
    let only = binding::only_name(binding);
    let waiting = binding.require_approval.then(|| Waiting {
        kind: PendingKind::Enroll,
        since: now,
        source: source.clone(),
        denied: None,
    });
    let name = match name.as_ref().or(only.as_ref()) {
        Some(name) if fleet.node_by_name(name.as_str()).is_some() => return Err(taken(name)),
        Some(name) => name.clone(),
        None => derived(fleet, inventory, *id)?,
    };
    Ok(Arc::new(NodeRecord {
        id: *id,
        name,
        labels: merged(labels, &token.grants.labels, &[])?,
        owner: None,
        spki: *spki,
        enrolled_at: now,
        token: token.id,
        generation: Generation::default(),
        certificate_expires_at: *certificate_expires_at,
        revoked: None,
        last_seen: None,
        disconnected: None,
        version: Some(SafeText::bounded(client.as_str(), crate::fleet::MAX_VERSION)),
        inventory: kept(inventory),
        allow: token.grants.allow.clone(),
        renewals: Renewals { issued: 1, ..Renewals::default() },
        recoveries: Vec::new(),
        ephemeral_ms: binding.ephemeral_ms,
        waiting,
        next_spki: None,
        reconnects: Vec::new(),
        ca: CaStanding::default(),
    }))
}

fn taken(name: &Name) -> Refusal {
    Refusal::new(RefusalCode::Conflict, format!("the name {name} is taken by another node"))
        .hint("choose another one: tunnelctl enroll --name NAME")
}

/// A free name made of the host's: as it is if possible, else with a piece of the id behind it.
fn derived(fleet: &Fleet, inventory: &Inventory, id: NodeId) -> Result<Name, Refusal> {
    let host = inventory.hostname.as_ref().map_or("", SafeText::as_str);
    let base = sanitised(host);
    let id = id.to_string();
    let body = id.split_once('_').map_or(id.as_str(), |(_, body)| body);
    let long = [4, 8, 12].map(|length| {
        let end = &body[..length.min(body.len())];
        let start: String = base.chars().take(MAX_NAME - 1 - length).collect();
        format!("{}-{end}", start.trim_end_matches('-'))
    });
    std::iter::once(base.clone())
        .chain(long)
        .filter_map(|name| name.parse::<Name>().ok())
        .find(|name| fleet.node_by_name(name.as_str()).is_none())
        .ok_or_else(|| {
            Refusal::new(RefusalCode::Conflict, format!("no free name like {base}"))
                .hint("choose one: tunnelctl enroll --name NAME")
        })
}

/// The host's first label, in the grammar of names; `node` if nothing is left of it.
fn sanitised(host: &str) -> String {
    let label = host.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let mapped: String =
        label.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let mut name = String::with_capacity(mapped.len());
    for part in mapped.split('-').filter(|part| !part.is_empty()) {
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(part);
    }
    name.truncate(MAX_NAME);
    let name = name.trim_end_matches('-');
    if name.is_empty() { "node".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_become_names() {
        for (host, name) in [
            ("Web1.example.eu", "web1"),
            ("gw_ber 014", "gw-ber-014"),
            ("--", "node"),
            ("", "node"),
            ("wéb", "w-b"),
            ("日本", "node"),
        ] {
            assert_eq!(sanitised(host), name, "{host}");
        }
        assert_eq!(sanitised(&"x".repeat(90)).len(), MAX_NAME);
    }
}
