//! From what a person typed to a record: a name, an id, or a unique id prefix. Ambiguity and
//! absence are refusals that say how to go on.

use crate::fleet::ById;
use crate::fleet::map::Map;
use crate::fleet::record::Stored;
use std::sync::Arc;
use wire::{Refusal, RefusalCode};

/// Characters of an id behind its underscore.
const ID_CHARS: usize = 12;
/// Fewest characters of a prefix, with the kind in front.
const MIN_PREFIX: usize = 4;
/// Candidates named when a prefix is ambiguous.
const CANDIDATES: usize = 5;

/// The record that `reference` names, given the one with that very name. What is not seen is not
/// there.
pub(crate) fn find<T: Stored>(
    records: &Map<Arc<T>, ById>,
    named: Option<Arc<T>>,
    reference: &str,
    sees: impl Fn(&T) -> bool,
) -> Result<Arc<T>, Refusal> {
    if let Some(record) = named.filter(|record| sees(record)) {
        return Ok(record);
    }
    let absent = || {
        Refusal::new(RefusalCode::NotFound, format!("no {} {reference:?}", T::KIND)).hint(T::LIST)
    };
    let body = reference.strip_prefix(T::PREFIX).and_then(|rest| rest.strip_prefix('_'));
    let Some(body) = body else { return Err(absent()) };
    let Some((first, last)) = span(body) else { return Err(absent()) };
    if reference.len() < MIN_PREFIX || body.is_empty() {
        let message =
            format!("{reference:?} is too short: an id's beginning has 4 characters or more");
        return Err(Refusal::new(RefusalCode::Usage, message).hint(T::LIST));
    }
    let mut hits =
        records.from(|r| r.bits().cmp(&first)).take_while(|r| r.bits() <= last).filter(|r| sees(r));
    match (hits.next(), hits.next()) {
        (Some(only), None) => Ok(Arc::clone(only)),
        (Some(one), Some(two)) => Err(ambiguous(reference, [one, two].into_iter().chain(hits))),
        (None, _) => Err(absent()),
    }
}

/// First and last id that start with `body`, if it can start one.
fn span(body: &str) -> Option<(u64, u64)> {
    let open = 5 * ID_CHARS.checked_sub(body.len())?;
    let value = body.bytes().try_fold(0u64, |value, byte| {
        let digit = match byte {
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        Some(value << 5 | u64::from(digit))
    })?;
    let first = value << open;
    Some((first, first | ((1 << open) - 1)))
}

fn ambiguous<'a, T: Stored + 'a>(
    reference: &str,
    hits: impl Iterator<Item = &'a Arc<T>>,
) -> Refusal {
    let mut names: Vec<String> = hits
        .take(CANDIDATES + 1)
        .map(|r| r.name().map_or(r.id_text(), |name| format!("{} ({name})", r.id_text())))
        .collect();
    if names.len() > CANDIDATES {
        names[CANDIDATES] = "…".to_owned();
    }
    let message = format!("{reference:?} means several {}s: {}", T::KIND, names.join(", "));
    Refusal::new(RefusalCode::Usage, message).hint("give more characters of the id")
}
