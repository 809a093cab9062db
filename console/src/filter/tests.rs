//! The language as people meet it: what matches, what is refused and with which words.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;
use proptest::prelude::*;
use std::borrow::Cow;

struct Row;

impl Subject for Row {
    fn words(&self, see: &mut dyn FnMut(&str)) {
        ["gw-ber-014", "n_7f3k2q", "site=ber"].into_iter().for_each(see);
    }
    fn field(&self, key: &str) -> Field<'_> {
        match key {
            "name" => Field::Text(Cow::Borrowed("gw-ber-014")),
            "state" => Field::Text(Cow::Borrowed("degraded")),
            "version" => Field::Text(Cow::Borrowed("1.10.2")),
            "ip" => Field::Text(Cow::Borrowed("10.20.4.7")),
            "rtt" => Field::Number(212.0),
            "down" => Field::Number(18.4e6),
            "seen" => Field::At(UnixMs(1_000_000)),
            "rc" => Field::Number(9.0),
            "health" => Field::Number(0.977),
            _ => Field::Missing,
        }
    }
    fn label(&self, key: &str) -> Option<&str> {
        (key == "site").then_some("ber")
    }
}

fn labels() -> Schema {
    node_schema(LabelKeys::Known(["site".to_owned(), "ring".to_owned()].into()))
}

fn passes(text: &str) -> bool {
    Filter::parse(text, &labels()).unwrap().matches(&Row, UnixMs(1_700_000))
}

#[test]
fn what_is_true_of_the_row_matches() {
    for text in [
        "",
        "ber 014",
        "BER",
        "~gwb14",
        "\"gw-ber-014\"",
        "site=ber",
        "site:oslo,ber",
        "ring!=2",
        "state:offline,degraded",
        "rtt>150ms",
        "rtt<=212ms",
        "down>10MB/s",
        "down>100Mbit/s",
        "rc>=3",
        "seen>10m",
        "seen<12m",
        "version<1.11",
        "version>1.9.9",
        "name~^gw-.*-0[12]",
        "name:gw-*-014",
        "ip:10.20.0.0/16",
        "ip:10.20.4.7",
        "health<99%",
        "!oslo",
        "a or ber",
        "(oslo or ber) and 014",
        "owner!=netops",
        "!(site=oslo)",
        "name~\"^(gw|edge)-\"",
    ] {
        assert!(passes(text), "{text}");
    }
}

#[test]
fn what_is_not_true_of_the_row_does_not() {
    for text in [
        "oslo",
        "site=muc",
        "\"gw-ber\"",
        "state:online",
        "rtt>1s",
        "down<1M/s",
        "version<1.9",
        "ip:10.21.0.0/16",
        "!ber",
        "ber oslo",
        "seen>1h",
        "owner=netops",
        "name:gw-*-015",
    ] {
        assert!(!passes(text), "{text}");
    }
}

#[test]
fn what_is_not_understood_says_where_and_what_would_be_right() {
    for (text, from, part) in [
        ("ber rtt>150", 4, "rtt>150 — ms or s?"),
        ("stat:online", 0, "no key stat — state?"),
        ("state:onlin", 0, "state is never onlin"),
        ("name~[", 0, "not a regular expression"),
        ("down>5", 0, "K/s, M/s or MB/s?"),
        ("(ber", 0, "the closing ) is missing"),
        ("ber )", 4, "closes nothing"),
        ("ber or", 6, "missing"),
        ("\"ber", 0, "closing \""),
        ("rc>x", 0, "wants a number"),
        ("rtt:", 0, "wants a value"),
    ] {
        let error = Filter::parse(text, &labels()).unwrap_err();
        assert!(error.message.contains(part), "{text}: {}", error.message);
        assert_eq!(error.span.from, from, "{text}");
    }
}

#[test]
fn deep_nesting_is_refused_instead_of_exhausting_the_stack() {
    assert!(Filter::parse(&"(".repeat(250), &labels()).is_err());
    assert!(Filter::parse(&"!".repeat(250), &labels()).is_err());
    assert!(Filter::parse(&"a ".repeat(300), &labels()).is_err());
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z0-9-]{3,8}x",
        "~[a-z]{1,4}",
        "\"[a-z \\(\\)]{1,6}\"",
        Just("rtt>150ms".to_owned()),
        Just("site:ber,muc".to_owned()),
        Just("name~\"a (b|c)\"".to_owned()),
        Just("ip:10.0.0.0/8".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|v| format!("({})", v.join(" "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|v| format!("({})", v.join(" or "))),
            inner.prop_map(|e| format!("!({e})")),
        ]
    })
}

proptest! {
    #[test]
    fn a_filter_reads_back_as_it_is_shown(text in expressions()) {
        let filter = Filter::parse(&text, &labels()).unwrap();
        let shown = filter.to_string();
        prop_assert_eq!(Filter::parse(&shown, &labels()).unwrap(), filter, "{}", shown);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Filter::parse(&text, &labels()).map(|f| f.matches(&Row, UnixMs(5)));
    }

    #[test]
    fn no_nearly_right_text_panics(text in "[a-z(): !~\"<>=0-9.]{0,40}") {
        let _ = Filter::parse(&text, &tunnel_schema()).map(|f| f.matches(&Row, UnixMs(5)));
    }
}
