use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// A JSON object of texts, none of whose names stands twice: of two values one would be lost in silence. What is longer than any
/// that S3 takes is not read to its end: a batch has room for a great deal of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "BTreeMap<String, String>"))]
pub struct UniqueMap(pub BTreeMap<String, String>);

impl UniqueMap {
    /// Bytes of all names and values. Ten tags of characters of four bytes, as a form may have them, have 15,360; metadata, and an
    /// encryption context in its header, have fewer.
    const LONGEST: usize = 16 * 1024;
}

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
        let mut map = BTreeMap::new();
        let mut length = 0;
        while let Some((name, value)) = entries.next_entry::<String, String>()? {
            length += name.len() + value.len();
            if length > UniqueMap::LONGEST {
                return Err(de::Error::custom(format_args!(
                    "it has at most {} bytes, names and values together",
                    UniqueMap::LONGEST
                )));
            }
            match map.entry(name) {
                Entry::Vacant(place) => place.insert(value),
                Entry::Occupied(known) => {
                    return Err(de::Error::custom(format_args!("`{}` stands there twice", known.key())));
                }
            };
        }
        Ok(UniqueMap(map))
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

    #[test]
    fn an_object_is_read_no_further_than_s3_could_take_it() {
        let text = |value: usize| format!(r#"{{"name":"{}"}}"#, "v".repeat(value));
        assert!(serde_json::from_str::<UniqueMap>(&text(UniqueMap::LONGEST - 4)).is_ok());
        // What comes after is not even looked at: here the name stands there twice, and the object never ends.
        let beyond = format!("{},\"name\":", text(UniqueMap::LONGEST - 3).trim_end_matches('}'));
        let error = serde_json::from_str::<UniqueMap>(&beyond).unwrap_err().to_string();
        assert!(error.contains("16384 bytes, names and values together"), "{error}");
    }
}
