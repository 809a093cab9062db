//! A holder says that it took the roots it was offered. Not audited: it is asked again if this is lost.

use super::{Change, Done};
use crate::fleet::{CaStanding, Edit, Fleet, NodeRecord, OperatorRecord};
use std::sync::Arc;
use wire::{NodeId, OperatorId};

/// Who took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// A node.
    Node(NodeId),
    /// An operator.
    Operator(OperatorId),
}

pub(super) fn run(fleet: &Fleet, taker: Taker, number: u32) -> Change {
    // What is to come cannot be taken yet.
    let trusts = number.min(fleet.ca().number);
    let edit = match taker {
        Taker::Node(id) => fleet.node(id).map(|node| {
            let ca = CaStanding { trusts, ..node.ca };
            Edit::Node(Arc::new(NodeRecord { ca, ..(*node).clone() }))
        }),
        Taker::Operator(id) => fleet.operator(id).map(|operator| {
            let ca = CaStanding { trusts, ..operator.ca };
            Edit::Operator(Arc::new(OperatorRecord { ca, ..(*operator).clone() }))
        }),
    };
    Change::new(edit.into_iter().collect(), Vec::new(), Done::Nothing)
}
