//! What a token demands: checked when it is made, and again by whoever uses it. The languages are
//! small: a name with `*` in it, networks, a version.

use crate::fleet::MAX_BINDING_BYTES;
use crate::policy::network;
use crate::version;
use std::net::IpAddr;
use wire::message::view::{Binding, TokenKind};
use wire::{Name, Refusal, RefusalCode, SafeText};

/// The shortest time after which a node that is away may be removed.
const MIN_EPHEMERAL_MS: u64 = 1_000;

/// A binding as it is kept: checked, its networks in canonical form.
pub(super) fn checked(binding: &Binding, kind: TokenKind) -> Result<Binding, Refusal> {
    if let Some(bad) = binding.name_pattern.as_ref().filter(|p| !is_pattern(p.as_str())) {
        let message = format!("{bad:?} is no name with * in it", bad = bad.as_str());
        return Err(usage(&message).hint("--name-pattern 'ring2-*'"));
    }
    if let Some(bad) = binding.min_version.as_ref().filter(|v| !version::is_version(v.as_str())) {
        let message = format!("{bad:?} is no version", bad = bad.as_str());
        return Err(usage(&message).hint("--min-version 1.2.0"));
    }
    if binding.ephemeral_ms.is_some_and(|ms| ms < MIN_EPHEMERAL_MS) {
        return Err(
            usage("an ephemeral node is away for a second at least").hint("--ephemeral 10m")
        );
    }
    if kind == TokenKind::Operator && (binding.require_approval || binding.ephemeral_ms.is_some()) {
        return Err(usage("approval and --ephemeral are for nodes, not for operators"));
    }
    let from = binding.from.iter().map(canonical).collect::<Result<Vec<_>, _>>()?;
    let texts = from.iter().chain(&binding.name_pattern).chain(&binding.min_version);
    if texts.map(|text| text.as_str().len() + 2).sum::<usize>() > MAX_BINDING_BYTES {
        return Err(usage(&format!("the binding takes more than {MAX_BINDING_BYTES} bytes")));
    }
    Ok(Binding { from, ..binding.clone() })
}

fn canonical(text: &SafeText) -> Result<SafeText, Refusal> {
    network(text.as_str()).map(|net| net.to_string().into()).ok_or_else(|| {
        usage(&format!("{:?} is no network", text.as_str())).hint("--from 192.0.2.0/24")
    })
}

/// Whether the token may be used from there.
pub(super) fn admits(binding: &Binding, source: &SafeText) -> bool {
    if binding.from.is_empty() {
        return true;
    }
    let Ok(source) = source.as_str().parse::<IpAddr>() else { return false };
    let source = source.to_canonical();
    binding.from.iter().filter_map(|text| network(text.as_str())).any(|net| net.contains(&source))
}

/// The name, if the token may be used for it.
pub(super) fn name_fits(binding: &Binding, name: &Name) -> Result<(), Refusal> {
    match &binding.name_pattern {
        Some(pattern) if !matches(pattern.as_str(), name.as_str()) => {
            let message = format!("the token is not for the name {name}");
            Err(Refusal::new(RefusalCode::Denied, message).hint("ask whoever made the token"))
        }
        _ => Ok(()),
    }
}

/// The one name that the token is for, if it is for one.
pub(super) fn only_name(binding: &Binding) -> Option<Name> {
    binding.name_pattern.as_ref().and_then(|pattern| pattern.as_str().parse().ok())
}

/// Whether a client of this version may enrol.
pub(super) fn version_fits(binding: &Binding, client: &SafeText) -> Result<(), Refusal> {
    match &binding.min_version {
        Some(least) if version::is_older(client.as_str(), least.as_str()) => {
            Err(version::too_old(client.as_str(), least.as_str()))
        }
        _ => Ok(()),
    }
}

/// Characters of a name and `*`, not longer than a name.
fn is_pattern(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != '*').collect();
    let fits = plain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    fits && !text.is_empty()
        && text.len() <= wire::limits::MAX_NAME
        && (text.contains('*') || text.parse::<Name>().is_ok())
}

/// Whether `*` in the pattern can stand for something that makes it the name. Linear in both.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

fn usage(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Usage, SafeText::from(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_nothing_else_does() {
        for (pattern, name, fits) in [
            ("web1", "web1", true),
            ("web1", "web10", false),
            ("web*", "web", true),
            ("web*", "web-17", true),
            ("web*", "xweb", false),
            ("*-ber-*", "gw-ber-014", true),
            ("*-ber-*", "gw-cdg-014", false),
            ("a*b*a", "aba", true),
            ("a*a", "a", false),
            ("*", "anything", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn only_patterns_of_names_are_taken() {
        for good in ["web1", "web*", "*", "*-ber-*"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "WEB1", "web1.", "web1\n", "web1,db1", "web?", "-web", "é*"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }

    #[test]
    fn a_mapped_address_is_the_address_it_maps() {
        let binding = Binding { from: vec!["192.0.2.0/24".into()], ..Binding::default() };
        for (source, inside) in [
            ("192.0.2.7", true),
            ("::ffff:192.0.2.7", true),
            ("192.0.3.1", false),
            ("2001:db8::1", false),
            ("nowhere", false),
        ] {
            assert_eq!(admits(&binding, &source.into()), inside, "{source}");
        }
    }
}
