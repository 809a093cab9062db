//! One direction of a splice: read, write, and only then read again. Holds bytes only while the
//! receiving end takes no more.

use super::end::End;
use super::pack::{self, Packer};
use super::scratch;
use super::{Failure, Side, Stop};
use crate::lane::{LaneStream, Packet};
use std::io;
use std::task::{Context, Poll, ready};
use tokio::time::Instant;
use wire::CloseReason;
use wire::chunk::{self, Piece, WORD};
use wire::message::tunnel::Compress;

/// What one poll may move, so that one tunnel leaves room for the others of the thread.
pub(super) struct Budget(pub(super) usize);

/// How far a direction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Moving,
    /// The source ended; what is held goes out, then the end.
    Finishing,
    Done,
}

/// Bytes that were read and are not written yet.
enum Held {
    Nothing,
    /// The rest of a write that was not taken whole.
    Rest {
        bytes: Vec<u8>,
        at: usize,
    },
    /// A packet of a lane: up to `until` to be written, behind it not looked at yet.
    Packet {
        packet: Packet,
        at: usize,
        until: usize,
    },
}

pub(super) struct Direction {
    from: Side,
    phase: Phase,
    held: Held,
    /// Reads the source's chunks, if it is a lane.
    words: chunk::Reader,
    /// Packs chunks for the receiving lane, if that was agreed on.
    packer: Option<Packer>,
    /// What is here of a packed chunk from the source's lane; never more than one.
    packed: Vec<u8>,
    /// What it unpacked to, and how much of that was written.
    unpacked: Option<(Vec<u8>, usize)>,
    /// An abort that was read, passed on behind what stands before it.
    aborted: bool,
    /// A pipe may have buffered what was written.
    unflushed: bool,
    /// Since when the receiving end takes nothing although bytes wait.
    pub(super) blocked: Option<Instant>,
    /// Payload read in this poll.
    pub(super) moved: usize,
    /// The same as it was or will be on a lane.
    pub(super) wired: usize,
}

