//! In which order servers are tried: the last good one first, and its address as a last resort
//! when names do not resolve (F17). Kept on disk, never trusted: the pinned CA decides.

use pki::files;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::UnixMs;

const FILE: &str = "last-server.json";
/// An address that was good longer ago may belong to somebody else.
const KEEP: Duration = Duration::from_secs(7 * 86_400);
/// The file is written anew at most this often for the date alone.
const REFRESH: Duration = Duration::from_secs(86_400);

#[derive(Debug)]
pub(super) struct Servers {
    path: PathBuf,
    last: Option<Last>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    server: String,
    address: SocketAddr,
    at: UnixMs,
}

impl Servers {
    /// Reads what the last run knew; nothing is lost if it is not there or damaged.
    pub(super) fn load(dir: &Path) -> Self {
        let path = dir.join(FILE);
        let last = files::read_secret(&path).ok();
        let last = last.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path, last }
    }

    /// The addresses to dial, in order.
    pub(super) fn candidates(&self, mut configured: Vec<String>, now: UnixMs) -> Vec<String> {
        let Some(last) = &self.last else { return configured };
        if let Some(at) = configured.iter().position(|server| *server == last.server) {
            configured[..=at].rotate_right(1);
            let address = last.address.to_string();
            if now.since(last.at) <= KEEP && !configured.contains(&address) {
                configured.push(address);
            }
        }
        configured
    }

    /// `server` answered at `address`.
    pub(super) fn remember(&mut self, server: &str, address: SocketAddr, now: UnixMs) {
        let new = Last { server: server.to_owned(), address, at: now };
        if let Some(last) = &self.last {
            // Reached by the remembered address: its name is still the one to ask for next time.
            if server == last.address.to_string() && server != last.server {
                return;
            }
            let same = last.server == new.server && last.address == new.address;
            if same && now.since(last.at) < REFRESH {
                return;
            }
        }
        let written = serde_json::to_vec(&new).map_err(|error| error.to_string());
        let written = written.and_then(|bytes| {
            files::write_atomic(&self.path, &bytes, files::SECRET).map_err(|e| e.to_string())
        });
        if let Err(error) = written {
            tracing::warn!(error, "the last good server is not kept");
        }
        self.last = Some(new);
    }
}

#[cfg(test)]
mod tests {
    // Tests may stop at the first thing that is not as it should be.
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_last_good_server_comes_first_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let configured = names(&["a:443", "b:443", "c:443"]);
        let address = "192.0.2.7:443".parse().unwrap();
        let mut servers = Servers::load(dir.path());
        assert_eq!(servers.candidates(configured.clone(), UnixMs(0)), configured);
        servers.remember("b:443", address, UnixMs(1000));
        let again = Servers::load(dir.path());
        let want = names(&["b:443", "a:443", "c:443", "192.0.2.7:443"]);
        assert_eq!(again.candidates(configured.clone(), UnixMs(2000)), want);
        let late = UnixMs(1000).after(KEEP + Duration::from_millis(1));
        assert_eq!(again.candidates(configured, late), names(&["b:443", "a:443", "c:443"]));
    }

    #[test]
    fn a_server_that_is_no_longer_configured_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let mut servers = Servers::load(dir.path());
        servers.remember("old:443", "192.0.2.7:443".parse().unwrap(), UnixMs(0));
        assert_eq!(servers.candidates(names(&["new:443"]), UnixMs(1)), names(&["new:443"]));
    }

    #[test]
    fn coming_in_by_the_remembered_address_keeps_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let address: SocketAddr = "192.0.2.7:443".parse().unwrap();
        let mut servers = Servers::load(dir.path());
        servers.remember("a:443", address, UnixMs(0));
        servers.remember(&address.to_string(), address, UnixMs(5));
        assert_eq!(servers.last.unwrap().server, "a:443");
    }

    #[test]
    fn a_damaged_file_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        files::write_atomic(&dir.path().join(FILE), b"{", files::SECRET).unwrap();
        assert!(Servers::load(dir.path()).last.is_none());
    }
}
