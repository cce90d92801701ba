use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The claims as API Gateway's HTTP APIs hand them to a function: texts, whatever they were in the token, and lists as `[a b]`.
pub fn as_http_apis_tell_them(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    let given = claims.iter().filter(|(_, value)| !value.is_null());
    given.map(|(name, value)| (name.clone(), text(value))).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(text).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_claim_is_a_text() {
        let claims = json!({"sub": "alice", "groups": ["a", "b"], "admin": true, "tenant": null, "exp": 1_800_000_000});
        let told = as_http_apis_tell_them(claims.as_object().unwrap());
        let expected = [("admin", "true"), ("exp", "1800000000"), ("groups", "[a b]"), ("sub", "alice")];
        assert_eq!(told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
    }
}
