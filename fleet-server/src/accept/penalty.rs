//! What sources that misbehave pay: every fault adds its time to the source's account, and from
//! [`THRESHOLD`] on nothing of it is let in until the account is empty (the scheme of OpenSSH's
//! `PerSourcePenalties`). Bounded per address family, so that neither family can push the other out.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Below this an account has no effect: single slips cost nothing.
const THRESHOLD: Duration = Duration::from_secs(15);
/// An account never holds more.
const MOST: Duration = Duration::from_secs(600);
/// Accounts per family; beyond it the one that is empty soonest is forgotten.
const ACCOUNTS: usize = 65_536;

/// What a stranger did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Came and left, or said nothing, or did not like us: load balancers and browsers do.
    Idle,
    /// Showed a certificate, a token or a greeting that is not good.
    Auth,
    /// Did not get done in time.
    Slow,
    /// Sent what no client of ours sends.
    Malformed,
    /// A task of ours ended by a panic while it listened to him.
    Crash,
}

impl Fault {
    const fn price(self) -> Duration {
        Duration::from_secs(match self {
            Self::Idle => 1,
            Self::Auth => 5,
            Self::Slow | Self::Malformed => 10,
            Self::Crash => 90,
        })
    }
}

/// The accounts of one family.
#[derive(Default)]
struct Accounts {
    of: HashMap<IpAddr, Account>,
    by_end: BTreeSet<(Instant, IpAddr)>,
}

#[derive(Clone, Copy)]
struct Account {
    ends: Instant,
    /// Once in force it stays so until it ends.
    in_force: bool,
}

/// Who pays for what.
#[derive(Default)]
pub(super) struct Penalties {
    v4: Accounts,
    v6: Accounts,
}

impl Penalties {
    /// Whether nothing of `source` is let in now.
    pub(super) fn bars(&mut self, source: IpAddr, now: Instant) -> bool {
        let accounts = self.family(source);
        accounts.forget_ended(now);
        accounts.of.get(&source).is_some_and(|account| account.in_force)
    }

    /// Adds the price of a fault; says how long the source stays barred, if it is only now that it is.
    pub(super) fn add(&mut self, source: IpAddr, fault: Fault, now: Instant) -> Option<Duration> {
        let accounts = self.family(source);
        accounts.forget_ended(now);
        let before = accounts.remove(source).unwrap_or(Account { ends: now, in_force: false });
        if accounts.of.len() >= ACCOUNTS
            && let Some((_, soonest)) = accounts.by_end.first().copied()
        {
            accounts.remove(soonest);
        }
        let ends = (before.ends + fault.price()).min(now + MOST);
        let reached = ends >= now + THRESHOLD;
        accounts.insert(source, Account { ends, in_force: before.in_force || reached });
        (reached && !before.in_force).then(|| ends - now)
    }

    /// How many sources are barred.
    #[cfg(test)]
    pub(super) fn barred(&mut self, now: Instant) -> usize {
        [&mut self.v4, &mut self.v6]
            .into_iter()
            .map(|accounts| {
                accounts.forget_ended(now);
                accounts.of.values().filter(|account| account.in_force).count()
            })
            .sum()
    }

    fn family(&mut self, source: IpAddr) -> &mut Accounts {
        if source.is_ipv4() { &mut self.v4 } else { &mut self.v6 }
    }
}

impl Accounts {
    fn insert(&mut self, source: IpAddr, account: Account) {
        self.of.insert(source, account);
        self.by_end.insert((account.ends, source));
    }

    fn remove(&mut self, source: IpAddr) -> Option<Account> {
        let account = self.of.remove(&source)?;
        self.by_end.remove(&(account.ends, source));
        Some(account)
    }

    fn forget_ended(&mut self, now: Instant) {
        while let Some((ends, source)) = self.by_end.first().copied().filter(|(e, _)| *e <= now) {
            self.by_end.remove(&(ends, source));
            self.of.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    fn v6(n: u16) -> IpAddr {
        IpAddr::from([0x2001, 0xdb8, n, 0, 0, 0, 0, 0])
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn faults_add_up_bar_and_run_out() {
        let (mut penalties, start) = (Penalties::default(), Instant::now());
        assert_eq!(penalties.add(v4(1), Fault::Auth, start), None);
        assert_eq!(penalties.add(v4(1), Fault::Auth, start), None);
        assert!(!penalties.bars(v4(1), start), "two wrong certificates are a slip");
        assert_eq!(penalties.add(v4(1), Fault::Auth, start), Some(seconds(15)));
        assert!(penalties.bars(v4(1), start + seconds(14)));
        assert!(!penalties.bars(v4(2), start), "its neighbour pays nothing");
        assert!(!penalties.bars(v4(1), start + seconds(15)));
        assert_eq!(penalties.add(v4(1), Fault::Auth, start + seconds(15)), None, "paid is paid");
    }

    #[test]
    fn slips_that_come_slowly_never_bar() {
        let (mut penalties, start) = (Penalties::default(), Instant::now());
        for n in 0..1000 {
            let now = start + seconds(6 * n);
            assert_eq!(penalties.add(v4(1), Fault::Auth, now), None);
        }
    }

    #[test]
    fn a_crash_bars_at_once_and_nothing_bars_for_more_than_ten_minutes() {
        let (mut penalties, start) = (Penalties::default(), Instant::now());
        assert_eq!(penalties.add(v6(1), Fault::Crash, start), Some(seconds(90)));
        for _ in 0..100 {
            assert_eq!(penalties.add(v6(1), Fault::Slow, start), None, "barred already");
        }
        assert!(penalties.bars(v6(1), start + seconds(599)));
        assert!(!penalties.bars(v6(1), start + MOST));
        assert_eq!(penalties.barred(start + MOST), 0);
    }

    #[test]
    fn each_family_is_bounded_by_itself_and_the_worst_are_kept() {
        let (mut penalties, now) = (Penalties::default(), Instant::now());
        penalties.add(v6(1), Fault::Crash, now);
        penalties.add(v4(0), Fault::Crash, now);
        for n in 1..u32::try_from(ACCOUNTS).unwrap_or(u32::MAX) + 1000 {
            penalties.add(v4(n), Fault::Idle, now);
        }
        assert_eq!(penalties.v4.of.len(), ACCOUNTS);
        assert_eq!(penalties.v4.by_end.len(), ACCOUNTS);
        assert!(penalties.bars(v4(0), now) && penalties.bars(v6(1), now));
        assert_eq!(penalties.barred(now), 2);
    }
}
