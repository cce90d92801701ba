use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// A JSON object of texts, in its own order, none of whose names stands twice: of two values one would be lost in silence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "std::collections::BTreeMap<String, String>")
)]
pub struct UniqueMap(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for UniqueMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> de::Visitor<'de> for Object {
    type Value = UniqueMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<UniqueMap, A::Error> {
        let mut map = UniqueMap::default();
        while let Some((name, value)) = entries.next_entry::<String, String>()? {
            if map.0.iter().any(|(known, _)| *known == name) {
                return Err(de::Error::custom(format_args!("`{name}` stands there twice")));
            }
            map.0.push((name, value));
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        assert!(serde_json::from_str::<UniqueMap>(r#"{"a":"1","b":"1"}"#).is_ok());
        for text in [r#"{"a":"1","a":"1"}"#, r#"{"a":1}"#, r#"{"a":null}"#, "[]", r#""a=1""#] {
            assert!(serde_json::from_str::<UniqueMap>(text).is_err(), "{text}");
        }
    }
}
