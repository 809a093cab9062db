//! What a person sends along when he asks for help: what `doctor` found and what it depends on, in one
//! file that holds no secret. What goes into it is listed before it is written.

use super::Report;
use crate::cli::Run;
use crate::cli::out::API_VERSION;
use crate::ctx::access::endpoint;
use crate::ctx::contexts::{self, Context};
use crate::ctx::paths;
use crate::exit::{Exit, Failure, Result};
use link::{Clock, System};
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use wire::message::view::ServerView;

/// Variables whose value is told: those that change what this program does, and none that holds a
/// secret. Of everything else not even the name.
const VARIABLES: [&str; 26] = [
    "TUNNELCTL_CONTEXT",
    "TUNNELCTL_SERVER",
    "TUNNELCTL_IDENTITY",
    "TUNNELCTL_OUTPUT",
    "TUNNELCTL_TIMEOUT",
    "TUNNELCTL_READ_ONLY",
    "TUNNELCTL_PROXY",
    "TUNNELCTL_PATH",
    "TUNNELCTL_STATE_DIR",
    "TUNNELCTL_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "LC_ALL",
    "TZ",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
];
/// Variables of which only is told that they are set.
const SECRET_VARIABLES: [&str; 1] = ["TUNNELCTL_TOKEN"];
/// Files of the state directory that are listed.
const FILES: usize = 100;

/// A part of the bundle: its key, what it is, and its content.
type Part = (&'static str, &'static str, Value);

/// Lists what the bundle holds, and writes it to `path`, 0600.
///
/// # Errors
/// There is a file already, or it cannot be written.
pub(super) fn write(
    path: &Path,
    report: &Report,
    server: Option<&ServerView>,
    run: &Run,
) -> Result<()> {
    if path.exists() {
        return Err(Failure::new(Exit::Conflict, format!("{} exists", path.display()))
            .hint("--bundle takes the name of a new file"));
    }
    let parts = parts(report, server, run);
    let dry = run.settings.flags.dry_run;
    let word = if dry { "would hold" } else { "holds" };
    run.out.note(&format!("{} {word}:", path.display()));
    for (key, about, _) in &parts {
        run.out.note(&format!("  {key:<12} {about}"));
    }
    run.out.note("  without keys, tokens, passwords and payload");
    if dry {
        return Ok(());
    }
    let mut whole = serde_json::Map::new();
    whole.insert("api_version".to_owned(), API_VERSION.into());
    whole.insert("kind".to_owned(), "SupportBundle".into());
    whole.insert("at".to_owned(), json!(System.wall()));
    whole.extend(parts.into_iter().map(|(key, _, content)| (key.to_owned(), redacted(content))));
    let text = serde_json::to_string_pretty(&Value::Object(whole))
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    pki::files::write_atomic(path, format!("{text}\n").as_bytes(), pki::files::SECRET)?;
    run.out.note(&format!("{} written {}", run.out.look.tick(), path.display()));
    Ok(())
}

fn parts(report: &Report, server: Option<&ServerView>, run: &Run) -> Vec<Part> {
    vec![
        ("doctor", "the report of this command", json!(report)),
        ("version", "this program and what it runs on", version()),
        ("context", "the server's addresses, its pin, the end of your certificate", context(run)),
        ("contexts", "the names of your contexts", names()),
        ("environment", "variables that this program reads, passwords left out", environment()),
        ("files", "names, sizes and modes in the state directory, no content", files()),
        ("server", "server status", json!(server)),
    ]
}

fn version() -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "kernel": std::fs::read_to_string("/proc/sys/kernel/osrelease").ok().map(|r| r.trim().to_owned()),
    })
}

