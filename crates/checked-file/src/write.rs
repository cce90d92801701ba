use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::digest::{Digest, of_line};

/// Why there is no checked file.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the heading cannot be JSON: {0}")]
    Heading(#[from] serde_json::Error),
    #[error("what is said of {0:?} has a line break or its key a tab, and would not stand in a line")]
    Line(String),
}

/// What came of checking the file with this text: a heading, and what is said of its parts, each with its key. `rules` are of whatever
/// checked it, such as a version.
///
/// # Errors
/// When the heading cannot be JSON, or a part or a key would not stand in its line.
pub fn write(
    text: &str,
    rules: &[&str],
    heading: &impl Serialize,
    mut parts: Vec<(String, String)>,
) -> Result<String, WriteError> {
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut lines = serde_json::to_string(heading)? + "\n";
    for (key, part) in parts {
        if key.contains(['\t', '\n']) || part.contains('\n') {
            return Err(WriteError::Line(key));
        }
        lines.extend([&key, "\t", &part, "\n"]);
    }
    let mut digest = Digest::of_rules(rules);
    digest.add(xxh3_128(text.as_bytes()));
    for line in lines.split_inclusive('\n') {
        digest.add_line(of_line(line.as_bytes()));
    }
    Ok(digest.stated() + "\n" + &lines)
}
