//! Verb × who × source × target → decision with the rule that made it. Pure. First match wins, default deny.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::fleet::{Fleet, NodeRecord, OperatorRecord, PortRecord};
use std::net::IpAddr;
use wire::{RuleId, Target, UnixMs};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allow(RuleId),
    Deny(Option<RuleId>),
}

/// May this operator open this target at this node?
pub fn operator_tunnel(
    fleet: &Fleet,
    who: &OperatorRecord,
    source: IpAddr,
    node: &NodeRecord,
    target: &Target,
    now: UnixMs,
) -> Decision {
    todo!()
}
/// May a visitor from this address use this published port? v4-mapped v6 is canonicalised first.
pub fn visitor(fleet: &Fleet, port: &PortRecord, source: IpAddr, now: UnixMs) -> Decision {
    todo!()
}
