//! Where TLS records begin in a stream that is seen piece by piece. Reads headers only.

/// Type, version and length.
const HEAD: usize = 5;

/// The place in one direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Records {
    head: [u8; HEAD],
    have: usize,
    body: usize,
}

impl Records {
    /// Whether the next byte begins a record.
    pub(super) const fn at_boundary(&self) -> bool {
        self.have == 0 && self.body == 0
    }

    /// Goes on in `bytes` to the end of the current record at most; how far that was.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        if self.body == 0 {
            at = bytes.len().min(HEAD - self.have);
            self.head[self.have..self.have + at].copy_from_slice(&bytes[..at]);
            self.have += at;
            if self.have < HEAD {
                return at;
            }
            self.have = 0;
            self.body = usize::from(u16::from_be_bytes([self.head[3], self.head[4]]));
        }
        let rest = self.body.min(bytes.len() - at);
        self.body -= rest;
        at + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_however_the_stream_is_cut() {
        let mut stream = Vec::new();
        for length in [0u8, 3, 200, 1] {
            stream.extend([23, 3, 3, 0, length]);
            stream.extend(vec![7; usize::from(length)]);
        }
        for piece in 1..stream.len() {
            let (mut records, mut begun) = (Records::default(), 0);
            for mut bytes in stream.chunks(piece) {
                while !bytes.is_empty() {
                    begun += usize::from(records.at_boundary());
                    let taken = records.advance(bytes);
                    bytes = &bytes[taken..];
                }
            }
            assert!(records.at_boundary());
            assert_eq!(begun, 4, "in pieces of {piece}");
        }
    }
}
