//! What a token demands of who uses it: said when it is made, and changed by `tokens update`.

use super::labels;
use crate::cli::confirm::{Change, Level};
use crate::cli::{Run, human};
use crate::exit::{Failure, Result};
use clap::Args;
use std::time::Duration;
use wire::SafeText;
use wire::message::operator::{Request, TokenChange};
use wire::message::view::Binding;

/// Demands of a new token.
#[derive(Debug, Args)]
pub struct BindArgs {
    /// Names it may be used for; * stands for any characters, without one it is the name
    #[arg(long, value_name = "P")]
    name_pattern: Option<String>,
    /// Network it may be used from; repeat for several
    #[arg(long, value_name = "CIDR")]
    from: Vec<String>,
    /// An operator approves each node before it gets its certificate
    #[arg(long)]
    require_approval: bool,
    /// The oldest version that may enrol
    #[arg(long, value_name = "V")]
    min_version: Option<String>,
    /// The node is removed when it was gone this long
    #[arg(long, value_name = "D", num_args = 0..=1, require_equals = true,
          default_missing_value = "10m", value_parser = human::parse_duration)]
    ephemeral: Option<Duration>,
}

impl BindArgs {
    pub(super) fn binding(&self) -> Binding {
        let text = |text: &Option<String>| text.as_deref().map(SafeText::from);
        Binding {
            name_pattern: text(&self.name_pattern),
            from: texts(&self.from),
            require_approval: self.require_approval,
            min_version: text(&self.min_version),
            ephemeral_ms: self.ephemeral.map(millis),
        }
    }
}

/// What to change.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Name, id or unique id prefix
    token: String,
    /// How often it can be used in all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    uses: Option<u32>,
    /// How long it can be used from now on
    #[arg(long, value_name = "D", value_parser = human::parse_duration)]
    ttl: Option<Duration>,
    /// Label that nodes get; k- removes one; repeat for several
    #[arg(long = "label", value_name = "k=v|k-")]
    labels: Vec<String>,
    /// Names it may be used for; empty = any
    #[arg(long, value_name = "P")]
    name_pattern: Option<String>,
    /// Network it may be used from; repeat for several; empty = any
    #[arg(long, value_name = "CIDR")]
    from: Vec<String>,
    /// Whether an operator approves each node
    #[arg(long, value_name = "on|off", value_parser = on_off)]
    approval: Option<bool>,
    /// The oldest version that may enrol; empty = any
    #[arg(long, value_name = "V")]
    min_version: Option<String>,
}

fn on_off(text: &str) -> std::result::Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("on or off".to_owned()),
    }
}

impl UpdateArgs {
    fn change(&self) -> Result<TokenChange> {
        let removed = |label: &&String| label.ends_with('-') && !label.contains('=');
        let set: Vec<String> = self.labels.iter().filter(|l| !removed(l)).cloned().collect();
        let unset = self.labels.iter().filter(removed);
        let change = TokenChange {
            uses: self.uses,
            ttl_ms: self.ttl.map(millis),
            set: labels(&set)?,
            unset: unset.map(|label| label.trim_end_matches('-').into()).collect(),
            name_pattern: self.name_pattern.as_deref().map(SafeText::from),
            from: (!self.from.is_empty()).then(|| {
                texts(&self.from).into_iter().filter(|net| !net.as_str().is_empty()).collect()
            }),
            require_approval: self.approval,
            min_version: self.min_version.as_deref().map(SafeText::from),
        };
        if change == TokenChange::default() {
            return Err(Failure::usage("nothing to change was given")
                .hint("tunnelctl tokens update --help"));
        }
        Ok(change)
    }
}

/// Changes a token.
pub(super) async fn update(run: &Run, args: UpdateArgs) -> Result {
    let change = args.change()?;
    Change::new("update token", "updated", Level::Mild, &[args.token])?
        .apply(run, |token, intent| Request::TokenUpdate { token, change: change.clone(), intent })
        .await
}

/// The demands in one cell.
pub(super) fn shown(binding: &Binding) -> String {
    let mut parts = Vec::new();
    if let Some(pattern) = &binding.name_pattern {
        parts.push(format!("name={pattern}"));
    }
    parts.extend(binding.from.iter().map(|net| format!("from={net}")));
    if binding.require_approval {
        parts.push("approval".to_owned());
    }
    if let Some(version) = &binding.min_version {
        parts.push(format!("version>={version}"));
    }
    if let Some(ms) = binding.ephemeral_ms {
        parts.push(format!("ephemeral={}", human::duration(Duration::from_millis(ms))));
    }
    parts.join(" ")
}

fn texts(all: &[String]) -> Vec<SafeText> {
    all.iter().map(|text| SafeText::from(text.as_str())).collect()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
