use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The claims as API Gateway hands them to a function, which takes nothing but texts of an authorizer: a list is the text of its JSON, so
/// that a name with a space in it stays one name. A text that could be taken for JSON is written as JSON too.
pub fn as_texts(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    let given = claims.iter().filter(|(_, value)| !value.is_null());
    given.map(|(name, value)| (name.clone(), text(value))).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with(['[', '"']) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let name = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            values.iter().map(name).collect::<Value>().to_string()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_claim_is_a_text() {
        let claims = json!({"sub": "alice", "groups": ["a b", "c", 7], "org": "[x]", "said": "\"x\"", "admin": true, "tenant": null, "exp": 1_800_000_000});
        let told = as_texts(claims.as_object().unwrap());
        let groups = r#"["a b","c","7"]"#;
        let expected = [
            ("admin", "true"),
            ("exp", "1800000000"),
            ("groups", groups),
            ("org", r#""[x]""#),
            ("said", r#""\"x\"""#),
            ("sub", "alice"),
        ];
        assert_eq!(told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
    }
}
