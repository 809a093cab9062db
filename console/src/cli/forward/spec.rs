//! The grammar of SPEC: `PORT`, `LPORT:PORT`, `[BIND:]LPORT:HOST:PORT`, `[BIND:]LPORT:unix:/PATH`, and
//! `unix:PATH:` before a target to listen at a socket of this machine; for a published port `[LPORT]` or
//! `unix:PATH`.

use crate::exit::{Failure, Result};
use link::forward::Place;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use wire::Target;

/// What a path begins with.
const SOCKET: &str = "unix:";

/// A local listener and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listen {
    /// Where to listen.
    pub local: Place,
    /// The target; none for a published port, which has its own.
    pub target: Option<Target>,
    /// The local number is the target's.
    pub same_port: bool,
}

/// Reads all SPECs of one command.
///
/// # Errors
/// None, or one that is not a SPEC.
pub(super) fn parse_all(node: &str, specs: &[String]) -> Result<Vec<Listen>> {
    if node.starts_with("port/") {
        return match specs {
            [] => Ok(vec![Listen { local: loopback(0), target: None, same_port: true }]),
            [one] => {
                let local = match one.strip_prefix(SOCKET) {
                    Some(path) => socket(path),
                    None => one.parse().ok().map(loopback),
                };
                let local = local.ok_or_else(|| wrong(one))?;
                Ok(vec![Listen { local, target: None, same_port: false }])
            }
            _ => Err(Failure::usage("port/NAME takes at most one LPORT or unix:PATH")),
        };
    }
    if specs.is_empty() {
        return Err(
            Failure::usage("no SPEC: which port?").hint("tunnelctl forward NODE 8080:127.0.0.1:80")
        );
    }
    specs.iter().map(|spec| parse(spec).ok_or_else(|| wrong(spec))).collect()
}

fn wrong(spec: &str) -> Failure {
    Failure::usage(format!("{spec:?} is not a forward"))
        .hint("PORT, LPORT:PORT, [BIND:]LPORT:HOST:PORT or [BIND:]LPORT:unix:/PATH\nunix:PATH:PORT, unix:PATH:HOST:PORT or unix:PATH:unix:/PATH listens at a socket here")
}

fn loopback(port: u16) -> Place {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port).into()
}

/// A socket here; relative to where the command was given. A colon ends a path.
fn socket(path: &str) -> Option<Place> {
    let names_a_file = !path.is_empty() && !path.ends_with('/') && !path.contains([':', '\0']);
    let path = names_a_file.then(|| std::path::absolute(path).ok())?;
    path.map(Place::Path)
}

fn parse(spec: &str) -> Option<Listen> {
    if let Some(rest) = spec.strip_prefix(SOCKET) {
        let (path, target) = rest.split_once(':')?;
        let target = Some(target.parse().ok()?);
        return Some(Listen { local: socket(path)?, target, same_port: false });
    }
    if let Some((local, path)) = spec.split_once(":unix:") {
        let local = match split(local)?.as_slice() {
            [local] => loopback(local.parse().ok()?),
            [bind, local] => bound(bind, local.parse().ok()?)?,
            _ => return None,
        };
        let target = Target::unix(path).ok()?;
        return Some(Listen { local, target: Some(target), same_port: false });
    }
    let parts = split(spec)?;
    let (local, host, port) = match parts.as_slice() {
        [port] => {
            let number: u16 = port.parse().ok().filter(|p| *p > 0)?;
            (loopback(number), "localhost", *port)
        }
        [local, port] => (loopback(local.parse().ok()?), "localhost", *port),
        [local, host, port] => (loopback(local.parse().ok()?), *host, *port),
        [bind, local, host, port] => (bound(bind, local.parse().ok()?)?, *host, *port),
        _ => return None,
    };
    let target = Target::new(host, port.parse().ok()?).ok()?;
    Some(Listen { local, target: Some(target), same_port: false })
}

fn bound(bind: &str, port: u16) -> Option<Place> {
    let address = match bind {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        "*" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        other => other.parse().ok()?,
    };
    Some(SocketAddr::new(address, port).into())
}

