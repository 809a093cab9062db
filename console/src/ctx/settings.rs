//! Flags > environment > context > user's file > system's file > default, each value with its origin.

use crate::cli::global::{ColorArg, Format, GlobalArgs, TimeArg};
use crate::ctx::config::{Files, Preferences};
use crate::ctx::contexts::{self, Context};
use crate::exit::{Failure, Result};
use serde::Serialize;
use std::env;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A flag.
    Flag,
    /// An environment variable.
    Env,
    /// The context.
    Context,
    /// The user's `config.toml`.
    Config,
    /// The system's `config.toml`.
    System,
    /// Built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Flag => "flag",
            Self::Env => "env",
            Self::Context => "context",
            Self::Config => "config",
            Self::System => "system",
            Self::Default => "default",
        })
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value<T> {
    /// The value.
    pub value: T,
    /// Its origin.
    pub origin: Origin,
}

/// Everything that is the same for all commands.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The named context, if anything names one.
    pub context: Value<Option<String>>,
    /// Server addresses that stand in for the context's.
    pub server: Value<Option<String>>,
    /// Identity file that stands in for the context's.
    pub identity: Value<Option<PathBuf>>,
    /// Pin that stands in for the context's.
    pub ca_pin: Value<Option<String>>,
    /// Output format; `None` = table on a terminal, tab-separated otherwise.
    pub output: Value<Option<Format>>,
    /// When to colour.
    pub color: Value<ColorArg>,
    /// ASCII only.
    pub ascii: Value<bool>,
    /// Times in UTC.
    pub utc: Value<bool>,
    /// How times are shown; `None` = relative on a terminal, ISO otherwise.
    pub time: Value<Option<TimeArg>>,
    /// Connect and reply deadline.
    pub timeout: Value<Duration>,
    /// Refuse changes.
    pub read_only: Value<bool>,
    /// Never ask.
    pub no_input: Value<bool>,
    /// No redraws, no spinners.
    pub accessible: Value<bool>,
    /// Log filter, if logging is wanted.
    pub log: Value<Option<String>>,
    /// Changes are confirmed one level higher.
    pub protected: bool,
    /// The flags that have no other source.
    pub flags: GlobalArgs,
}

impl Settings {
    /// Brings all sources together. The context's file is read only if it is there; a missing one
    /// is an error later, for commands that need it.
    ///
    /// # Errors
    /// A configuration file or an environment variable is not valid.
    pub fn resolve(flags: GlobalArgs) -> Result<Self> {
        let files = Files::load()?;
        let name = pick(
            flags.context.clone(),
            var("TUNNELCTL_CONTEXT"),
            None,
            files.user.context.clone(),
            files.system.context.clone(),
        );
        let context = named(name.value.as_deref())?;
        Sources { flags: &flags, context: context.as_ref(), files: &files }.settings(name)
    }

    /// The color rule for one stream.
    pub fn colored(&self, is_terminal: bool) -> bool {
        let set = |name: &str| env::var_os(name).is_some_and(|v| !v.is_empty());
        match self.color.value {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto if set("NO_COLOR") => false,
            ColorArg::Auto
                if set("CLICOLOR_FORCE") && var("CLICOLOR_FORCE").as_deref() != Some("0") =>
            {
                true
            }
            ColorArg::Auto => is_terminal && var("TERM").as_deref() != Some("dumb"),
        }
    }
}

fn named(name: Option<&str>) -> Result<Option<Context>> {
    match default_name(name)? {
        Some(name) if contexts::names()?.contains(&name) => Context::load(&name).map(Some),
        _ => Ok(None),
    }
}

/// The context in use: the named one, else `local`, else the only one.
///
/// # Errors
/// The contexts' directory cannot be read.
pub fn default_name(named: Option<&str>) -> Result<Option<String>> {
    if let Some(name) = named {
        return Ok(Some(name.to_owned()));
    }
    let mut names = contexts::names()?;
    if names.iter().any(|name| name == "local") {
        return Ok(Some("local".to_owned()));
    }
    Ok(if names.len() == 1 { names.pop() } else { None })
}

fn var(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn pick<T>(
    flag: Option<T>,
    env: Option<T>,
    context: Option<T>,
    user: Option<T>,
    system: Option<T>,
) -> Value<Option<T>> {
    let sources = [
        (flag, Origin::Flag),
        (env, Origin::Env),
        (context, Origin::Context),
        (user, Origin::Config),
        (system, Origin::System),
    ];
    for (value, origin) in sources {
        if value.is_some() {
            return Value { value, origin };
        }
    }
    Value { value: None, origin: Origin::Default }
}

struct Sources<'a> {
    flags: &'a GlobalArgs,
    context: Option<&'a Context>,
    files: &'a Files,
}

