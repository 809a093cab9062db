//! The ways from this machine to a server: what the environment says, and what worked here before.

use crate::ctx::paths;
use crate::exit::{Failure, Result};
use link::ladder::{Ladder, Setting, Ways};
use std::env;

/// What was learned, in the cache directory.
const FILE: &str = "ways";

/// The ladder that a command climbs: it asks once, so it tries every way.
///
/// # Errors
/// `TUNNELCTL_PROXY`, `TUNNELCTL_PATH` or the proxy of the environment is not valid.
pub fn ladder() -> Result<Ladder> {
    let set = |name: &str| env::var(name).ok();
    let setting = Setting::new(set("TUNNELCTL_PROXY"), set("TUNNELCTL_PATH"));
    let ways = Ways::new(&setting, set).map_err(|error| {
        Failure::usage(error.to_string())
            .hint("unset TUNNELCTL_PROXY TUNNELCTL_PATH     or see tunnelctl help environment")
    })?;
    // Without a place to keep it, what is learned is learned again.
    let file = paths::cache_dir().ok().filter(|dir| dir.is_dir()).map(|dir| dir.join(FILE));
    Ok(Ladder::new(ways, file).impatient())
}