/// Splits at colons outside of brackets; brackets are dropped.
fn split(spec: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = spec;
    loop {
        let part = if let Some(inner) = rest.strip_prefix('[') {
            let (inside, after) = inner.split_once(']')?;
            rest = after;
            inside
        } else {
            let end = rest.find(':').unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            rest = after;
            part
        };
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match rest.strip_prefix(':') {
            Some(next) => rest = next,
            None if rest.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(spec: &str) -> Option<String> {
        parse(spec)
            .map(|l| format!("{} {}", l.local, l.target.map(|t| t.to_string()).unwrap_or_default()))
    }

    #[test]
    fn every_form_is_read() {
        for (spec, is) in [
            ("8080", "127.0.0.1:8080 localhost:8080"),
            ("8080:80", "127.0.0.1:8080 localhost:80"),
            ("0:80", "127.0.0.1:0 localhost:80"),
            ("15432:10.20.4.11:5432", "127.0.0.1:15432 10.20.4.11:5432"),
            ("0.0.0.0:8080:db:80", "0.0.0.0:8080 db:80"),
            ("*:8080:db:80", "0.0.0.0:8080 db:80"),
            ("[::1]:8080:[2001:db8::1]:80", "[::1]:8080 [2001:db8::1]:80"),
            ("8080:[::1]:80", "127.0.0.1:8080 [::1]:80"),
            ("2376:unix:/var/run/docker.sock", "127.0.0.1:2376 unix:/var/run/docker.sock"),
            ("[::1]:0:unix:/run/a.sock", "[::1]:0 unix:/run/a.sock"),
            ("unix:/run/db.sock:5432", "unix:/run/db.sock localhost:5432"),
            ("unix:/run/db.sock:10.20.4.11:5432", "unix:/run/db.sock 10.20.4.11:5432"),
            ("unix:/run/db.sock:[::1]:5432", "unix:/run/db.sock [::1]:5432"),
            ("unix:/run/d.sock:unix:/run/docker.sock", "unix:/run/d.sock unix:/run/docker.sock"),
        ] {
            assert_eq!(show(spec).as_deref(), Some(is), "{spec}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "0",
            "x",
            "80:0",
            "80:",
            ":80",
            "80:h:p",
            "a:1:h:2",
            "1:2:3:4:5",
            "70000",
            "1:[::1:2",
            "1:h:70000",
            "8080:a b:80",
            "unix:/run/a.sock",
            "2376:unix:run/a.sock",
            "2376:unix:/run/a.sock:80",
            "a:b:2376:unix:/run/a.sock",
            "unix:/run/a.sock:0",
            "unix:/run/a.sock:",
            "unix::80",
            "unix:/run/:80",
            "unix:/run/a.sock:8080:h:80",
            "unix:/run/a.sock:unix:run/docker.sock",
        ] {
            assert_eq!(show(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_relative_path_is_one_from_here() {
        let here = std::env::current_dir().unwrap_or_default();
        let listen = parse("unix:db.sock:5432").map(|listen| listen.local);
        assert_eq!(listen, Some(Place::Path(here.join("db.sock"))));
    }

    #[test]
    fn a_published_port_is_listened_for_at_a_number_or_a_path() {
        let show = |specs: &[&str]| {
            let specs: Vec<String> = specs.iter().map(|spec| (*spec).to_owned()).collect();
            parse_all("port/db", &specs).map(|all| all[0].local.to_string()).ok()
        };
        assert_eq!(show(&[]).as_deref(), Some("127.0.0.1:0"));
        assert_eq!(show(&["15432"]).as_deref(), Some("127.0.0.1:15432"));
        assert_eq!(show(&["unix:/run/db.sock"]).as_deref(), Some("unix:/run/db.sock"));
        for bad in [&["unix:/run/db.sock:80"][..], &["unix:"], &["x"], &["1", "2"]] {
            assert_eq!(show(bad), None, "{bad:?}");
        }
    }
}
