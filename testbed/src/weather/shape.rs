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
    /// Bytes per second.
    pub rate: Option<u32>,
    /// The byte, counted from 0, that arrives with a wrong bit.
    pub flip: Option<u64>,
    /// After how many bytes it is over, and how.
    pub over: Option<(u64, Over)>,
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
        let Shape { pieces, late, rate, flip, over } = self.shape;
        pieces.is_none() && late.is_zero() && rate.is_none() && flip.is_none() && over.is_none()
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
        let late = u64::try_from(self.shape.late.as_micros()).unwrap_or(u64::MAX);
        let late = Duration::from_micros(self.dice.below(late.saturating_add(1)));
        let slow = self.shape.rate.map(|rate| Duration::from_secs(take as u64) / rate.max(1));
        (piece, late + slow.unwrap_or_default())
    }

    /// How it is over, if it is.
    pub(super) fn over(&self) -> Option<Over> {
        self.shape.over.filter(|(after, _)| self.passed >= *after).map(|(_, over)| over)
    }
}
