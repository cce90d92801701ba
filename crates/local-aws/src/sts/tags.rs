//! Session tags, as calls of STS have them.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::{Parameters, QueryError};

const MOST: usize = 50;

/// The tags `Tags.member.N.Key` and `Tags.member.N.Value`.
pub fn read(parameters: &Parameters) -> Result<BTreeMap<String, String>, QueryError> {
    let mut tags = BTreeMap::new();
    let mut names = BTreeSet::new();
    for number in 1.. {
        let Some(key) = parameters.get(&format!("Tags.member.{number}.Key")) else { break };
        let value = parameters.get(&format!("Tags.member.{number}.Value")).unwrap_or_default();
        if !is_text(key, 1, 128) || !is_text(value, 0, 256) || key.to_ascii_lowercase().starts_with("aws:") {
            let message =
                r"a tag has a key of 1 to 128 characters and a value of up to 256, of [\p{L}\p{Z}\p{N}_.:/=+\-@]";
            return Err(QueryError::invalid(message));
        }
        if !names.insert(key.to_ascii_lowercase()) {
            return Err(QueryError::invalid("duplicate tag keys found: they compare without case"));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > MOST {
        return Err(QueryError::invalid(format!("a session has at most {MOST} tags")));
    }
    if parameters.any("TransitiveTagKeys.member") {
        return Err(QueryError::invalid("the local stack does not support `TransitiveTagKeys`"));
    }
    Ok(tags)
}

fn is_text(text: &str, shortest: usize, longest: usize) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    (shortest..=longest).contains(&text.chars().count()) && text.chars().all(allowed)
}
