//! The chain: assigns places, keeps the head, answers queries from the store, page by page.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use wire::audit::AuditEvent;
use wire::{SafeText, UnixMs};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub after: Option<u64>,
    pub backwards: bool,
    pub limit: u32,
    pub action: Option<SafeText>,
    pub since: Option<UnixMs>,
    pub until: Option<UnixMs>,
}

#[derive(Debug, Clone, Default)]
pub struct Found {
    pub events: Vec<AuditEvent>,
    pub scanned: u64,
    pub next: Option<u64>,
    pub head: u64,
}
