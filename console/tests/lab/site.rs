//! A lab with something in it: a node that is connected, one that is not, an echo behind the first
//! and an open tunnel to it.

use super::{Lab, Running};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

pub struct Site {
    pub lab: Lab,
    pub agent: Running,
    pub forward: Running,
    /// An open tunnel through `forward`.
    pub tcp: TcpStream,
    /// Where the echo listens, at the node.
    pub target: String,
}

impl Site {
    /// web1 is connected and busy; web2 is enrolled and away.
    pub fn busy() -> Self {
        let lab = Lab::with_server();
        lab.enroll("web1", &["--label", "site=ber", "--label", "ring=1"]);
        lab.enroll("web2", &["--label", "site=ham"]);
        let agent = lab.agent("web1");
        let target = format!("localhost:{}", echo_server());
        let (forward, address) =
            lab.listener(&["forward", "web1", &format!("0:{target}"), "--on-drop", "close"]);
        let mut tcp = TcpStream::connect(address).unwrap();
        echo(&mut tcp).unwrap();
        Self { lab, agent, forward, tcp, target }
    }

    /// The same with a published port `db`, a rule that admits to it, and a token `spare`.
    pub fn full() -> Self {
        let site = Self::busy();
        let lab = &site.lab;
        lab.ok(&["ports", "create", "db", "--node", "web1", "--to", &site.target]);
        let from = ["--from", "10.0.0.0/8", "--port", "db"];
        lab.ok(&[&["rules", "create", "--allow", "--who", "anyone"], &from[..]].concat());
        lab.ok(&["tokens", "create", "--name", "spare", "--label", "site=vie", "-q"]);
        site
    }
}

/// One round trip.
pub fn echo(tcp: &mut TcpStream) -> std::io::Result<()> {
    tcp.write_all(b"hello")?;
    tcp.read_exact(&mut [0; 5])
}

pub fn echo_server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut tcp in listener.incoming().flatten() {
            let mut back = tcp.try_clone().unwrap();
            std::thread::spawn(move || std::io::copy(&mut tcp, &mut back));
        }
    });
    port
}
