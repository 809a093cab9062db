//! What lies between this machine and a published port: a proxy in the environment, and what a plain
//! connection to the public number comes to.

use std::env;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::Target;

const CONNECT: Duration = Duration::from_secs(3);
/// A refused visitor is reset at once; who is let in hears nothing, or the target.
const LISTEN: Duration = Duration::from_millis(500);

/// How a plain connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Visit {
    /// It stands, or the target spoke or ended it in order.
    Open,
    /// It was made and reset at once.
    Reset,
    /// Nobody is there.
    Unreached(String),
}

/// Connects and listens a moment. Nothing is sent.
pub(super) async fn visit(at: &Target) -> Visit {
    let connecting = TcpStream::connect((at.host.as_str(), at.port));
    let mut tcp = match timeout(CONNECT, connecting).await {
        Ok(Ok(tcp)) => tcp,
        // The reset may be there before the connection is.
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionReset => {
            return Visit::Reset;
        }
        Ok(Err(error)) => return Visit::Unreached(error.to_string()),
        Err(_) => return Visit::Unreached(format!("no answer within {}s", CONNECT.as_secs())),
    };
    match timeout(LISTEN, tcp.read(&mut [0])).await {
        Ok(Err(_)) => Visit::Reset,
        Ok(Ok(_)) | Err(_) => Visit::Open,
    }
}

/// The variable that sends programs to a proxy instead of to `host`, if one is set.
pub(super) fn proxy(host: &str) -> Option<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let spared = ["NO_PROXY", "no_proxy"].into_iter().find_map(set).unwrap_or_default();
    if is_spared(host, &spared) {
        return None;
    }
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]
        .into_iter()
        .find(|name| set(name).is_some())
        .map(str::to_owned)
}

fn is_spared(host: &str, list: &str) -> bool {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let domain = entry.trim_start_matches("*.").trim_start_matches('.');
        entry == "*"
            || host.eq_ignore_ascii_case(domain)
            || host.to_ascii_lowercase().ends_with(&format!(".{}", domain.to_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::is_spared;

    #[test]
    fn no_proxy_spares_hosts_domains_and_everything() {
        for (list, spares) in [
            ("tun.example.eu", true),
            ("a, .example.eu", true),
            ("*.example.eu", true),
            ("EXAMPLE.eu", true),
            ("*", true),
            ("", false),
            ("ample.eu", false),
            ("tun.example.eu.org", false),
        ] {
            assert_eq!(is_spared("tun.example.eu", list), spares, "{list}");
        }
    }
}
