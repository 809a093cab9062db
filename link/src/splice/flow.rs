//! One direction of a splice: read → write all of it → only then read again.

use super::end::Side;
use crate::lane::Received;
use crate::meter::Meter;
use std::cell::RefCell;
use std::io;
use std::task::{Context, Poll, ready};
use wire::chunk::{self, Piece, Reader, WORD};
use wire::limits::MAX_CHUNK;
use wire::{CloseReason, DecodeError};

/// Bytes moved in one turn before other tasks get theirs.
const TURN: usize = 512 * 1024;

thread_local! {
    /// Where sockets are read into: one buffer per thread instead of one per tunnel. The first four
    /// bytes are the chunk's word, so that word and payload leave as one frame without a copy.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; WORD + MAX_CHUNK]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

/// How a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlowEnd {
    Clean,
    Broken(CloseReason),
}

/// Bytes that were read and are not yet written.
enum Waiting {
    Nothing,
    /// What a sink did not take at once, from this offset on.
    Bytes(Vec<u8>, usize),
    /// Received from a lane for a lane: the bytes of this range go on as they are.
    Pass(Received, usize, usize),
    /// Received from a lane for a raw side: looked at up to here, then so many payload bytes.
    Unwrap(Received, usize, usize),
}

/// What follows when all that was read is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Read,
    /// The source ended: the sink is told.
    End,
    /// The source ended, and its own word has told the sink.
    Done,
}

pub(super) struct Flow {
    way: Way,
    waiting: Waiting,
    reader: Reader,
    then: Then,
    done: bool,
}

impl Flow {
    pub(super) fn new(way: Way) -> Self {
        Self {
            way,
            waiting: Waiting::Nothing,
            reader: Reader::default(),
            then: Then::Read,
            done: false,
        }
    }

    pub(super) const fn is_done(&self) -> bool {
        self.done
    }

    /// What was written so far ends with a whole chunk.
    pub(super) const fn is_between_chunks(&self) -> bool {
        !self.is_waiting() && self.reader.at_boundary()
    }

    /// Bytes wait for the sink.
    pub(super) const fn is_waiting(&self) -> bool {
        !matches!(self.waiting, Waiting::Nothing)
    }

