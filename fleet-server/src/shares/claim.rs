//! The public numbers of shares: which one a new share gets, and for how long it is kept when the
//! operator's link is lost. People were given the address, so it leads to him or to nobody.

use crate::core::{Core, lock, random};
use crate::ports::{Reserved, bind_all};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use wire::limits::{SHARE_KEPT, SHARES_EACH, SHARES_MOST};
use wire::{CloseReason, OperatorId, Refusal, RefusalCode, UnixMs};

/// Numbers by whose they are.
#[derive(Default)]
pub(super) struct Claims(HashMap<u16, Claim>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    operator: OperatorId,
    /// Until when it is kept for him; none while his share is open.
    kept: Option<Instant>,
}

/// A number that an open share has. Dropped, it is anybody's again.
pub(crate) struct Held {
    core: Arc<Core>,
    pub(crate) number: u16,
    until: UnixMs,
    kept: Option<Instant>,
}

impl Held {
    /// The share is over for this reason: the number is kept, if its operator may come back for it.
    pub(super) fn end(mut self, reason: CloseReason) {
        if !reason.is_decided() {
            let left = self.until.since(self.core.wall()).min(SHARE_KEPT);
            self.kept = Some(self.core.clock.now() + left);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        lock(&self.core.shares.claims).end(self.number, self.kept);
    }
}

/// Takes a number and binds it: the one he had, or any that is free.
///
/// # Errors
/// It is not free, or there are as many shares as there may be.
pub(crate) fn claim(
    core: &Arc<Core>,
    operator: OperatorId,
    again: Option<u16>,
    until: UnixMs,
) -> Result<(Held, Vec<TcpListener>), Refusal> {
    let mut claims = lock(&core.shares.claims);
    claims.expire(core.clock.now());
    let (number, bound) = match again {
        Some(number) => {
            claims.may_have(operator, number)?;
            let bound = is_for_shares(core, number).then(|| bind_all(core, number));
            (number, bound.and_then(io::Result::ok).ok_or_else(|| taken(number))?)
        }
        None => {
            claims.make_room(operator)?;
            free(core, &claims).ok_or_else(|| none_free(core))?
        }
    };
    claims.0.insert(number, Claim { operator, kept: None });
    drop(claims);
    Ok((Held { core: Arc::clone(core), number, until, kept: None }, bound))
}

/// A free number anywhere in the range: an old address of one share does not lead to the next.
fn free(core: &Core, claims: &Claims) -> Option<(u16, Vec<TcpListener>)> {
    let (first, last) = core.config().port_range;
    let first = first.max(1);
    let count = u64::from(last.checked_sub(first)?) + 1;
    let start = random() % count;
    let reserved = Reserved::read();
    let numbers = (0..count).filter_map(|n| u16::try_from((start + n) % count).ok());
    numbers
        .map(|n| first + n)
        .filter(|number| !claims.0.contains_key(number) && is_nobodys(core, &reserved, *number))
        .find_map(|number| Some((number, bind_all(core, number).ok()?)))
}

fn is_for_shares(core: &Core, number: u16) -> bool {
    let (first, last) = core.config().port_range;
    (first.max(1)..=last).contains(&number) && is_nobodys(core, &Reserved::read(), number)
}

fn is_nobodys(core: &Core, reserved: &Reserved, number: u16) -> bool {
    !reserved.is_ephemeral(number) && core.state.fleet().port_by_number(number).is_none()
}

fn none_free(core: &Core) -> Refusal {
    let (first, last) = core.config().port_range;
    Refusal::new(RefusalCode::Conflict, format!("no free port in {first}-{last}"))
}

/// Not a conflict: that would be asked about again.
fn taken(number: u16) -> Refusal {
    let message = format!("port {number} is not this share's any more: something else has it");
    Refusal::new(RefusalCode::Failed, message).hint("start it again and hand out the new address")
}

impl Claims {
    pub(super) fn has(&self, number: u16, now: Instant) -> bool {
        self.0.get(&number).is_some_and(|claim| claim.kept.is_none_or(|until| now < until))
    }

    fn expire(&mut self, now: Instant) {
        self.0.retain(|_, claim| claim.kept.is_none_or(|until| now < until));
    }

