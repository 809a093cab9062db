//! Packing of single chunks (zstd, RFC 8878): each is a frame of its own, so that a tunnel keeps no state
//! between two, nothing waits for more to come, and what unpacks is bounded by the chunk's own word.

use std::cell::RefCell;
use wire::limits::MAX_CHUNK;
use zstd::bulk::{Compressor, Decompressor};

/// The fastest of the usual levels: the processor is shared with everything else that moves.
const LEVEL: i32 = 1;
/// Less than this is not worth a frame's own bytes.
const LEAST: usize = 96;
/// What has to be saved, as a share.
const SAVES: usize = 16;
/// Chunks in a row that save nothing until it is tried less often.
const PATIENCE: u32 = 4;
/// Chunks that are left alone at most until the next try.
const MOST_SKIPPED: u32 = 256;

thread_local! {
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// One direction's packing: stops by itself where it saves nothing, and looks again now and then.
#[derive(Debug, Default)]
pub(super) struct Packer {
    /// Tries in a row that saved nothing.
    misses: u32,
    skip: u32,
}

impl Packer {
    /// The chunk packed, if that is worth it.
    pub(super) fn pack(&mut self, chunk: &[u8]) -> Option<Vec<u8>> {
        if chunk.len() < LEAST {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        let packed = pack(chunk);
        self.misses = if packed.is_some() { 0 } else { self.misses.saturating_add(1) };
        if self.misses >= PATIENCE {
            let doubled = 1_u32.checked_shl(self.misses - PATIENCE + 2).unwrap_or(MOST_SKIPPED);
            self.skip = doubled.min(MOST_SKIPPED);
        }
        packed
    }
}

fn pack(chunk: &[u8]) -> Option<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| {
        if packer.is_none() {
            *packer = Compressor::new(LEVEL).ok();
        }
        // A frame that does not fit saves too little.
        let mut out = vec![0; chunk.len() - chunk.len() / SAVES];
        let length = packer.as_mut()?.compress_to_buffer(chunk, out.as_mut_slice()).ok()?;
        out.truncate(length);
        Some(out)
    })
}

/// The `raw` bytes that this chunk was packed from; `None` if it is not that.
pub(super) fn unpack(chunk: &[u8], raw: usize) -> Option<Vec<u8>> {
    if raw > MAX_CHUNK {
        return None;
    }
    UNPACKER.with_borrow_mut(|unpacker| {
        if unpacker.is_none() {
            *unpacker = Decompressor::new().ok();
        }
        // Never more than the word said: a frame that holds more is refused, not unpacked.
        let mut out = vec![0; raw];
        let length = unpacker.as_mut()?.decompress_to_buffer(chunk, out.as_mut_slice()).ok()?;
        (length == raw).then_some(out)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::harness::Parser;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let next = |state: &mut u64| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            state.to_le_bytes()[0]
        };
        (0..length).map(|_| next(&mut state)).collect()
    }

    #[test]
    fn what_packs_comes_back_and_what_does_not_is_left_alone_more_and_more() {
        let mut packer = Packer::default();
        let text = b"the same words again and again, ".repeat(1000);
        let packed = packer.pack(&text).unwrap();
        assert!(packed.len() * 20 < text.len(), "{}", packed.len());
        assert_eq!(unpack(&packed, text.len()).unwrap(), text);
        assert_eq!(unpack(&packed, text.len() - 1), None, "more than was said");
        assert_eq!(unpack(&packed, text.len() + 1), None, "less than was said");
        assert_eq!(packer.pack(&text[..50]), None, "too little to be worth it");

        let noise = noise(60_000);
        let mut skipped = 0;
        for _ in 0..2000 {
            skipped += u32::from(packer.skip > 0);
            assert_eq!(packer.pack(&noise), None);
        }
        assert!(skipped > 1900, "{skipped} of 2000 were not even tried");
        let back = (0..=MOST_SKIPPED).find(|_| packer.pack(&text).is_some());
        assert!(back.is_some(), "it is tried again");
        assert_eq!(packer.misses, 0);
    }

    /// A bomb costs what its word says, and a word says at most one chunk.
    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], LEVEL).unwrap();
        assert!(bomb.len() < MAX_CHUNK, "{}", bomb.len());
        assert_eq!(unpack(&bomb, MAX_CHUNK), None);
        assert_eq!(unpack(&bomb, 64 << 20), None);
    }

    #[test]
    fn packed_chunks_survive_mutation() {
        Parser::new("packed", 4096).survives(|input| {
            for raw in [1, 100, MAX_CHUNK] {
                if let Some(out) = unpack(input, raw) {
                    assert_eq!(out.len(), raw);
                    let again = pack(&out).map(|packed| unpack(&packed, raw).unwrap());
                    assert!(again.is_none_or(|again| again == out));
                }
            }
        });
    }
}
