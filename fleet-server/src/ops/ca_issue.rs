//! A certificate is handed out: its number is kept until it ends, for the revocation list, and its
//! holder's record says who signed it.

use super::{Change, Done};
use crate::ca::Why;
use crate::fleet::{CaStanding, CertRecord, Edit, Fleet, NodeRecord, OperatorRecord};
use std::sync::Arc;
use wire::audit::{Actor, Entry, Object};

pub(super) fn run(fleet: &Fleet, cert: &CertRecord, why: Why, ended: &[CertRecord]) -> Change {
    let id = cert.id.as_str();
    let node = id.parse().ok().and_then(|id| fleet.node(id));
    let operator = id.parse().ok().and_then(|id| fleet.operator(id));
    let (mut edits, mut name) = (vec![Edit::Cert(Arc::new(cert.clone()))], None);
    edits.extend(ended.iter().map(|old| Edit::DropCert(Arc::new(old.clone()))));
    if let Some(node) = node {
        name = Some(node.name.as_str().into());
        let ca = CaStanding { issuer: cert.issuer, ..node.ca };
        edits.push(Edit::Node(Arc::new(NodeRecord { ca, ..(*node).clone() })));
    } else if let Some(operator) = operator {
        name = Some(operator.name.as_str().into());
        let ca = CaStanding { issuer: cert.issuer, ..operator.ca };
        edits.push(Edit::Operator(Arc::new(OperatorRecord { ca, ..(*operator).clone() })));
    }
    let object = Object { kind: cert.role.clone(), id: Some(cert.id.clone()), name };
    let entry = Entry::new("ca.issue", Actor::default(), object)
        .with("serial", cert.number())
        .with("not_after", cert.not_after.to_string())
        .with("issuer", u64::from(cert.issuer))
        .with("by", why.word());
    Change::new(edits, vec![entry], Done::Nothing)
}
