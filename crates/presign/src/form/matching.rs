use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, de};

/// What a field of a form must be: `"text"`, or `{"startsWith": "te"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matching {
    Exactly(String),
    StartsWith(String),
}

impl<'de> Deserialize<'de> for Matching {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrBeginning)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Matching {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Matching".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"startsWith": {"type": "string"}},
                    "required": ["startsWith"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

struct TextOrBeginning;

impl<'de> Visitor<'de> for TextOrBeginning {
    type Value = Matching;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or an object with `startsWith`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Matching, E> {
        Ok(Matching::Exactly(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Matching, A::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Beginning {
            starts_with: String,
        }
        let beginning = Beginning::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Matching::StartsWith(beginning.starts_with))
    }
}
