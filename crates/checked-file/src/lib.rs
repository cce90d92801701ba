//! A file that was checked before it was deployed has another beside it, which says what came of that: a start that finds it has
//! nothing to check, and reads what somebody asks for.
//!
//! The first line is a digest, of what was checked, of what it was checked by, and of all that follows; the second is a heading. Then
//! there is a line for each part of the file, in the order of their keys: the key, a tab, and what that part says.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;
use xxhash_rust::xxh3::Xxh3Default;

/// Where it is that lies beside `file`: `policies.cedar.checked` beside `policies.cedar`.
#[must_use]
pub fn beside(file: &Path) -> PathBuf {
    file.with_added_extension("checked")
}

/// What lies beside `file`, if anything does.
///
/// # Errors
/// When it is there, and cannot be read.
pub fn read_beside(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(beside(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why there is no checked file.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the heading cannot be JSON: {0}")]
    Heading(#[from] serde_json::Error),
    #[error("what is said of {0:?} has a line break or its key a tab, and would not stand in a line")]
    Line(String),
}

/// What came of checking a file. Its digest is good.
#[derive(Debug)]
pub struct CheckedFile {
    text: Vec<u8>,
    heading: Range<usize>,
    lines: Vec<Range<usize>>,
}

impl CheckedFile {
    /// What the file says of parts that were checked, each with its key: of `source`, and of whatever checked it, such as a version.
    ///
    /// # Errors
    /// When the heading cannot be JSON, or a part or a key would not stand in its line.
    pub fn write(
        source: &[&str],
        heading: &impl Serialize,
        mut parts: Vec<(String, String)>,
    ) -> Result<String, WriteError> {
        parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut rest = serde_json::to_string(heading)? + "\n";
        for (key, part) in parts {
            if key.contains(['\t', '\n']) || part.contains('\n') {
                return Err(WriteError::Line(key));
            }
            rest.extend([&key, "\t", &part, "\n"]);
        }
        Ok(format!("{}\n{rest}", digest(source, rest.as_bytes())))
    }

    /// What the file says, if it is of this source.
    #[must_use]
    pub fn of(source: &[&str], text: Vec<u8>) -> Option<Self> {
        let mut ends = memchr::memchr_iter(b'\n', &text);
        let digest_end = ends.next()?;
        let (stated, rest) = (text.get(..digest_end)?, text.get(digest_end + 1..)?);
        if stated != digest(source, rest).as_bytes() {
            return None;
        }
        let mut begin = digest_end + 1;
        let mut lines = ends.map(|end| {
            let line = begin..end;
            begin = end + 1;
            line
        });
        let heading = lines.next()?;
        let lines = lines.collect();
        Some(Self { text, heading, lines })
    }

    /// It is JSON.
    #[must_use]
    pub fn heading(&self) -> &str {
        self.text_at(&self.heading)
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.lines.len()
    }

    /// The places of the parts with this key.
    #[must_use]
    pub fn find(&self, key: &str) -> Range<usize> {
        let first = self.lines.partition_point(|line| self.key_of(line) < key.as_bytes());
        let others = self.lines.get(first..).unwrap_or_default();
        first..first + others.partition_point(|line| self.key_of(line) == key.as_bytes())
    }

    /// The key of the part at this place, of which the first is 0.
    #[must_use]
    pub fn key(&self, place: usize) -> Option<&str> {
        Some(self.text_at(self.lines.get(place)?).split_once('\t')?.0)
    }

    /// What the part at this place says.
    #[must_use]
    pub fn part(&self, place: usize) -> Option<&str> {
        Some(self.text_at(self.lines.get(place)?).split_once('\t')?.1)
    }

    fn key_of(&self, line: &Range<usize>) -> &[u8] {
        let line = self.text.get(line.clone()).unwrap_or_default();
        let tab = memchr::memchr(b'\t', line).unwrap_or(line.len());
        line.get(..tab).unwrap_or_default()
    }

    fn text_at(&self, place: &Range<usize>) -> &str {
        self.text.get(place.clone()).and_then(|line| str::from_utf8(line).ok()).unwrap_or_default()
    }
}

/// It tells a file that has been changed from one that has not, and a start from what it need not do. Who may change one file may change
/// the other, whatever the digest: so it is a fast one.
fn digest(source: &[&str], rest: &[u8]) -> String {
    let mut digest = Xxh3Default::new();
    for part in source.iter().map(|part| part.as_bytes()).chain([rest]) {
        // The length says where a part ends.
        digest.update(&part.len().to_le_bytes());
        digest.update(part);
    }
    format!("{:032x}", digest.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: [&str; 2] = ["1", "source"];

    fn written() -> String {
        let parts = [("b", "one"), ("", "first"), ("ba", "x\ty"), ("b", "two"), ("a", "")];
        let parts = parts.into_iter().map(|(key, part)| (key.to_owned(), part.to_owned()));
        CheckedFile::write(&SOURCE, &["heading"], parts.collect()).unwrap()
    }

    #[test]
    fn a_part_is_found_by_its_key() {
        let file = CheckedFile::of(&SOURCE, written().into_bytes()).unwrap();
        let found = |key: &str| file.find(key).map(|place| file.part(place).unwrap()).collect::<Vec<_>>();
        assert_eq!(found("b"), ["one", "two"]);
        assert_eq!([found(""), found("a"), found("ba")], [["first"], [""], ["x\ty"]]);
        for absent in ["A", "aa", "bb", "b\t", "c"] {
            assert!(found(absent).is_empty(), "{absent:?}");
        }
        assert_eq!((file.heading(), file.parts(), file.key(4), file.key(5)), (r#"["heading"]"#, 5, Some("ba"), None));
    }

    #[test]
    fn what_would_not_stand_in_a_line_is_not_written() {
        for (key, part) in [("a\tb", ""), ("a\nb", ""), ("a", "b\nc")] {
            let written = CheckedFile::write(&SOURCE, &[(); 0], vec![(key.to_owned(), part.to_owned())]);
            assert!(matches!(written, Err(WriteError::Line(_))), "{key:?} {part:?}");
        }
    }

    #[test]
    fn what_was_changed_is_not_taken() {
        let written = written();
        let taken = |source: &[&str], text: &str| CheckedFile::of(source, text.as_bytes().to_vec()).is_some();
        assert!(taken(&SOURCE, &written));
        for source in [["1", "Source"], ["1s", "ource"], ["2", "source"]] {
            assert!(!taken(&source, &written), "{source:?}");
        }
        assert!(!taken(&["1"], &written) && !taken(&["1", "source", ""], &written));
        for changed in
            ["", "\n", &written.replace("one", "two"), &written.replace("heading", "heading2"), &format!("{written}\n")]
        {
            assert!(!taken(&SOURCE, changed), "{changed}");
        }
        assert!(!taken(&SOURCE, written.trim_end()));
    }

    #[test]
    fn each_file_has_another_beside_it() {
        let [toml, cedar] = ["a/many.toml", "a/many.cedar"].map(|file| beside(Path::new(file)));
        assert_eq!(toml, Path::new("a/many.toml.checked"));
        assert_ne!(toml, cedar);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("many.toml");
        assert_eq!(read_beside(&file).unwrap(), None);
        std::fs::write(beside(&file), "x").unwrap();
        assert_eq!(read_beside(&file).unwrap().as_deref(), Some(b"x".as_slice()));
    }
}
