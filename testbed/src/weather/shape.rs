//! What a way does to the bytes of one direction in clear weather: cut into pieces, late, slow, with a
//! wrong bit, and over after so many. Seeded: the same connections meet the same.

use crate::dice::Dice;
use std::time::Duration;

/// A way's bad habits in one direction. The default has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// Bytes pass in pieces of at most so many, of random size.
    pub pieces: Option<usize>,
    /// Each piece is late by a random time up to this.
    pub late: Duration,
    /// Of what arrives together, one time in four, all is held back by a random time up to this.
    pub held: Duration,
    /// Bytes per second.
    pub rate: Option<u32>,
    /// The byte, counted from 0, that arrives with a wrong bit.
    pub flip: Option<u64>,
    /// After how many bytes it is over, and how.
    pub over: Option<(u64, Over)>,
}

impl Shape {
    /// What any way does now and then, and nobody may notice but by a clock: pieces of up to 8 KiB, and
    /// 2 ms at most. What is large stays quick.
    pub fn mild() -> Self {
        Self { pieces: Some(8 * 1024), held: Duration::from_millis(2), ..Self::default() }
    }
}

/// How a connection, or one direction of it, is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Both directions end in order.
    End,
    /// Both are reset.
    Reset,
    /// Nothing more passes in this direction, and nobody is told.
    Silence,
    /// This direction ends in order, the other goes on.
    Half,
}

/// Which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From who connects to where it leads.
    Up,
    /// Back.
    Down,
}

/// One direction of one connection.
#[derive(Debug)]
pub(super) struct Shaped {
    shape: Shape,
    passed: u64,
    dice: Dice,
}

impl Shaped {
    pub(super) const fn new(shape: Shape, seed: u64) -> Self {
        Self { shape, passed: 0, dice: Dice::new(seed) }
    }

    /// Whether everything passes as it comes.
    pub(super) fn is_plain(&self) -> bool {
        let Shape { pieces, late, held, rate, flip, over } = self.shape;
        let in_time = late.is_zero() && held.is_zero() && rate.is_none();
        in_time && pieces.is_none() && flip.is_none() && over.is_none()
    }

    /// How long what has arrived is held back.
    pub(super) fn held(&mut self) -> Duration {
        if self.dice.below(4) == 0 { self.up_to(self.shape.held) } else { Duration::ZERO }
    }

    /// The next piece of `bytes`, as it arrives, and after how long.
    pub(super) fn next(&mut self, bytes: &[u8]) -> (Vec<u8>, Duration) {
        let most = self.shape.pieces.unwrap_or(bytes.len()).clamp(1, bytes.len().max(1));
        let mut take = 1 + self.dice.below(most as u64);
        if self.shape.pieces.is_none() {
            take = bytes.len() as u64;
        }
        if let Some((after, _)) = self.shape.over {
            take = take.min(after.saturating_sub(self.passed));
        }
        let take = usize::try_from(take).unwrap_or(usize::MAX).min(bytes.len());
        let mut piece = bytes[..take].to_vec();
        let at = self.shape.flip.and_then(|at| at.checked_sub(self.passed));
        if let Some(byte) = at.and_then(|at| piece.get_mut(usize::try_from(at).ok()?)) {
            *byte ^= 1;
        }
        self.passed += take as u64;
        let late = self.up_to(self.shape.late);
        let slow = self.shape.rate.map(|rate| Duration::from_secs(take as u64) / rate.max(1));
        (piece, late + slow.unwrap_or_default())
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.dice.below(most.saturating_add(1)))
    }

    /// How it is over, if it is.
    pub(super) fn over(&self) -> Option<Over> {
        self.shape.over.filter(|(after, _)| self.passed >= *after).map(|(_, over)| over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mild_way_cuts_and_holds_back_and_a_gigabyte_is_seconds_late() {
        let (block, mut held) = (vec![0; 64 * 1024], Vec::new());
        let mut way = Shaped::new(Shape::mild(), 7);
        for _ in 0..(1 << 30) / block.len() {
            held.push(way.held());
        }
        assert!(held.iter().all(|held| *held <= Duration::from_millis(2)));
        let late = held.iter().sum::<Duration>();
        assert!((1..=8).contains(&late.as_secs()), "{late:?}");
        let (mut rest, mut pieces) = (&block[..], 0);
        while !rest.is_empty() {
            let (piece, late) = way.next(rest);
            assert!(piece.len() <= 8 * 1024 && late.is_zero());
            (rest, pieces) = (&rest[piece.len()..], pieces + 1);
        }
        assert!(pieces >= 8, "{pieces}");
    }
}
