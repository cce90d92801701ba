use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Text of an event, which is copied only where it is written with escapes.
#[derive(Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Names with a text or a list of texts, as headers and parameters are written. A name with a list stands for each of its texts.
#[derive(Default)]
pub struct Pairs<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadPairs)
    }
}

struct ReadPairs;

impl<'de> Visitor<'de> for ReadPairs {
    type Value = Pairs<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("names with texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut names: A) -> Result<Pairs<'de>, A::Error> {
        let mut pairs = Pairs::default();
        while let Some(Text(name)) = names.next_key()? {
            names.next_value_seed(ReadTexts { name, pairs: &mut pairs })?;
        }
        Ok(pairs)
    }
}

/// Reads the text or texts of a name.
struct ReadTexts<'p, 'a> {
    name: Cow<'a, str>,
    pairs: &'p mut Pairs<'a>,
}

impl<'de> DeserializeSeed<'de> for ReadTexts<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadTexts<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or a list of texts")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.pairs.0.push((self.name, Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.pairs.0.push((self.name, Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<(), A::Error> {
        while let Some(Text(text)) = texts.next_element()? {
            self.pairs.0.push((self.name.clone(), text));
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_each_of_its_texts() {
        let json = r#"{"a": "1", "b\n": ["2", "\u0033"], "c": [], "d": null, "a": "4\""}"#;
        let Pairs(pairs) = serde_json::from_str(json).unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (name.as_ref(), text.as_ref())).collect();
        assert_eq!(pairs, [("a", "1"), ("b\n", "2"), ("b\n", "3"), ("a", "4\"")]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for json in ["[]", r#"{"a": 1}"#, r#"{"a": [["b"]]}"#, r#"{"a": {"b": "c"}}"#] {
            assert!(serde_json::from_str::<Pairs<'_>>(json).is_err(), "{json}");
        }
    }
}
