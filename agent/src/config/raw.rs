//! The file as it is written, with the place of each value; and its validation.

use super::{
    Config, DEFAULT_ALLOW, DEFAULT_GATEWAY, DEFAULT_TUNNELS, MAX_GATEWAY, MAX_SERVERS, MAX_TUNNELS,
    known,
};
use crate::gateway::Setting;
use crate::reverse::Grants;
use crate::targets::Allowlist;
use link::ladder::{self, Ways, WaysError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use toml::{Spanned, Table, Value};
use wire::{Labels, Target};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Raw {
    server: Option<Spanned<Vec<String>>>,
    allow: Option<Spanned<Vec<String>>>,
    reverse: Option<Spanned<Vec<String>>>,
    labels: Option<Spanned<Vec<String>>>,
    proxy: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    #[serde(default)]
    gateway: Gateway,
    #[serde(default)]
    limits: Limits,
}

#[derive(Debug, Default, Deserialize)]
struct Gateway {
    listen: Option<Spanned<Vec<String>>>,
    allow: Option<Spanned<Vec<String>>>,
}

#[derive(Debug, Default, Deserialize)]
struct Limits {
    tunnels: Option<Spanned<u32>>,
    gateway: Option<Spanned<u32>>,
}

impl Raw {
    /// Reads the text; every key must be one of ours.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let words = |error: toml::de::Error| error.to_string().trim_end().to_owned();
        let table: Table = toml::from_str(text).map_err(words)?;
        for (key, value) in &table {
            match value {
                Value::Table(inner) if matches!(key.as_str(), "limits" | "gateway") => {
                    inner.keys().try_for_each(|sub| known(&format!("{key}.{sub}")))?;
                }
                _ => known(key)?,
            }
        }
        toml::from_str(text).map_err(words)
    }

    /// Where the value of `key` stands in the text.
    pub(super) fn span(&self, key: &str) -> Option<Range<usize>> {
        match key {
            "server" => self.server.as_ref().map(Spanned::span),
            "allow" => self.allow.as_ref().map(Spanned::span),
            "reverse" => self.reverse.as_ref().map(Spanned::span),
            "labels" => self.labels.as_ref().map(Spanned::span),
            "proxy" => self.proxy.as_ref().map(Spanned::span),
            "path" => self.path.as_ref().map(Spanned::span),
            "gateway.listen" => self.gateway.listen.as_ref().map(Spanned::span),
            "gateway.allow" => self.gateway.allow.as_ref().map(Spanned::span),
            "limits.gateway" => self.limits.gateway.as_ref().map(Spanned::span),
            "limits.tunnels" => self.limits.tunnels.as_ref().map(Spanned::span),
            _ => None,
        }
    }

    /// Checks every value.
    pub(super) fn validate(self, dir: &Path) -> Result<Config, String> {
        let server = self.server.map(Spanned::into_inner).unwrap_or_default();
        if server.len() > MAX_SERVERS {
            return Err(format!("server: at most {MAX_SERVERS} addresses"));
        }
        server.iter().try_for_each(|address| check_server(address))?;
        let allow = match self.allow {
            Some(allow) => allow.into_inner(),
            None => vec![DEFAULT_ALLOW.to_owned()],
        };
        let targets = Allowlist::parse(&allow).map_err(|error| format!("allow: {error}"))?;
        let reverse = self.reverse.map(Spanned::into_inner).unwrap_or_default();
        let listeners = Grants::parse(&reverse).map_err(|error| format!("reverse: {error}"))?;
        let labels = labels(&self.labels.map(Spanned::into_inner).unwrap_or_default())?;
        let tunnels = self.limits.tunnels.map_or(DEFAULT_TUNNELS, Spanned::into_inner);
        if tunnels == 0 || usize::try_from(tunnels).is_ok_and(|n| n > MAX_TUNNELS) {
            return Err(format!("limits.tunnels: {tunnels} is not between 1 and {MAX_TUNNELS}"));
        }
        let gateway_connections = self.limits.gateway.map_or(DEFAULT_GATEWAY, Spanned::into_inner);
        if !(1..=MAX_GATEWAY).contains(&gateway_connections) {
            let (is, most) = (gateway_connections, MAX_GATEWAY);
            return Err(format!("limits.gateway: {is} is not between 1 and {most}"));
        }
        let gateway_listen = self.gateway.listen.map(Spanned::into_inner).unwrap_or_default();
        let gateway_allow = self.gateway.allow.map(Spanned::into_inner).unwrap_or_default();
        let gateway = Setting::parse(&gateway_listen, &gateway_allow, gateway_connections)?;
        Ok(Config {
            dir: dir.to_owned(),
            server,
            allow,
            reverse,
            labels,
            tunnels,
            ways: ways(self.proxy, self.path)?,
            gateway_listen,
            gateway_allow,
            gateway_connections,
            targets,
            listeners,
            gateway,
        })
    }
}

fn check_server(address: &str) -> Result<(), String> {
    let fits = address.contains(':') && address.parse::<Target>().is_ok();
    if fits { Ok(()) } else { Err(format!("server: {address:?} is not HOST:PORT")) }
}

/// Checked by themselves: whether the environment has a proxy is another matter.
fn ways(
    proxy: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
) -> Result<ladder::Setting, String> {
    let setting =
        ladder::Setting::new(proxy.map(Spanned::into_inner), path.map(Spanned::into_inner));
    match Ways::new(&setting, |_| None) {
        Ok(_) => Ok(setting),
        Err(WaysError::NoProxy) if setting.proxy.is_none() => Ok(setting),
        Err(error) => Err(error.to_string()),
    }
}

fn labels(texts: &[String]) -> Result<Labels, String> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let (key, value) =
            Labels::pair(text).map_err(|error| format!("labels: {text:?}: {error}"))?;
        if pairs.insert(key.clone(), value).is_some() {
            return Err(format!("labels: {key} is there twice"));
        }
    }
    Labels::new(pairs).map_err(|error| format!("labels: {error}"))
}
