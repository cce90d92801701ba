//! A file that was checked before it was deployed has another beside it, which says what came of that: a start that finds it has
//! nothing to check, and need not read what nobody has asked for.
//!
//! The first line is a digest, of what was checked, of what it was checked by, and of all that follows; the second is a heading; then
//! there is a line for each part of the file, as JSON.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;
use xxhash_rust::xxh3::Xxh3Default;

/// Where it is that lies beside `file`: `policies.checked.jsonl` beside `policies.cedar`.
#[must_use]
pub fn beside(file: &Path) -> PathBuf {
    file.with_extension("checked.jsonl")
}

/// What lies beside `file`, if anything does.
///
/// # Errors
/// When it is there, and cannot be read.
pub fn read_beside(file: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(beside(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What came of checking a file. Its digest is good.
#[derive(Debug)]
pub struct CheckedFile {
    text: String,
    heading: Range<usize>,
    lines: Vec<Range<usize>>,
}

impl CheckedFile {
    /// What the file says of parts that were checked: `source` and whatever checked it, such as a version. No line may be broken.
    ///
    /// # Errors
    /// When the heading is no JSON.
    pub fn write(
        source: &[&str],
        heading: &impl Serialize,
        lines: impl IntoIterator<Item = String>,
    ) -> Result<String, serde_json::Error> {
        let mut rest = serde_json::to_string(heading)? + "\n";
        for line in lines {
            rest.push_str(&line);
            rest.push('\n');
        }
        Ok(format!("{}\n{rest}", digest(source, &rest)))
    }

    /// What the file says, if it is of this source.
    #[must_use]
    pub fn of(source: &[&str], file: String) -> Option<Self> {
        let (stated, rest) = file.split_once('\n')?;
        if stated != digest(source, rest) {
            return None;
        }
        let mut begin = stated.len() + 1;
        let mut lines = rest.split_inclusive('\n').map(|line| {
            let line = begin..begin + line.len();
            begin = line.end;
            line
        });
        let heading = lines.next()?;
        let lines = lines.collect();
        Some(Self { text: file, heading, lines })
    }

    #[must_use]
    pub fn heading(&self) -> &str {
        self.text.get(self.heading.clone()).unwrap_or_default()
    }

    /// How many lines there are below the heading.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// The line at this place below the heading, of which the first is at 0.
    #[must_use]
    pub fn line(&self, place: usize) -> Option<&str> {
        self.text.get(self.lines.get(place)?.clone())
    }
}

/// It tells a file that has been changed from one that has not, and a start from what it need not do. Who may change one file may change
/// the other, whatever the digest: so it is a fast one.
fn digest(source: &[&str], rest: &str) -> String {
    let mut digest = Xxh3Default::new();
    for part in source.iter().chain([&rest]) {
        // The length says where a part ends.
        digest.update(&part.len().to_le_bytes());
        digest.update(part.as_bytes());
    }
    format!("{:032x}", digest.digest128())
}
