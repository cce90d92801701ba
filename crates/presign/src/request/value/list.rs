use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, de};

/// A JSON list of `MOST` entries at the most. One that is longer is not read to its end: a request has room for millions of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T, const MOST: usize>(pub Vec<T>);

impl<T, const MOST: usize> List<T, MOST> {
    pub(crate) fn read<'de, A: de::SeqAccess<'de>>(mut entries: A) -> Result<Self, A::Error>
    where
        T: Deserialize<'de>,
    {
        let mut list = vec![];
        while let Some(entry) = entries.next_element()? {
            if list.len() == MOST {
                return Err(de::Error::custom(format_args!("it has at most {MOST} entries")));
            }
            list.push(entry);
        }
        Ok(Self(list))
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for List<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Entries(PhantomData))
    }
}

struct Entries<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> de::Visitor<'de> for Entries<T, MOST> {
    type Value = List<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        List::read(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_no_further_than_it_may_be_long() {
        assert_eq!(serde_json::from_str::<List<u8, 3>>("[1, 2, 3]").unwrap().0, [1, 2, 3]);
        // What comes after is not even looked at: here it is no number, and the list never ends.
        let error = serde_json::from_str::<List<u8, 3>>("[1, 2, 3, 4, \"five\"").unwrap_err().to_string();
        assert!(error.contains("at most 3 entries"), "{error}");
        for text in ["{}", "1", "null", "[1, \"two\"]"] {
            assert!(serde_json::from_str::<List<u8, 3>>(text).is_err(), "{text}");
        }
    }
}
