//! Certificates in the hands of a program that is not ours: what a node keeps on its disk, and
//! control connections and lanes on which a test says whatever it likes.

use super::{Fleet, Node, PATIENCE};
use anyhow::{Context, Result, bail, ensure};
use link::control::{Reader, read_frame, write_frame};
use link::dial::{Conn, dial};
use link::tls::{ClientTls, Credentials};
use link::{Clock, System};
use minicbor::{Decode, Encode};
use pki::{KeyPair, Trust, pem};
use std::path::Path;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use wire::limits::{MAX_FRAME, MAX_FRAME_OPEN};
use wire::message::view::Inventory;
use wire::message::{
    Envelope, FromConsole, Hello, LaneHello, LaneWelcome, ToAgent, ToConsole, ToServer,
};
use wire::{Generation, LaneId, alpn};

impl Node {
    /// The identity in its state directory as it is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn identity(&self) -> Result<ClientTls> {
        identity(&self.state_dir)
    }
}

/// The identity in a node's state directory.
///
/// # Errors
/// It cannot be read.
pub fn identity(dir: &Path) -> Result<ClientTls> {
    let path = dir.join("identity.json");
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let text = |key: &str| written[key].as_str().with_context(|| format!("no {key} in {path:?}"));
    let chain = pem::certificates(&path, text("chain")?.as_bytes())?;
    let trust = Trust::of(pem::certificates(&path, text("root")?.as_bytes())?)?;
    let key = KeyPair::load(&dir.join(text("key")?))?;
    Ok(ClientTls::authenticated(&trust, Credentials::new(chain, &key)?)?)
}

/// What a peer of this build says first.
pub fn hello() -> Hello {
    Hello::ours("test", System.wall().0)
}

/// An agent's first message.
pub fn agent_hello(hello: Hello) -> ToServer {
    let (inventory, allow) = (Inventory::default(), Vec::new());
    ToServer::Hello {
        hello,
        inventory,
        allow,
        returned: None,
        instance: Some(7),
        path: None,
        reverse: None,
    }
}

/// A message without an answer to it.
pub fn envelope<T>(body: T) -> Envelope<T> {
    Envelope { id: 1, reply_to: None, body: Some(body), deadline_ms: None }
}

/// A control connection in the hands of a test.
pub struct Raw {
    reader: Reader<Box<dyn AsyncRead + Send + Unpin>>,
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// Of an agent its generation, of an operator the connection's number.
    pub generation: Generation,
    /// The protocol of the lanes that belong to it.
    lanes: &'static [u8],
    tls: ClientTls,
    address: String,
}

impl Raw {
    /// Connects as an agent with this identity.
    ///
    /// # Errors
    /// Not welcomed.
    pub async fn agent(fleet: &Fleet, tls: ClientTls) -> Result<Self> {
        Self::agent_that_says(fleet, tls, agent_hello(hello())).await
    }

    /// The same with another first message.
    ///
    /// # Errors
    /// Not welcomed.
    pub async fn agent_that_says(fleet: &Fleet, tls: ClientTls, said: ToServer) -> Result<Self> {
        let mut raw = Self::begin(fleet, tls, alpn::AGENT, alpn::AGENT_LANE, &said).await?;
        match raw.next::<ToAgent>().await?.body {
            Some(ToAgent::Welcome { generation, .. }) => raw.generation = generation,
            other => bail!("not welcomed: {other:?}"),
        }
        Ok(raw)
    }

    /// Connects as an operator with this identity.
    ///
    /// # Errors
    /// Not welcomed.
    pub async fn operator(fleet: &Fleet, tls: ClientTls) -> Result<Self> {
        let said = FromConsole::Hello(hello());
        let mut raw = Self::begin(fleet, tls, alpn::OPERATOR, alpn::OPERATOR_LANE, &said).await?;
        match raw.next::<ToConsole>().await?.body {
            Some(ToConsole::Welcome { connection, .. }) => raw.generation = connection,
            other => bail!("not welcomed: {other:?}"),
        }
        Ok(raw)
    }

    async fn begin<T: Encode<()> + Clone>(
        fleet: &Fleet,
        tls: ClientTls,
        protocol: &'static [u8],
        lanes: &'static [u8],
        said: &T,
    ) -> Result<Self> {
        let address = fleet.address()?.to_string();
        let conn = dial(&address, &tls, protocol, PATIENCE).await?;
        let (read, write) = tokio::io::split(conn.io);
        let reader: Box<dyn AsyncRead + Send + Unpin> = Box::new(read);
        let mut raw = Self {
            reader: Reader::new(reader, MAX_FRAME),
            writer: Box::new(write),
            generation: Generation::default(),
            lanes,
            tls,
            address,
        };
        raw.say(&envelope(said.clone())).await?;
        Ok(raw)
    }

    /// Says something in a frame.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn say<T: Encode<()>>(&mut self, message: &T) -> Result<()> {
        Ok(write_frame(&mut self.writer, message, MAX_FRAME).await?)
    }

    /// Says these bytes.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn say_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).await?;
        Ok(self.writer.flush().await?)
    }

    /// The next message.
    ///
    /// # Errors
    /// None came, or none of this kind.
    pub async fn next<T: for<'b> Decode<'b, ()>>(&mut self) -> Result<Envelope<T>> {
        let next = timeout(PATIENCE, self.reader.next::<Envelope<T>>()).await;
        Ok(next.context("nothing is said")??)
    }

    /// A lane of this connection, after its welcome.
    ///
    /// # Errors
    /// Not welcomed.
    pub async fn lane(&self, number: u64) -> Result<Conn> {
        let mut conn = dial(&self.address, &self.tls, self.lanes, PATIENCE).await?;
        let said = LaneHello { hello: hello(), generation: self.generation, lane: LaneId(number) };
        write_frame(&mut conn.io, &said, MAX_FRAME_OPEN).await?;
        let answer: LaneWelcome = read_frame(&mut conn.io, MAX_FRAME_OPEN).await?;
        ensure!(answer == LaneWelcome::Ok, "{answer:?}");
        Ok(conn)
    }
}