impl Sources<'_> {
    fn settings(&self, name: Value<Option<String>>) -> Result<Settings> {
        let flags = self.flags;
        let no_color = flags.no_color.then_some(ColorArg::Never);
        Ok(Settings {
            context: name,
            server: pick(flags.server.clone(), var("TUNNELCTL_SERVER"), None, None, None),
            identity: pick(
                flags.identity.clone(),
                var("TUNNELCTL_IDENTITY").map(PathBuf::from),
                None,
                None,
                None,
            ),
            ca_pin: pick(flags.ca_pin.clone(), var("TUNNELCTL_CA_PIN"), None, None, None),
            output: self.word(
                flags.output,
                "TUNNELCTL_OUTPUT",
                |c| c.output.clone(),
                |p| p.output.clone(),
            )?,
            color: or(
                self.word(flags.color.or(no_color), "", |_| None, |p| p.color.clone())?,
                ColorArg::Auto,
            ),
            ascii: self.switch(flags.ascii, &["TUNNELCTL_ASCII"], |_| None, |p| p.ascii),
            utc: self.switch(flags.utc, &[], |_| None, |p| p.utc),
            time: self.word(flags.time, "", |_| None, |p| p.time.clone())?,
            timeout: or(self.duration()?, Duration::from_secs(30)),
            read_only: self.switch(
                flags.read_only,
                &["TUNNELCTL_READ_ONLY"],
                |c| c.read_only,
                |p| p.read_only,
            ),
            no_input: self.switch(
                flags.no_input,
                &["TUNNELCTL_NO_INPUT", "CI"],
                |_| None,
                |p| p.no_input,
            ),
            accessible: self.switch(
                flags.accessible,
                &["TUNNELCTL_ACCESSIBLE", "ACCESSIBLE"],
                |_| None,
                |p| p.accessible,
            ),
            log: self.log(),
            protected: self.context.is_some_and(|c| c.protected),
            flags: flags.clone(),
        })
    }

    fn word<T: FromStr<Err = String>>(
        &self,
        flag: Option<T>,
        variable: &str,
        context: impl Fn(&Context) -> Option<String>,
        file: impl Fn(&Preferences) -> Option<String>,
    ) -> Result<Value<Option<T>>> {
        if flag.is_some() {
            return Ok(Value { value: flag, origin: Origin::Flag });
        }
        let env = if variable.is_empty() { None } else { var(variable) };
        let text = pick(
            None,
            env,
            self.context.and_then(context),
            file(&self.files.user),
            file(&self.files.system),
        );
        let value =
            text.value.map(|t| t.parse::<T>().map_err(|e| wrong(text.origin, variable, &t, &e)));
        Ok(Value { value: value.transpose()?, origin: text.origin })
    }

    fn switch(
        &self,
        flag: bool,
        variables: &[&str],
        context: impl Fn(&Context) -> Option<bool>,
        file: impl Fn(&Preferences) -> Option<bool>,
    ) -> Value<bool> {
        let env = variables.iter().find_map(|name| var(name)).map(|value| truthy(&value));
        let picked = pick(
            flag.then_some(true),
            env,
            self.context.and_then(context),
            file(&self.files.user),
            file(&self.files.system),
        );
        or(picked, false)
    }

    fn duration(&self) -> Result<Value<Option<Duration>>> {
        let text = pick(
            None,
            var("TUNNELCTL_TIMEOUT"),
            None,
            self.files.user.timeout.clone(),
            self.files.system.timeout.clone(),
        );
        if let Some(value) = self.flags.timeout {
            return Ok(Value { value: Some(value), origin: Origin::Flag });
        }
        let value = text.value.map(|t| {
            crate::cli::human::parse_limit(&t)
                .map_err(|e| wrong(text.origin, "TUNNELCTL_TIMEOUT", &t, &e))
        });
        Ok(Value { value: value.transpose()?, origin: text.origin })
    }

    fn log(&self) -> Value<Option<String>> {
        let flag = match self.flags.verbose {
            0 => None,
            1 => Some("info"),
            2 => Some("debug"),
            _ => Some("trace"),
        };
        let file = self.flags.log_file.is_some().then_some("debug");
        pick(flag.or(file).map(str::to_owned), var("TUNNELCTL_LOG"), None, None, None)
    }
}

fn or<T>(picked: Value<Option<T>>, default: T) -> Value<T> {
    let origin = picked.origin;
    Value { value: picked.value.unwrap_or(default), origin }
}

fn wrong(origin: Origin, variable: &str, text: &str, error: &str) -> Failure {
    let place = match origin {
        Origin::Env => variable.to_owned(),
        other => format!("{other} file"),
    };
    Failure::usage(format!("{place}: {text:?}: {error}"))
        .hint("tunnelctl config show --origin     says where each value comes from")
}

fn truthy(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_source_wins() {
        let all = pick(Some(1), Some(2), Some(3), Some(4), Some(5));
        assert_eq!((all.value, all.origin), (Some(1), Origin::Flag));
        let env = pick(None, Some(2), Some(3), None, None);
        assert_eq!((env.value, env.origin), (Some(2), Origin::Env));
        let system = pick(None, None, None, None, Some(5));
        assert_eq!((system.value, system.origin), (Some(5), Origin::System));
        let none = pick::<u8>(None, None, None, None, None);
        assert_eq!((none.value, none.origin), (None, Origin::Default));
    }

    #[test]
    fn a_zero_switches_off() {
        assert!(truthy("1") && truthy("true") && truthy("yes"));
        assert!(!truthy("0") && !truthy("False") && !truthy("no"));
    }
}
