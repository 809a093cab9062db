//! What operators write, under seeded mutation: filters and preferences.
#![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]

#[path = "../../testbed/fuzz/harness.rs"]
mod harness;

use console::ctx::config::{self, KEYS, Preferences};
use console::filter::{
    Field, Filter, LabelKeys, Schema, Subject, access_request_schema, node_schema, port_schema,
    rule_schema, tunnel_schema,
};
use harness::Parser;
use std::borrow::Cow;
use std::path::Path;
use wire::UnixMs;

/// A row that has something for every key.
struct Row(Field<'static>);

impl Subject for Row {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        ["gw-ber-014", "n_7f3k2q", "site=ber", ""].into_iter().for_each(see);
    }
    fn field(&self, _: &str) -> Field<'_> {
        self.0.clone()
    }
    fn label(&self, key: &str) -> Option<&str> {
        (key == "site").then_some("ber")
    }
}

#[test]
fn filters_survive() {
    let schemas: [Schema; 5] = [
        node_schema(LabelKeys::Any),
        tunnel_schema(),
        port_schema(),
        rule_schema(),
        access_request_schema(),
    ];
    let rows = [
        Row(Field::Missing),
        Row(Field::Text(Cow::Borrowed("10.20.4.7"))),
        Row(Field::Number(f64::NAN)),
        Row(Field::Number(-1e300)),
        Row(Field::At(UnixMs(u64::MAX))),
        Row(Field::At(UnixMs(0))),
    ];
    Parser::new("filter", 2048).survives(|input| {
        let text = String::from_utf8_lossy(input);
        for schema in &schemas {
            let Ok(filter) = Filter::parse(&text, schema) else { continue };
            let shown = filter.to_string();
            let again =
                Filter::parse(&shown, schema).unwrap_or_else(|_| panic!("{shown:?} of {text:?}"));
            for row in &rows {
                for now in [UnixMs(0), UnixMs(1_790_000_000_000)] {
                    assert_eq!(filter.matches(row, now), again.matches(row, now), "{shown:?}");
                }
            }
        }
    });
}

#[test]
fn preferences_survive() {
    Parser::new("preferences", 16 * 1024).survives(|input| {
        let text = String::from_utf8_lossy(input);
        let _ = config::parse::<Preferences>(Path::new("config.toml"), &text, KEYS);
    });
}