    fn end(&mut self, number: u16, kept: Option<Instant>) {
        match (kept, self.0.get_mut(&number)) {
            (Some(until), Some(claim)) => claim.kept = Some(until),
            _ => drop(self.0.remove(&number)),
        }
    }

    /// Whether the operator gets the number that he says he had.
    fn may_have(&mut self, operator: OperatorId, number: u16) -> Result<(), Refusal> {
        match self.0.get(&number) {
            Some(claim) if claim.operator != operator => Err(taken(number)),
            Some(Claim { kept: None, .. }) => {
                let message = format!("port {number} is still open by another connection of yours");
                Err(Refusal::new(RefusalCode::Conflict, message))
            }
            Some(_) => Ok(()),
            None => self.make_room(operator),
        }
    }

    /// Whether there may be one more; what is kept for an operator gives way to what he opens.
    fn make_room(&mut self, operator: OperatorId) -> Result<(), Refusal> {
        let own = |claim: &Claim| claim.operator == operator;
        let count = self.0.values().filter(|claim| own(claim)).count();
        if count >= SHARES_EACH || self.0.len() >= SHARES_MOST {
            let kept = self.0.iter().filter(|(_, claim)| own(claim));
            let oldest = kept.filter_map(|(n, claim)| Some((claim.kept?, *n))).min();
            if let Some((_, number)) = oldest {
                self.0.remove(&number);
                return Ok(());
            }
        }
        if count >= SHARES_EACH {
            let message = format!("you have {count} open shares, as many as one may have");
            return Err(Refusal::new(RefusalCode::Failed, message)
                .hint("tunnelctl tunnels list   shows them"));
        }
        if self.0.len() >= SHARES_MOST {
            let message = format!("{SHARES_MOST} shares are open, as many as there may be");
            return Err(Refusal::new(RefusalCode::Failed, message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    // A failed step is the test's failure.
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Duration;

    const MIRA: OperatorId = OperatorId::from_random(1);
    const JON: OperatorId = OperatorId::from_random(2);

    fn open(claims: &mut Claims, operator: OperatorId, number: u16) {
        claims.0.insert(number, Claim { operator, kept: None });
    }

    #[test]
    fn a_number_that_is_kept_is_its_operators_and_nobody_elses_until_its_time_is_over() {
        let (mut claims, now) = (Claims::default(), Instant::now());
        open(&mut claims, MIRA, 20_000);
        assert_eq!(claims.may_have(MIRA, 20_000).unwrap_err().code, RefusalCode::Conflict);
        claims.end(20_000, Some(now + SHARE_KEPT));
        assert!(claims.has(20_000, now));
        assert_eq!(claims.may_have(JON, 20_000).unwrap_err().code, RefusalCode::Failed);
        assert!(claims.may_have(MIRA, 20_000).is_ok());
        claims.expire(now + SHARE_KEPT);
        assert!(!claims.has(20_000, now) && claims.may_have(JON, 20_000).is_ok());
        open(&mut claims, JON, 20_001);
        claims.end(20_001, None);
        assert!(!claims.has(20_001, now), "one that was decided to end is not kept");
    }

    #[test]
    fn an_operator_has_so_many_and_what_is_kept_for_him_gives_way() {
        let (mut claims, now) = (Claims::default(), Instant::now());
        for n in 0..u16::try_from(SHARES_EACH).unwrap() {
            assert!(claims.make_room(MIRA).is_ok());
            open(&mut claims, MIRA, n);
        }
        assert_eq!(claims.make_room(MIRA).unwrap_err().code, RefusalCode::Failed);
        assert!(claims.make_room(JON).is_ok());
        claims.end(3, Some(now + SHARE_KEPT));
        claims.end(5, Some(now + SHARE_KEPT - Duration::from_secs(1)));
        assert!(claims.make_room(MIRA).is_ok());
        assert!(claims.has(3, now) && !claims.has(5, now), "the oldest");
    }

    #[test]
    fn there_are_so_many_in_all() {
        let mut claims = Claims::default();
        for n in 0..u16::try_from(SHARES_MOST).unwrap() {
            open(&mut claims, OperatorId::from_random(u64::from(n) + 10), n);
        }
        assert_eq!(claims.make_room(JON).unwrap_err().code, RefusalCode::Failed);
    }
}
