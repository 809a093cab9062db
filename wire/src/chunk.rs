//! Payload of a tunnel: chunks with one 4-byte word, so that a clean end, a reset and a lost link
//! never look alike (F2.8), whatever the multiplexer underneath reports.
//!
//! A stream that stops without a word of its own was cut or lost: the receiver resets its side.

use crate::error::DecodeError;
use crate::limits::MAX_CHUNK;
use crate::reason::CloseReason;

/// Bytes of a word.
pub const WORD: usize = 4;
/// Where a word says how long its chunk is before it was packed.
const RAW: u32 = 16;
const END: u32 = 0;
const ABORT: u32 = 0xFFFF_FF00;

/// The word in front of `length` payload bytes (1 ..= [`MAX_CHUNK`]).
pub const fn data(length: u32) -> [u8; WORD] {
    length.to_be_bytes()
}

/// The word in front of `length` bytes that were packed from `raw` (both 1 ..= [`MAX_CHUNK`]). Only
/// where both sides said so: a reader that does not unpack takes it for a violation.
pub const fn packed(raw: u32, length: u32) -> [u8; WORD] {
    (raw << RAW | length).to_be_bytes()
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
    /// So many bytes of a packed chunk are at the front. With its last ones `raw` says how many it
    /// was packed from, before that it is 0.
    Packed {
        /// Bytes of it that are here.
        here: usize,
        /// What it unpacks to, exactly; known to be at most [`MAX_CHUNK`].
        raw: usize,
    },
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
    /// What the current chunk was packed from; 0 for a plain one.
    raw: usize,
    /// Whether packed chunks are agreed on.
    unpacks: bool,
}

impl Reader {
    /// One that reads packed chunks too.
    pub fn unpacking() -> Self {
        Self { unpacks: true, ..Self::default() }
    }

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
                word if word as usize <= MAX_CHUNK => (self.left, self.raw) = (word as usize, 0),
                word if self.unpacks => (self.left, self.raw) = packing(word)?,
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
        if self.raw == 0 {
            return Ok((skip, Piece::Data(here)));
        }
        let raw = if self.left == 0 { self.raw } else { 0 };
        Ok((skip, Piece::Packed { here, raw }))
    }

    /// Whether the stream stands between two chunks.
    pub const fn at_boundary(&self) -> bool {
        self.left == 0 && self.have == 0
    }
}

/// Length and unpacked length of a packed chunk.
fn packing(word: u32) -> Result<(usize, usize), DecodeError> {
    let (length, raw) = ((word & 0xFFFF) as usize, (word >> RAW) as usize);
    let claimed = length.max(raw);
    if length == 0 || claimed > MAX_CHUNK {
        return Err(DecodeError::TooLong { claimed: word as usize, bound: MAX_CHUNK });
    }
    Ok((length, raw))
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
                    Piece::Packed { here, .. } => part = &part[here..],
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
    fn a_packed_chunk_is_read_only_where_it_was_agreed_on() {
        let mut stream = packed(1000, 3).to_vec();
        stream.extend_from_slice(b"abc");
        stream.extend_from_slice(&abort(CloseReason::Revoked));
        assert!(Reader::default().next(&stream).is_err());
        let mut reader = Reader::unpacking();
        let next = |reader: &mut Reader, from: usize, to: usize| reader.next(&stream[from..to]);
        assert_eq!(next(&mut reader, 0, 6), Ok((4, Piece::Packed { here: 2, raw: 0 })));
        assert_eq!(next(&mut reader, 6, 11), Ok((0, Piece::Packed { here: 1, raw: 1000 })));
        assert_eq!(next(&mut reader, 7, 11), Ok((4, Piece::Abort(CloseReason::Revoked))));
        for bad in [packed(1, 0), packed(65_533, 1), packed(1, 65_533)] {
            assert!(Reader::unpacking().next(&bad).is_err(), "{bad:?}");
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