fn context(run: &Run) -> Value {
    let endpoint = match endpoint(&run.settings, "doctor") {
        Ok(endpoint) => endpoint,
        Err(failure) => return json!({ "error": failure.message }),
    };
    json!({
        "name": endpoint.name,
        "servers": endpoint.access.servers,
        "protected": endpoint.protected,
        "ca_pin": crate::ctx::identity::show_pin(&endpoint.ca_pin),
        "certificate_expires_at": wire::UnixMs(endpoint.certificate_ends_ms()),
        "identity": listed(&endpoint.identity),
    })
}

fn names() -> Value {
    let names = contexts::names().unwrap_or_default();
    let server = |name: &String| Context::load(name).map(|context| context.server).ok();
    json!(
        names.iter().map(|name| json!({"name": name, "server": server(name)})).collect::<Vec<_>>()
    )
}

fn environment() -> Value {
    let told = VARIABLES.iter().filter_map(|name| {
        let value = std::env::var_os(name)?;
        Some(((*name).to_owned(), Value::from(value.to_string_lossy())))
    });
    let set = SECRET_VARIABLES.iter().filter_map(|name| {
        std::env::var_os(name).map(|_| ((*name).to_owned(), Value::from("[set]")))
    });
    Value::Object(told.chain(set).collect())
}

fn files() -> Value {
    let Ok(dir) = paths::state_dir() else { return Value::Null };
    let entries = std::fs::read_dir(&dir).into_iter().flatten().flatten();
    let mut files: Vec<Value> = entries.take(FILES).map(|entry| listed(&entry.path())).collect();
    files.sort_by_key(ToString::to_string);
    json!({ "dir": dir, "files": files })
}

fn listed(path: &Path) -> Value {
    let found = std::fs::symlink_metadata(path).ok();
    json!({
        "path": path,
        "bytes": found.as_ref().map(MetadataExt::size),
        "mode": found.map(|found| format!("{:o}", found.mode() & 0o7777)),
    })
}

/// What looks like a secret is taken out of every text, wherever it came from.
fn redacted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_secrets(&text)),
        Value::Array(all) => Value::Array(all.into_iter().map(redacted).collect()),
        Value::Object(all) => all.into_iter().map(|(key, value)| (key, redacted(value))).collect(),
        other => other,
    }
}

fn without_secrets(text: &str) -> String {
    const OUT: &str = "[redacted]";
    if text.contains("PRIVATE KEY-----") {
        return OUT.to_owned();
    }
    let word = |word: &str| {
        if let Some((before, _)) = word.split_once("tun_") {
            return format!("{before}tun_{OUT}");
        }
        // scheme://USER:PASSWORD@HOST, as proxies are written, and the same without its scheme.
        let (scheme, rest) = word.split_once("://").unwrap_or(("", word));
        match rest.rsplit_once('@') {
            Some((login, host)) if login.contains(':') || !scheme.is_empty() => {
                let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
                format!("{scheme}{OUT}@{host}")
            }
            _ => word.to_owned(),
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_taken_out_wherever_it_stands() {
        for (text, is) in [
            ("http://site:s3cret@10.0.0.1:3128", "http://[redacted]@10.0.0.1:3128"),
            ("http://s3cret@10.0.0.1:3128/", "http://[redacted]@10.0.0.1:3128/"),
            ("site:s3cret@10.0.0.1:3128", "[redacted]@10.0.0.1:3128"),
            ("by proxy http://a:b@c@d:1 in vain", "by proxy http://[redacted]@d:1 in vain"),
            ("not a token: tun_abc.def", "not a token: tun_[redacted]"),
            ("--token=tun_abc", "--token=tun_[redacted]"),
            ("-----BEGIN PRIVATE KEY-----\nMII", "[redacted]"),
            ("mira@example.eu is whole", "mira@example.eu is whole"),
            ("https://tun.example.eu:7443/", "https://tun.example.eu:7443/"),
        ] {
            assert_eq!(without_secrets(text), is);
        }
        let nested = json!({"a": [{"b": "tun_x"}], "n": 7});
        assert_eq!(redacted(nested), json!({"a": [{"b": "tun_[redacted]"}], "n": 7}));
    }
}
