//! In which orders records are kept in a snapshot: by id, by name, by what else is unique, by age.

use super::link::LinkRecord;
use super::map::Order;
use super::record::{NodeRecord, OperatorRecord, PortRecord, Stored, TokenRecord};
use super::roles::RoleRecord;
use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

/// By id.
#[derive(Debug)]
pub(crate) struct ById;
/// By name; records that may share one are told apart by age, newest first.
#[derive(Debug)]
pub(super) struct ByName;
/// By what else is unique: the key's or the secret's hash, the port's number.
#[derive(Debug)]
pub(super) struct ByKey;
/// Newest first.
#[derive(Debug)]
pub(super) struct ByAge;

impl<T: Stored> Order<Arc<T>> for ById {
    fn order(a: &Arc<T>, b: &Arc<T>) -> Ordering {
        a.bits().cmp(&b.bits())
    }
}

impl Order<Arc<NodeRecord>> for ByName {
    fn order(a: &Arc<NodeRecord>, b: &Arc<NodeRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}

impl Order<Arc<OperatorRecord>> for ByName {
    fn order(a: &Arc<OperatorRecord>, b: &Arc<OperatorRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}

impl Order<Arc<RoleRecord>> for ByName {
    fn order(a: &Arc<RoleRecord>, b: &Arc<RoleRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}

impl Order<Arc<PortRecord>> for ByName {
    fn order(a: &Arc<PortRecord>, b: &Arc<PortRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}

impl Order<Arc<TokenRecord>> for ByName {
    fn order(a: &Arc<TokenRecord>, b: &Arc<TokenRecord>) -> Ordering {
        a.name.cmp(&b.name).then_with(|| ByAge::order(a, b))
    }
}

impl Order<Arc<NodeRecord>> for ByKey {
    fn order(a: &Arc<NodeRecord>, b: &Arc<NodeRecord>) -> Ordering {
        (a.spki, a.id).cmp(&(b.spki, b.id))
    }
}

impl Order<Arc<TokenRecord>> for ByKey {
    fn order(a: &Arc<TokenRecord>, b: &Arc<TokenRecord>) -> Ordering {
        a.hash.cmp(&b.hash)
    }
}

impl Order<Arc<PortRecord>> for ByKey {
    fn order(a: &Arc<PortRecord>, b: &Arc<PortRecord>) -> Ordering {
        a.number.cmp(&b.number)
    }
}

impl Order<Arc<TokenRecord>> for ByAge {
    fn order(a: &Arc<TokenRecord>, b: &Arc<TokenRecord>) -> Ordering {
        (Reverse(a.created_at), a.id).cmp(&(Reverse(b.created_at), b.id))
    }
}

impl Order<Arc<LinkRecord>> for ByName {
    fn order(a: &Arc<LinkRecord>, b: &Arc<LinkRecord>) -> Ordering {
        a.name.cmp(&b.name)
    }
}
