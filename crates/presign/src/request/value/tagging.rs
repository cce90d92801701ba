use std::collections::BTreeMap;

use serde::Deserialize;

use super::UniqueMap;
use crate::sigv4::encode;

const MOST: usize = 10;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// An object's tags, as the `x-amz-tagging` header has them.
/// Source: Amazon S3 user guide, "Categorizing your objects using tags".
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "UniqueMap")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend(
        "maxProperties" = MOST,
        "propertyNames" = { "minLength": 1, "maxLength": LONGEST_KEY },
        "additionalProperties" = { "type": "string", "maxLength": LONGEST_VALUE },
    )),
)]
pub struct Tagging(BTreeMap<String, String>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaggingError {
    #[error("an object has at most {MOST} tags, not {0}")]
    TooMany(usize),
    #[error("the tag `{0}`: a tag's key has 1 to {LONGEST_KEY} characters")]
    Key(String),
    #[error("the tag `{0}`: a tag's value has at most {LONGEST_VALUE} characters")]
    Value(String),
    #[error("the tag `{key}`: a tag has letters, digits, spaces and `+ - = . _ : / @`, not {character:?}")]
    Character { key: String, character: char },
    #[error("the tag `{0}`: keys that begin with `aws:` are AWS's own")]
    Reserved(String),
}

impl Tagging {
    /// The header's value, encoded as a query is; none where there is no tag.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        let mut value = String::new();
        for (key, tag) in &self.0 {
            if !value.is_empty() {
                value.push('&');
            }
            encode::push_component(&mut value, key);
            value.push('=');
            encode::push_component(&mut value, tag);
        }
        (!value.is_empty()).then_some(value)
    }

    /// The same as a form's field has it; none where there is no tag.
    #[must_use]
    pub fn xml(&self) -> Option<String> {
        // A tag has none of the characters that XML would have escaped.
        let tags = self.0.iter().map(|(key, tag)| format!("<Tag><Key>{key}</Key><Value>{tag}</Value></Tag>"));
        let tags: String = tags.collect();
        (!tags.is_empty()).then(|| format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
    }
}

impl TryFrom<UniqueMap> for Tagging {
    type Error = TaggingError;

    fn try_from(given: UniqueMap) -> Result<Self, TaggingError> {
        if given.0.len() > MOST {
            return Err(TaggingError::TooMany(given.0.len()));
        }
        for (key, value) in &given.0 {
            if !(1..=LONGEST_KEY).contains(&key.chars().count()) {
                return Err(TaggingError::Key(key.clone()));
            }
            if value.chars().count() > LONGEST_VALUE {
                return Err(TaggingError::Value(key.clone()));
            }
            let allowed = |c: char| c.is_alphanumeric() || " +-=._:/@".contains(c);
            if let Some(character) = key.chars().chain(value.chars()).find(|c| !allowed(*c)) {
                return Err(TaggingError::Character { key: key.clone(), character });
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                return Err(TaggingError::Reserved(key.clone()));
            }
        }
        Ok(Self(given.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entries: &[(&str, &str)]) -> Result<Option<String>, TaggingError> {
        let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Tagging::try_from(UniqueMap(entries)).map(|tagging| tagging.header())
    }

    #[test]
    fn tags_are_encoded_as_a_query() {
        assert_eq!(read(&[("project", "a b+c"), ("é=/", "")]).unwrap().unwrap(), "project=a%20b%2Bc&%C3%A9%3D%2F=");
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn what_s3_refuses_is_refused() {
        let many: Vec<String> = (0..11).map(|i| i.to_string()).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "")).collect();
        assert!(read(&many[..10]).is_ok());
        assert_eq!(read(&many), Err(TaggingError::TooMany(11)));
        let (key, value) = ("é".repeat(128), "é".repeat(256));
        assert!(read(&[(&key, &value)]).is_ok());
        assert!(matches!(read(&[(&format!("{key}k"), "")]), Err(TaggingError::Key(_))));
        assert!(matches!(read(&[("k", &format!("{value}v"))]), Err(TaggingError::Value(_))));
        assert!(matches!(read(&[("", "v")]), Err(TaggingError::Key(_))));
        assert!(matches!(read(&[("aws:k", "v")]), Err(TaggingError::Reserved(_))));
        for bad in ["a&b", "a\r\nb", "a?", "a%20", "a\tb", "a*"] {
            assert!(matches!(read(&[("k", bad)]), Err(TaggingError::Character { .. })), "{bad}");
            assert!(matches!(read(&[(bad, "v")]), Err(TaggingError::Character { .. })), "{bad}");
        }
    }
}