impl Direction {
    pub(super) fn new(from: Side, compress: Option<Compress>) -> Self {
        Self {
            from,
            phase: Phase::Moving,
            held: Held::Nothing,
            words: match compress {
                Some(Compress::Zstd) => chunk::Reader::unpacking(),
                None => chunk::Reader::default(),
            },
            packer: compress.map(|_| Packer::default()),
            packed: Vec::new(),
            unpacked: None,
            aborted: false,
            unflushed: false,
            blocked: None,
            moved: 0,
            wired: 0,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Whether a word towards the receiving lane would be read as a word.
    pub(super) fn between_chunks(&self) -> bool {
        matches!(self.held, Held::Nothing) && self.words.at_boundary() && !self.aborted
    }

    /// Moves bytes until the source has none, the receiver takes none, or the budget is spent.
    /// Ready when the direction is done.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut End,
        target: &mut End,
        budget: &mut Budget,
    ) -> Poll<Result<(), Stop>> {
        loop {
            ready!(self.poll_held(cx, target))?;
            match self.phase {
                Phase::Done => return Poll::Ready(Ok(())),
                Phase::Finishing => {
                    ready!(target.poll_finish(cx));
                    self.phase = Phase::Done;
                }
                Phase::Moving if budget.0 == 0 => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Phase::Moving => match self.poll_more(cx, source, target, budget) {
                    Poll::Ready(outcome) => outcome?,
                    Poll::Pending => {
                        ready!(self.poll_flush(cx, target))?;
                        return Poll::Pending;
                    }
                },
            }
        }
    }

    /// Looks whether a source that has ended cleanly is still there: its other half may be lost.
    pub(super) fn poll_watch(&mut self, cx: &mut Context<'_>, source: &mut End) -> Poll<Stop> {
        let End::Lane(lane) = source else { return Poll::Pending };
        let Some(Ok(packet)) = ready!(lane.poll_packet(cx)) else {
            return Poll::Ready(Failure::Lost.at(self.from));
        };
        Poll::Ready(match self.words.next(packet.bytes()) {
            Ok((_, Piece::Abort(reason))) => Stop::Told { reason, by: self.from },
            _ => Failure::Violation.at(self.from),
        })
    }

    /// Whether the source is gone although bytes of it wait here. Asked while the receiver takes
    /// nothing: nobody would notice otherwise.
    pub(super) fn source_gone(&self, source: &mut End) -> Option<Stop> {
        match source {
            End::Tcp(tcp) => self.broken(tcp.take_error()),
            End::Unix(unix) => self.broken(unix.take_error()),
            End::Tls(tls) => self.broken(tls.tcp().take_error()),
            End::Lane(lane) if self.phase == Phase::Moving && lane.is_closed() => {
                self.foretell(lane)
            }
            End::Lane(_) | End::Pipe(..) => None,
        }
    }

    fn broken(&self, error: io::Result<Option<io::Error>>) -> Option<Stop> {
        match error {
            Ok(None) => None,
            Ok(Some(_)) | Err(_) => Some(Failure::Reset.at(self.from)),
        }
    }

    /// Why the source's lane was closed, if it said so in bytes that were not read yet.
    pub(super) fn last_words(&self, source: &mut End) -> Option<CloseReason> {
        let End::Lane(lane) = source else { return None };
        match self.foretell(lane) {
            Some(Stop::Told { reason, .. }) => Some(reason),
            _ => None,
        }
    }

    /// How a closed lane's bytes end: None if with a clean end, which is still to be delivered.
    fn foretell(&self, lane: &mut LaneStream) -> Option<Stop> {
        let mut words = self.words.clone();
        let here = match &self.held {
            Held::Packet { packet, until, .. } => &packet.bytes()[*until..],
            Held::Nothing | Held::Rest { .. } => &[],
        };
        for mut bytes in [here, lane.remains()] {
            while !bytes.is_empty() {
                match words.next(bytes) {
                    Ok((skip, Piece::Data(count) | Piece::Packed { here: count, .. })) => {
                        bytes = &bytes[skip + count..];
                    }
                    Ok((skip, Piece::More)) => bytes = &bytes[skip..],
                    Ok((_, Piece::End)) => return None,
                    Ok((_, Piece::Abort(reason))) => {
                        return Some(Stop::Told { reason, by: self.from });
                    }
                    Err(_) => return Some(Failure::Violation.at(self.from)),
                }
            }
        }
        Some(Failure::Lost.at(self.from))
    }

    fn poll_held(&mut self, cx: &mut Context<'_>, target: &mut End) -> Poll<Result<(), Stop>> {
        ready!(self.poll_unpacked(cx, target))?;
        loop {
            let (bytes, at) = match &mut self.held {
                Held::Nothing => return Poll::Ready(Ok(())),
                Held::Packet { at, until, .. } if at == until => {
                    if target.is_lane() {
                        // Passed on whole; towards a raw end there may be more behind `until`.
                        self.held = Held::Nothing;
                    }
                    return Poll::Ready(Ok(()));
                }
                Held::Rest { bytes, at } => (&bytes[*at..], at),
                Held::Packet { packet, at, until } => (&packet.bytes()[*at..*until], at),
            };
            match target.poll_write(cx, bytes) {
                Poll::Ready(Ok(count)) => {
                    *at += count;
                    self.blocked = None;
                    self.unflushed = true;
                }
                Poll::Ready(Err(failure)) => {
                    return Poll::Ready(Err(failure.at(self.from.other())));
                }
                Poll::Pending => return self.block(),
            }
            if matches!(&self.held, Held::Rest { bytes, at } if *at == bytes.len()) {
                self.held = Held::Nothing;
            }
        }
    }

    fn block(&mut self) -> Poll<Result<(), Stop>> {
        self.blocked.get_or_insert_with(Instant::now);
        Poll::Pending
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>, target: &mut End) -> Poll<Result<(), Stop>> {
        if self.unflushed {
            let flushed = ready!(target.poll_flush(cx));
            flushed.map_err(|failure| failure.at(self.from.other()))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_more(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut End,
        target: &mut End,
        budget: &mut Budget,
    ) -> Poll<Result<(), Stop>> {
        match source {
            End::Lane(lane) if target.is_lane() => self.poll_passed(cx, lane, target, budget),
            End::Lane(lane) => self.poll_packet(cx, lane, budget),
            End::Tcp(_) | End::Unix(_) | End::Tls(_) | End::Pipe(..) => {
                self.poll_raw(cx, source, target, budget)
            }
        }
    }

    /// Raw bytes: into the thread's buffer, a word in front if a lane takes them, one write.
    fn poll_raw(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut End,
        target: &mut End,
        budget: &mut Budget,
    ) -> Poll<Result<(), Stop>> {
        match target.poll_room(cx) {
            Poll::Ready(Ok(())) => self.blocked = None,
            Poll::Ready(Err(failure)) => return Poll::Ready(Err(failure.at(self.from.other()))),
            Poll::Pending => return self.block(),
        }
        scratch::with(|buffer| {
            let count = ready!(source.poll_read(cx, &mut buffer[WORD..]));
            let count = count.map_err(|_| source.failure().at(self.from))?;
            if let Some(chunk) = self.packable(&buffer[WORD..WORD + count], target) {
                return self.send_packed(cx, chunk, count, target, budget);
            }
            self.count(count, count, budget);
            let from = if target.is_lane() {
                let word = u32::try_from(count).map(chunk::data);
                // Zero is the word of the end, as zero bytes are the end of the source.
                buffer[..WORD].copy_from_slice(&word.unwrap_or(chunk::end()));
                0
            } else {
                WORD
            };
            if count == 0 {
                self.phase = Phase::Finishing;
            }
            let bytes = &buffer[from..WORD + count];
            if bytes.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let written = match target.poll_write(cx, bytes) {
                Poll::Ready(outcome) => outcome.map_err(|f| f.at(self.from.other()))?,
                Poll::Pending => 0,
            };
            self.unflushed = true;
            if written < bytes.len() {
                self.held = Held::Rest { bytes: bytes[written..].to_vec(), at: 0 };
            }
            Poll::Ready(Ok(()))
        })
    }

    /// These bytes packed, if they go to a lane that takes that and get smaller by it.
    fn packable(&mut self, bytes: &[u8], target: &End) -> Option<Vec<u8>> {
        let packer = self.packer.as_mut().filter(|_| target.is_lane())?;
        packer.pack(bytes)
    }

    /// A packed chunk with its word, in one write.
    fn send_packed(
        &mut self,
        cx: &mut Context<'_>,
        packed: Vec<u8>,
        raw: usize,
        target: &mut End,
        budget: &mut Budget,
    ) -> Poll<Result<(), Stop>> {
        let lengths = (u32::try_from(raw), u32::try_from(packed.len()));
        let (Ok(long), Ok(short)) = lengths else {
            return Poll::Ready(Err(Failure::Violation.at(self.from)));
        };
        self.count(raw, packed.len(), budget);
        let mut bytes = chunk::packed(long, short).to_vec();
        bytes.extend_from_slice(&packed);
        self.held = Held::Rest { bytes, at: 0 };
        self.poll_held(cx, target)
    }

    /// Takes a packed chunk apart once it is whole.
    fn unpack(&mut self, raw: usize, budget: &mut Budget) -> Poll<Result<(), Stop>> {
        if raw == 0 {
            return Poll::Ready(Ok(()));
        }
        let packed = std::mem::take(&mut self.packed);
        let Some(bytes) = pack::unpack(&packed, raw) else {
            return Poll::Ready(Err(Failure::Violation.at(self.from)));
        };
        self.count(raw, packed.len(), budget);
        self.unpacked = Some((bytes, 0));
        Poll::Ready(Ok(()))
    }

    /// Writes what was unpacked, before anything else.
    fn poll_unpacked(&mut self, cx: &mut Context<'_>, target: &mut End) -> Poll<Result<(), Stop>> {
        while let Some((bytes, at)) = self.unpacked.as_mut() {
            match target.poll_write(cx, &bytes[*at..]) {
                Poll::Ready(Ok(count)) => {
                    *at += count;
                    let is_whole = *at == bytes.len();
                    self.blocked = None;
                    self.unflushed = true;
                    if is_whole {
                        self.unpacked = None;
                    }
                }
                Poll::Ready(Err(failure)) => {
                    return Poll::Ready(Err(failure.at(self.from.other())));
                }
                Poll::Pending => return self.block(),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// A lane's packet towards a raw end: its payload piece by piece, without a copy.
    fn poll_packet(
        &mut self,
        cx: &mut Context<'_>,
        lane: &mut LaneStream,
        budget: &mut Budget,
    ) -> Poll<Result<(), Stop>> {
        let Held::Packet { packet, at, until } = &mut self.held else {
            let packet = ready!(self.poll_next(cx, lane))?;
            self.held = Held::Packet { packet, at: 0, until: 0 };
            return Poll::Ready(Ok(()));
        };
        let rest = &packet.bytes()[*until..];
        let (skip, piece) = self.words.next(rest).map_err(|_| Failure::Violation.at(self.from))?;
        *at = *until + skip;
        *until = *at;
        match piece {
            Piece::Data(count) => {
                *until += count;
                self.count(count, count, budget);
            }
            Piece::Packed { here, raw } => {
                self.packed.extend_from_slice(&packet.bytes()[*at..*at + here]);
                *until += here;
                *at = *until;
                return self.unpack(raw, budget);
            }
            Piece::More => self.held = Held::Nothing,
            Piece::End => {
                self.held = Held::Nothing;
                self.phase = Phase::Finishing;
            }
            Piece::Abort(reason) => {
                return Poll::Ready(Err(Stop::Told { reason, by: self.from }));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// A lane's packet towards a lane: passed on as it is; its words are only looked at.
    fn poll_passed(
        &mut self,
        cx: &mut Context<'_>,
        lane: &mut LaneStream,
        target: &mut End,
        budget: &mut Budget,
    ) -> Poll<Result<(), Stop>> {
        let packet = ready!(self.poll_next(cx, lane))?;
        let (mut until, mut payload, mut wired, mut told) = (0, 0, 0, None);
        while until < packet.bytes().len() {
            let next = self.words.next(&packet.bytes()[until..]);
            let (skip, piece) = next.map_err(|_| Failure::Violation.at(self.from))?;
            until += skip;
            match piece {
                Piece::Data(count) => {
                    until += count;
                    payload += count;
                    wired += count;
                }
                Piece::Packed { here, raw } => {
                    until += here;
                    payload += raw;
                    wired += here;
                }
                Piece::More => {}
                Piece::End => {
                    self.phase = Phase::Finishing;
                    break;
                }
                Piece::Abort(reason) => {
                    self.aborted = true;
                    told = Some(Stop::Told { reason, by: self.from });
                    break;
                }
            }
        }
        self.count(payload, wired, budget);
        self.held = Held::Packet { packet, at: 0, until };
        let Some(told) = told else { return Poll::Ready(Ok(())) };
        // The abort goes through if it can at once; if not, the reset of the stream says it.
        let _ = self.poll_held(cx, target);
        Poll::Ready(Err(told))
    }

    fn poll_next(&self, cx: &mut Context<'_>, lane: &mut LaneStream) -> Poll<Result<Packet, Stop>> {
        Poll::Ready(match ready!(lane.poll_packet(cx)) {
            Some(Ok(packet)) => Ok(packet),
            // No end and no abort was read: whatever it was, it was not an end.
            Some(Err(_)) | None => Err(Failure::Lost.at(self.from)),
        })
    }

    const fn count(&mut self, payload: usize, wired: usize, budget: &mut Budget) {
        self.moved += payload;
        self.wired += wired;
        budget.0 = budget.0.saturating_sub(payload);
    }
}
