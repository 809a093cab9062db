//! One relayed connection: two directions that pass bytes as the weather allows. A reset passes at
//! once, an end only in its own direction. While one direction is dead nothing is told in the other:
//! an end waits behind what is not acknowledged.

use super::air::{Air, Now, Sky, Snap};
use super::records::Records;
use super::shape::{Over, Shaped};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;

/// How a connection ends before both directions have.
enum Ended {
    Reset,
    Closed,
}

pub(super) async fn run(mut client: TcpStream, to: SocketAddr, air: &Air) {
    let born = *air.now.borrow();
    let (up, down) = air.shaped();
    if born.sky == Sky::Storm {
        return link::splice::reset(client);
    }
    let Ok(mut server) = TcpStream::connect(to).await else {
        return link::splice::reset(client);
    };
    // Delays that only the relay would add are no weather.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ended = {
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        let pass = |from, to, dead, shaped| {
            let now = air.now.subscribe();
            Direction { from, to, dead, air, now, born, shaped, is_over: false }.run()
        };
        tokio::try_join!(
            pass(from_client, to_server, Sky::Mute, up),
            pass(from_server, to_client, Sky::Deaf, down)
        )
    };
    match ended {
        Ok(_) => {}
        Err(Ended::Reset) => [client, server].into_iter().for_each(link::splice::reset),
        Err(Ended::Closed) => {
            tokio::join!(close(client), close(server));
        }
    }
}

/// Ends our direction, and takes what still comes: unread bytes would turn the end into a reset.
async fn close(mut tcp: TcpStream) {
    if tcp.shutdown().await.is_ok() {
        let _ = tokio::io::copy(&mut tcp, &mut tokio::io::sink()).await;
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

struct Direction<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    /// The weather in which nothing passes here, besides the black hole.
    dead: Sky,
    air: &'a Air,
    now: watch::Receiver<Now>,
    born: Now,
    shaped: Shaped,
    /// This direction has ended before who speaks has.
    is_over: bool,
}

impl Direction<'_> {
    async fn run(mut self) -> Result<(), Ended> {
        let (mut buffer, mut records) = (vec![0; 64 * 1024], Records::default());
        loop {
            self.clear().await?;
            let read = tokio::select! {
                biased;
                _ = self.now.changed() => continue,
                read = self.from.read(&mut buffer) => read,
            };
            match read {
                Err(_) => {
                    self.told().await;
                    return Err(Ended::Reset);
                }
                Ok(0) => return self.end().await,
                Ok(n) => self.pass(&buffer[..n], &mut records).await?,
            }
        }
    }

    /// Waits for clear weather.
    async fn clear(&mut self) -> Result<(), Ended> {
        loop {
            let now = *self.now.borrow_and_update();
            if now.cuts != self.born.cuts || now.sky == Sky::Storm {
                return Err(Ended::Reset);
            }
            let dead = now.sky == Sky::BlackHole || now.sky == self.dead;
            if !dead && now.forgotten == self.born.forgotten {
                return Ok(());
            }
            if self.now.changed().await.is_err() {
                return Err(Ended::Reset);
            }
        }
    }

    /// Waits until an end or a reset gets through.
    async fn told(&mut self) {
        // The sender lives as long as the relay.
        let _ = self.now.wait_for(|now| matches!(now.sky, Sky::Clear | Sky::Storm)).await;
    }

    async fn end(mut self) -> Result<(), Ended> {
        match self.shaped.over() {
            Some(Over::Half) => return Ok(()),
            Some(Over::Silence) => std::future::pending().await,
            _ => {}
        }
        self.told().await;
        match self.air.step() {
            None => {}
            Some(Snap::Hold) => self.clear().await?,
            Some(Snap::Lose | Snap::Tear | Snap::End) => return Err(Ended::Reset),
        }
        self.to.shutdown().await.map_err(|_| Ended::Reset)
    }

    async fn pass(&mut self, mut bytes: &[u8], records: &mut Records) -> Result<(), Ended> {
        while !bytes.is_empty() {
            // Whole buffers pass at once unless somebody counts.
            let mut taken = 0;
            let counts = self.air.is_armed();
            while taken < bytes.len() && (taken == 0 || !counts) {
                if counts && records.at_boundary() {
                    self.step(bytes).await?;
                }
                taken += records.advance(&bytes[taken..]);
            }
            self.send(&bytes[..taken]).await?;
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    /// Passes bytes on as the way is used to.
    async fn send(&mut self, mut bytes: &[u8]) -> Result<(), Ended> {
        if self.shaped.is_plain() {
            return self.to.write_all(bytes).await.map_err(|_| Ended::Reset);
        }
        pause(self.shaped.held()).await;
        while !bytes.is_empty() && !self.is_over {
            let (piece, late) = self.shaped.next(bytes);
            bytes = &bytes[piece.len()..];
            pause(late).await;
            self.to.write_all(&piece).await.map_err(|_| Ended::Reset)?;
            match self.shaped.over() {
                None => {}
                Some(Over::End) => return Err(Ended::Closed),
                Some(Over::Reset) => return Err(Ended::Reset),
                Some(Over::Silence) => self.is_over = true,
                Some(Over::Half) => {
                    self.is_over = true;
                    self.to.shutdown().await.map_err(|_| Ended::Reset)?;
                }
            }
        }
        Ok(())
    }

    /// A record begins with these bytes.
    async fn step(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        match self.air.step() {
            None => Ok(()),
            Some(Snap::Hold) => self.clear().await,
            Some(Snap::Lose) => Err(Ended::Reset),
            Some(Snap::End) => Err(Ended::Closed),
            Some(Snap::Tear) => {
                let mut record = Records::default();
                let half = record.advance(bytes).div_ceil(2);
                // What does not get through is lost like the rest.
                let _ = self.to.write_all(&bytes[..half]).await;
                Err(Ended::Closed)
            }
        }
    }
}