    /// Moves what can be moved. Ready when the direction ended; later only if its source breaks.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Side,
        to: &mut Side,
        meter: &Meter,
    ) -> Poll<FlowEnd> {
        if self.done {
            return self.poll_after_end(cx, from);
        }
        let mut turn = 0;
        while turn < TURN {
            let step = match (self.is_waiting(), self.then) {
                (true, _) => self.poll_write(cx, to, meter),
                (false, Then::Read) => self.poll_read(cx, from, to, meter),
                (false, then) => {
                    if then == Then::End && ready!(poll_end(cx, to)).is_err() {
                        return Poll::Ready(FlowEnd::Broken(self.sink_lost(to)));
                    }
                    self.done = true;
                    return Poll::Ready(FlowEnd::Clean);
                }
            };
            match step {
                Poll::Ready(Ok(moved)) => turn += moved,
                Poll::Ready(Err(reason)) => return Poll::Ready(FlowEnd::Broken(reason)),
                Poll::Pending if self.is_waiting() => return Poll::Pending,
                Poll::Pending => {
                    // Only pipes buffer, and what they fail to flush fails the next write.
                    let _ = to.poll_flush(cx);
                    return Poll::Pending;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// A lane that ended cleanly in this direction can still be aborted or lost.
    fn poll_after_end(&mut self, cx: &mut Context<'_>, from: &mut Side) -> Poll<FlowEnd> {
        let Side::Lane(lane) = from else { return Poll::Pending };
        loop {
            let Some(Ok(received)) = ready!(lane.poll_received(cx)) else {
                return Poll::Ready(FlowEnd::Broken(self.source_lost()));
            };
            if let Ok((_, Piece::Abort(reason))) = self.reader.next(received.as_ref()) {
                return Poll::Ready(FlowEnd::Broken(reason));
            }
        }
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Side,
        to: &mut Side,
        meter: &Meter,
    ) -> Step {
        match from {
            Side::Lane(lane) => match ready!(lane.poll_received(cx)) {
                Some(Ok(received)) if to.is_lane() => self.pass(received, meter),
                Some(Ok(received)) => {
                    self.waiting = Waiting::Unwrap(received, 0, 0);
                    Poll::Ready(Ok(0))
                }
                // No word of an end came before: cut or lost.
                Some(Err(_)) | None => Poll::Ready(Err(self.source_lost())),
            },
            _ => {
                SCRATCH.with_borrow_mut(|scratch| self.poll_read_raw(cx, from, to, meter, scratch))
            }
        }
    }

    /// Reads a raw side into the scratch buffer and hands it on at once; only what the sink does
    /// not take is copied aside.
    fn poll_read_raw(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut Side,
        to: &mut Side,
        meter: &Meter,
        scratch: &mut [u8],
    ) -> Step {
        let (word, payload) = scratch.split_at_mut(WORD);
        let length = match ready!(from.poll_read(cx, payload)) {
            Ok(0) => {
                self.then = Then::End;
                return Poll::Ready(Ok(0));
            }
            Ok(length) => length,
            Err(_) => return Poll::Ready(Err(self.source_reset())),
        };
        word.copy_from_slice(&chunk::data(u32::try_from(length).unwrap_or_default()));
        let start = if to.is_lane() { 0 } else { WORD };
        let bytes = scratch.get(start..WORD + length).unwrap_or_default();
        self.count(meter, length);
        let taken = match to.poll_write(cx, bytes) {
            Poll::Ready(Ok(taken)) => taken,
            Poll::Ready(Err(_)) => return Poll::Ready(Err(self.sink_lost(to))),
            Poll::Pending => 0,
        };
        if let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            self.waiting = Waiting::Bytes(rest.to_vec(), 0);
        }
        Poll::Ready(Ok(length))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, to: &mut Side, meter: &Meter) -> Step {
        match std::mem::replace(&mut self.waiting, Waiting::Nothing) {
            Waiting::Nothing => Poll::Ready(Ok(0)),
            Waiting::Bytes(bytes, at) => {
                let result = to.poll_write(cx, bytes.get(at..).unwrap_or_default());
                let end = bytes.len();
                self.written(result, to, at, end, |at| Waiting::Bytes(bytes, at))
            }
            Waiting::Pass(received, at, end) => {
                let result = to.poll_write(cx, received.as_ref().get(at..end).unwrap_or_default());
                self.written(result, to, at, end, |at| Waiting::Pass(received, at, end))
            }
            Waiting::Unwrap(received, at, payload) => {
                self.poll_unwrap(cx, to, meter, received, at, payload)
            }
        }
    }

    fn written(
        &mut self,
        result: Poll<io::Result<usize>>,
        to: &Side,
        at: usize,
        end: usize,
        rest: impl FnOnce(usize) -> Waiting,
    ) -> Step {
        match result {
            Poll::Ready(Ok(taken)) if taken > 0 => {
                if at + taken < end {
                    self.waiting = rest(at + taken);
                }
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(_) => Poll::Ready(Err(self.sink_lost(to))),
            Poll::Pending => {
                self.waiting = rest(at);
                Poll::Pending
            }
        }
    }

    /// Lane to lane: the bytes go on as they are; the words are only read.
    fn pass(&mut self, received: Received, meter: &Meter) -> Step {
        let bytes = received.as_ref();
        let (mut rest, mut payload) = (bytes, 0);
        while !rest.is_empty() && self.then == Then::Read {
            let (skip, piece) = match self.reader.next(rest) {
                Ok(next) => next,
                Err(error) => return Poll::Ready(Err(broken(&error))),
            };
            rest = rest.get(skip..).unwrap_or_default();
            match piece {
                Piece::Data(length) => {
                    payload += length;
                    rest = rest.get(length..).unwrap_or_default();
                }
                Piece::More => {}
                Piece::Abort(reason) => return Poll::Ready(Err(reason)),
                Piece::End => self.then = Then::Done,
            }
        }
        self.count(meter, payload);
        let end = bytes.len() - rest.len();
        self.waiting = Waiting::Pass(received, 0, end);
        Poll::Ready(Ok(0))
    }

    /// Lane to raw: payload is written straight out of the received packet.
    fn poll_unwrap(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut Side,
        meter: &Meter,
        received: Received,
        mut at: usize,
        mut payload: usize,
    ) -> Step {
        let mut moved = 0;
        loop {
            let rest = received.as_ref().get(at..).unwrap_or_default();
            if payload == 0 {
                if rest.is_empty() {
                    return Poll::Ready(Ok(moved));
                }
                match self.reader.next(rest) {
                    Ok((skip, piece)) => {
                        at += skip;
                        match piece {
                            Piece::Data(length) => payload = length,
                            Piece::More => {}
                            Piece::Abort(reason) => return Poll::Ready(Err(reason)),
                            Piece::End => {
                                self.then = Then::End;
                                return Poll::Ready(Ok(moved));
                            }
                        }
                    }
                    Err(error) => return Poll::Ready(Err(broken(&error))),
                }
                continue;
            }
            let part = rest.get(..payload).unwrap_or(rest);
            match to.poll_write(cx, part) {
                Poll::Ready(Ok(taken)) if taken > 0 => {
                    self.count(meter, taken);
                    (at, payload, moved) = (at + taken, payload - taken, moved + taken);
                }
                Poll::Ready(_) => return Poll::Ready(Err(self.sink_lost(to))),
                Poll::Pending => {
                    self.waiting = Waiting::Unwrap(received, at, payload);
                    return Poll::Pending;
                }
            }
        }
    }

    fn count(&self, meter: &Meter, bytes: usize) {
        match self.way {
            Way::Up => meter.add_up(bytes),
            Way::Down => meter.add_down(bytes),
        }
    }

    const fn source_reset(&self) -> CloseReason {
        match self.way {
            Way::Up => CloseReason::ClientReset,
            Way::Down => CloseReason::TargetReset,
        }
    }

    const fn source_lost(&self) -> CloseReason {
        match self.way {
            Way::Up => CloseReason::OperatorLost,
            Way::Down => CloseReason::NodeLost,
        }
    }

    /// Writing failed: the other end is gone.
    const fn sink_lost(&self, to: &Side) -> CloseReason {
        match (to.is_lane(), self.way) {
            (true, Way::Up) => CloseReason::NodeLost,
            (true, Way::Down) => CloseReason::OperatorLost,
            (false, Way::Up) => CloseReason::TargetReset,
            (false, Way::Down) => CloseReason::ClientReset,
        }
    }
}

type Step = Poll<Result<usize, CloseReason>>;

fn broken(_: &DecodeError) -> CloseReason {
    CloseReason::Internal
}

/// Tells the sink that this direction is finished.
fn poll_end(cx: &mut Context<'_>, to: &mut Side) -> Poll<io::Result<()>> {
    if to.is_lane() {
        // yamux takes whole frames: four bytes are taken or not, unless the window ends right here.
        let word = chunk::end();
        return match ready!(to.poll_write(cx, &word))? {
            WORD => Poll::Ready(Ok(())),
            _ => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
        };
    }
    to.poll_shutdown(cx)
}
