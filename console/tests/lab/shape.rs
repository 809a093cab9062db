//! Real outputs against `tunnelctl schema KIND`: the part of JSON Schema that our schemas use.

use super::Lab;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Asks the binary for schemas, each once.
#[derive(Default)]
pub struct Shapes(RefCell<BTreeMap<String, Value>>);

impl Shapes {
    /// `value` must be as its own kind's schema says, with no key that the schema does not know.
    pub fn check(&self, lab: &Lab, value: &Value) {
        let kind = value["kind"].as_str().unwrap_or_else(|| panic!("without a kind: {value}"));
        let mut known = self.0.borrow_mut();
        let schema = known.entry(kind.to_owned()).or_insert_with(|| lab.json(&["schema", kind]));
        check(schema, value, kind);
    }
}

fn check(schema: &Value, value: &Value, at: &str) {
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        if !(value.is_null() && choices.len() == 2) {
            check(&choices[0], value, at);
        }
        return;
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        assert!(words.contains(value), "{at}: {value} is none of {words:?}");
    }
    if let Some(only) = schema.get("const") {
        assert_eq!(only, value, "{at}");
    }
    let fits = match schema.get("type").and_then(Value::as_str) {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("{at}: unknown type {other}"),
    };
    assert!(fits, "{at}: {value} against {schema}");
    if let (Some(pattern), Some(text)) = (schema.get("pattern"), value.as_str()) {
        let pattern = regex::Regex::new(pattern.as_str().unwrap()).unwrap();
        assert!(pattern.is_match(text), "{at}: {text} against {pattern}");
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        values.iter().for_each(|v| check(items, v, at));
    }
    let Some(object) = value.as_object() else { return };
    if let Some(of) = schema.get("additionalProperties") {
        object.values().for_each(|v| check(of, v, at));
    }
    let Some(known) = schema.get("properties") else { return };
    for key in schema["required"].as_array().unwrap() {
        assert!(object.contains_key(key.as_str().unwrap()), "{at}: {key} is missing in {value}");
    }
    for (key, value) in object {
        match known.get(key) {
            Some(schema) => check(schema, value, &format!("{at}.{key}")),
            // Items of a list say their kind although the list's schema says it for them.
            None => assert_eq!(key, "kind", "{at}: {key} is not described"),
        }
    }
}
