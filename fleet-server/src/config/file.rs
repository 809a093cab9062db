//! The keys of the configuration file and how each value is written. Bounds are checked by
//! [`Config::check`].

use super::{Config, ConfigError, Metrics};
use crate::policy::network;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use toml::{Table, Value};

/// Every key of the file.
pub(crate) const KEYS: [&str; 15] = [
    "listen",
    "public_names",
    "tls_cert",
    "tls_key",
    "trusted_proxies",
    "port_range",
    "metrics",
    "admin",
    "heartbeat",
    "dead_after",
    "warm_lanes",
    "node_certificate",
    "operator_certificate",
    "min_agent_version",
    "penalty_exempt",
];
/// How alike a wrong key must be to be taken for a slip.
const ALIKE: f64 = 0.6;

/// Puts the values of `table` over those of `config`.
pub(super) fn lay_over(config: &mut Config, table: &Table) -> Result<(), ConfigError> {
    for (key, value) in table {
        let set = match key.as_str() {
            "listen" => addresses(value).map(|v| config.listen = v),
            "public_names" => texts(value).map(|v| config.public_names = v),
            "tls_cert" => paths(value).map(|v| config.tls_cert = v),
            "tls_key" => paths(value).map(|v| config.tls_key = v),
            "trusted_proxies" => networks(value).map(|v| config.trusted_proxies = v),
            "port_range" => range(value).map(|v| config.port_range = v),
            "metrics" => metrics(value).map(|v| config.metrics = v),
            "admin" => text(value).map(|v| config.admin = v.to_owned()),
            "heartbeat" => duration(value).map(|v| config.heartbeat = v),
            "dead_after" => duration(value).map(|v| config.dead_after = v),
            "warm_lanes" => number(value).map(|v| config.warm_lanes = v),
            "node_certificate" => duration(value).map(|v| config.node_certificate = v),
            "operator_certificate" => duration(value).map(|v| config.operator_certificate = v),
            "min_agent_version" => text(value).map(|v| config.min_agent_version = v.to_owned()),
            "penalty_exempt" => networks(value).map(|v| config.penalty_exempt = v),
            unknown => Err(nearest(unknown)),
        };
        set.map_err(|what| ConfigError::Value { key: key.clone(), what })?;
    }
    Ok(())
}

fn nearest(unknown: &str) -> String {
    let alike = |key: &'static str| (strsim::normalized_damerau_levenshtein(unknown, key), key);
    let best = KEYS.into_iter().map(alike).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((alike, key)) if alike >= ALIKE => format!("unknown key; did you mean {key}?"),
        _ => format!("unknown key; the keys are {}", KEYS.join(", ")),
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("{value} is not a string"))
}

/// One string, or a list of them.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(values) => values.iter().map(|v| text(v).map(str::to_owned)).collect(),
        one => Ok(vec![text(one)?.to_owned()]),
    }
}

fn paths(value: &Value) -> Result<Vec<PathBuf>, String> {
    Ok(texts(value)?.into_iter().map(PathBuf::from).collect())
}

fn addresses(value: &Value) -> Result<Vec<SocketAddr>, String> {
    texts(value)?.iter().map(|text| address(text)).collect()
}

/// `HOST:PORT`; a bare address gets the default port.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse::<SocketAddr>()
        .or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, super::PORT)))
        .map_err(|_| format!("{text:?} is not ADDRESS:PORT, as in \"[::]:7443\""))
}

/// CIDRs; a bare address is a network of one.
fn networks(value: &Value) -> Result<Vec<IpNet>, String> {
    let wrong = |text: &str| format!("{text:?} is not CIDR, as in \"10.0.0.0/8\"");
    texts(value)?.iter().map(|text| network(text).ok_or_else(|| wrong(text))).collect()
}

/// `"20000-29999"` or `[20000, 29999]`.
fn range(value: &Value) -> Result<(u16, u16), String> {
    let wrong = || format!("{value} is not FIRST-LAST, as in \"20000-29999\"");
    match value {
        Value::String(text) => {
            let (first, last) = text.split_once('-').ok_or_else(wrong)?;
            let port = |text: &str| text.trim().parse::<u16>().map_err(|_| wrong());
            Ok((port(first)?, port(last)?))
        }
        Value::Array(ends) => match ends.as_slice() {
            [first, last] => Ok((number(first)?, number(last)?)),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// `"off"`, `false`, or an address.
fn metrics(value: &Value) -> Result<Metrics, String> {
    match value {
        Value::Boolean(false) => Ok(Metrics::Off),
        Value::String(text) if text == "off" => Ok(Metrics::Off),
        Value::String(text) => text
            .parse()
            .map(Metrics::Explicit)
            .map_err(|_| format!("{text:?} is neither \"off\" nor ADDRESS:PORT")),
        other => Err(format!("{other} is neither \"off\" nor ADDRESS:PORT")),
    }
}

/// `"10s"`, `"1m 30s"`; a bare number means seconds.
fn duration(value: &Value) -> Result<Duration, String> {
    match value {
        Value::Integer(seconds) => u64::try_from(*seconds)
            .map(Duration::from_secs)
            .map_err(|_| format!("{seconds} is not a time")),
        other => {
            let text = text(other)?;
            humantime::parse_duration(text).map_err(|error| format!("{text:?}: {error}"))
        }
    }
}

fn number<T: TryFrom<i64>>(value: &Value) -> Result<T, String> {
    value
        .as_integer()
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("{value} is not a number in range"))
}
