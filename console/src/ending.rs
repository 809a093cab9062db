//! A right that ends soon, in words: the same at the command line and in the console.

use crate::cli::human;
use std::time::Duration;
use wire::UnixMs;
use wire::message::view::{EndCause, EndsView};

/// What is over then: `role support`.
pub fn what(ends: &EndsView) -> String {
    let which = ends.which.as_ref().map_or("", |which| which.as_str());
    match ends.cause {
        EndCause::Certificate => "the certificate".to_owned(),
        EndCause::Role => format!("role {which}"),
        EndCause::Rule => format!("rule {which}"),
        EndCause::Session => format!("session {which}"),
        EndCause::Share => "the share".to_owned(),
    }
}

/// The command that makes it last longer.
pub fn longer(ends: &EndsView) -> String {
    let which = ends.which.as_ref().map_or("", |which| which.as_str());
    match ends.cause {
        EndCause::Certificate => "tunnelctl whoami".to_owned(),
        EndCause::Role => format!("tunnelctl access request --role {which} --for 1h --reason TEXT"),
        EndCause::Rule => format!("tunnelctl rules update {which} --until 1h"),
        EndCause::Session => format!("tunnelctl sessions extend {which} --for 1h"),
        EndCause::Share => "tunnelctl share".to_owned(),
    }
}

/// How long is left, in whole seconds: ten minutes are not 9m59s.
pub fn left(ms: u64) -> String {
    human::duration(Duration::from_secs((ms + 500) / 1000))
}

/// `ends in 10m with role support; longer: tunnelctl access request …`
pub fn sentence(ends: &EndsView) -> String {
    let left = left(ends.left_ms);
    match ends.cause {
        EndCause::Share => format!("ends in {left}; another: {}", longer(ends)),
        _ => format!("ends in {left} with {}; longer: {}", what(ends), longer(ends)),
    }
}

/// `session s_51aa ends in 10m · tunnelctl sessions extend …`
pub fn own_end(ends: &EndsView, now: UnixMs) -> String {
    let left = u64::try_from(ends.until.since(now).as_millis()).unwrap_or(u64::MAX);
    format!("{} ends in {} · {}", what(ends), self::left(left), longer(ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_names_what_is_over_and_the_command_against_it() {
        for (cause, which, says) in [
            (
                EndCause::Certificate,
                None,
                "ends in 10m with the certificate; longer: tunnelctl whoami",
            ),
            (
                EndCause::Role,
                Some("support"),
                "ends in 10m with role support; longer: tunnelctl access request --role support \
                 --for 1h --reason TEXT",
            ),
            (
                EndCause::Rule,
                Some("r_12"),
                "ends in 10m with rule r_12; longer: tunnelctl rules update r_12 --until 1h",
            ),
            (
                EndCause::Session,
                Some("s_51aa"),
                "ends in 10m with session s_51aa; longer: tunnelctl sessions extend s_51aa --for 1h",
            ),
        ] {
            let which = which.map(Into::into);
            let ends = EndsView { until: UnixMs(0), left_ms: 599_600, cause, which };
            assert_eq!(sentence(&ends), says);
        }
    }
}
