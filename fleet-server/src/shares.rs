//! Shares (F2.12): public ports for a time that lead to an operator's own side, by the link he holds.
//! Here are their public numbers and their visitors; who may open one is asked in
//! `conn::operator::share`, and of the tunnels in `tunnels`.

mod claim;
mod serve;

pub(crate) use claim::{Held, claim};
pub(crate) use serve::{Sharing, Visitor};

use crate::core::lock;
use claim::Claims;
use link::arrivals::Arrivals;
use std::sync::Mutex;
use std::time::Instant;

/// All shares of this server.
#[derive(Default)]
pub(crate) struct Shares {
    claims: Mutex<Claims>,
    /// Visitors that wait for the operators' sides.
    pub(crate) arrivals: Arrivals,
}

impl Shares {
    /// Whether a share has this number, or it is kept for one.
    pub(crate) fn has(&self, number: u16, now: Instant) -> bool {
        lock(&self.claims).has(number, now)
    }
}
