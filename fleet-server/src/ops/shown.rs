//! An operator showed the certificate he got by token for the first time: it was collected. Not audited:
//! the connection is.

use super::{Change, Done};
use crate::fleet::{CaStanding, Edit, Fleet, OperatorRecord};
use std::sync::Arc;
use wire::OperatorId;

pub(super) fn run(fleet: &Fleet, operator: OperatorId) -> Change {
    let waits = |old: &Arc<OperatorRecord>| old.ca.unshown_since.is_some();
    let edit = fleet.operator(operator).filter(waits).map(|old| {
        let ca = CaStanding { unshown_since: None, ..old.ca };
        Edit::Operator(Arc::new(OperatorRecord { ca, ..(*old).clone() }))
    });
    Change::new(edit.into_iter().collect(), Vec::new(), Done::Nothing)
}
