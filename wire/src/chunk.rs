//! Payload of a tunnel: chunks with one 4-byte word, so that a clean end, a reset and a lost link
//! never look alike (F2.8), whatever the multiplexer underneath reports.
//!
//! A stream that stops without a word of its own was cut or lost: the receiver resets its side.

use crate::error::DecodeError;
use crate::limits::MAX_CHUNK;
use crate::reason::CloseReason;

/// Bytes of a word.
pub const WORD: usize = 4;
const END: u32 = 0;
const ABORT: u32 = 0xFFFF_FF00;

/// The word in front of `length` payload bytes (1 ..= [`MAX_CHUNK`]).
pub const fn data(length: u32) -> [u8; WORD] {
    length.to_be_bytes()
}

/// The word of a clean end: this direction is finished (TCP FIN).
pub const fn end() -> [u8; WORD] {
    END.to_be_bytes()
}

/// The word of a reset, with its reason.
pub const fn abort(reason: CloseReason) -> [u8; WORD] {
    (ABORT | reason.code() as u32).to_be_bytes()
}

/// What the next bytes of a direction are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// This many payload bytes are at the front of the rest of the input.
    Data(usize),
    /// The direction ended cleanly.
    End,
    /// The peer reset the tunnel. An unknown reason reads as [`CloseReason::Internal`].
    Abort(CloseReason),
    /// More bytes are needed.
    More,
}

/// Reads words out of a byte stream that may be split anywhere; copies no payload.
#[derive(Debug, Default, Clone)]
pub struct Reader {
    word: [u8; WORD],
    have: usize,
    left: usize,
}

impl Reader {
    /// Looks at `input` and says what its front is. The first number is how many bytes of framing
    /// to skip; a [`Piece::Data`] length follows them and counts as consumed.
    ///
    /// # Errors
    /// A word that is neither a length within the bound, nor the end, nor an abort.
    pub fn next(&mut self, input: &[u8]) -> Result<(usize, Piece), DecodeError> {
        let mut skip = 0;
        if self.left == 0 {
            while self.have < WORD {
                let Some(byte) = input.get(skip) else { return Ok((skip, Piece::More)) };
                self.word[self.have] = *byte;
                self.have += 1;
                skip += 1;
            }
            self.have = 0;
            match u32::from_be_bytes(self.word) {
                END => return Ok((skip, Piece::End)),
                word if word & ABORT == ABORT => {
                    let reason =
                        CloseReason::from_code(self.word[3]).unwrap_or(CloseReason::Internal);
                    return Ok((skip, Piece::Abort(reason)));
                }
                word if word as usize <= MAX_CHUNK => self.left = word as usize,
                word => {
                    return Err(DecodeError::TooLong { claimed: word as usize, bound: MAX_CHUNK });
                }
            }
        }
        let here = self.left.min(input.len() - skip);
        if here == 0 {
            return Ok((skip, Piece::More));
        }
        self.left -= here;
        Ok((skip, Piece::Data(here)))
    }

    /// Whether the stream stands between two chunks.
    pub const fn at_boundary(&self) -> bool {
        self.left == 0 && self.have == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(mut input: &[u8], split: usize) -> Result<(Vec<u8>, Option<Piece>), DecodeError> {
        let (mut reader, mut payload) = (Reader::default(), Vec::new());
        while !input.is_empty() {
            let (mut part, rest) = input.split_at(split.clamp(1, input.len()));
            input = rest;
            while !part.is_empty() {
                let (skip, piece) = reader.next(part)?;
                part = &part[skip..];
                match piece {
                    Piece::Data(n) => {
                        payload.extend_from_slice(&part[..n]);
                        part = &part[n..];
                    }
                    Piece::More => {}
                    last => return Ok((payload, Some(last))),
                }
            }
        }
        Ok((payload, None))
    }

    proptest! {
        #[test]
        fn payload_survives_any_split(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..8), split in 1usize..40) {
            let mut stream = Vec::new();
            for chunk in &chunks {
                stream.extend_from_slice(&data(u32::try_from(chunk.len()).unwrap_or(0)));
                stream.extend_from_slice(chunk);
            }
            stream.extend_from_slice(&end());
            prop_assert_eq!(read(&stream, split), Ok((chunks.concat(), Some(Piece::End))));
        }

        #[test]
        fn no_bytes_panic(stream in prop::collection::vec(any::<u8>(), 0..400), split in 1usize..40) {
            let _ = read(&stream, split);
        }
    }

    #[test]
    fn an_abort_carries_its_reason_and_a_cut_is_no_end() {
        let mut stream = data(3).to_vec();
        stream.extend_from_slice(b"abc");
        stream.extend_from_slice(&abort(CloseReason::Revoked));
        assert_eq!(
            read(&stream, 1),
            Ok((b"abc".to_vec(), Some(Piece::Abort(CloseReason::Revoked))))
        );
        assert_eq!(read(&stream[..5], 2), Ok((b"a".to_vec(), None)));
    }
}
