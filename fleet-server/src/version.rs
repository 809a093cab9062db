//! Versions of programs, as far as they are compared: dotted numbers, the rest is ignored.

use wire::{Refusal, RefusalCode};

/// Numbers that are compared.
const PARTS: usize = 3;

/// Whether the text is a version that can be asked for.
pub(crate) fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    (1..=PARTS).contains(&parts.len()) && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

/// Whether a program is older than `least`. One whose version cannot be read is.
pub(crate) fn is_older(program: &str, least: &str) -> bool {
    numbers(program) < numbers(least)
}

/// What such a program is told.
pub(crate) fn too_old(program: &str, least: &str) -> Refusal {
    let message = format!("version {program} is too old: {least} or newer is asked for");
    Refusal::new(RefusalCode::Denied, message).hint("install a newer tunnelctl on this machine")
}

/// The numbers of `1.2.3`, also out of `tunnelctl/1.2.3 cli`; what is missing is 0.
fn numbers(text: &str) -> Option<[u32; PARTS]> {
    let bare = text.rsplit_once('/').map_or(text, |(_, version)| version);
    let bare = bare.split([' ', '-', '+']).next().unwrap_or_default();
    let mut numbers = [0; PARTS];
    for (at, part) in bare.split('.').enumerate() {
        *numbers.get_mut(at)? = part.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (program, least, older) in [
            ("1.2.3", "1.2.3", false),
            ("1.2.3", "1.10", true),
            ("tunnelctl/1.10.0 cli", "1.9.9", false),
            ("0.9.0-rc1", "0.9", false),
            ("2", "1.9.9", false),
            ("garbage", "0", true),
            ("", "0", true),
        ] {
            assert_eq!(is_older(program, least), older, "{program} {least}");
        }
        assert!(
            is_version("1.2") && !is_version("1.2.3.4") && !is_version("v1") && !is_version("")
        );
    }
}
