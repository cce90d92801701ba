use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use xxhash_rust::xxh3::Xxh3Default;

use crate::digest::{Digest, of_line};
use crate::path_of;

/// How much of a file is in memory while its digest is made. A page that is touched for the first time costs a start more than to
/// ask the kernel once more.
const AT_A_TIME: usize = 32 * 1024;

/// What lies beside a file, read as whoever asked for it reads it.
#[derive(Debug)]
pub enum Beside<T = CheckedFile> {
    Nothing,
    /// What came of checking another text, or by other rules.
    Stale,
    Checked(T),
}

impl<T> Beside<T> {
    /// The same, with what `read` makes of what was checked.
    pub fn map<U>(self, read: impl FnOnce(T) -> U) -> Beside<U> {
        match self {
            Self::Nothing => Beside::Nothing,
            Self::Stale => Beside::Stale,
            Self::Checked(checked) => Beside::Checked(read(checked)),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be read: {source}", path.display())]
pub struct ReadError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// What came of checking a file. Its digest is good.
///
/// Of its lines only the keys are in memory: what is said of a part is read when somebody asks.
#[derive(Debug)]
pub struct CheckedFile {
    file: Mutex<File>,
    heading: String,
    keys: String,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    /// Where its key is among the keys.
    key: Range<usize>,
    /// Bytes from the file's beginning.
    at: u64,
    /// In bytes, with the line break.
    length: usize,
    digest: u64,
}

/// Why it is not known what is said of a part.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    #[error("there is no part at place {0}")]
    NoPart(usize),
    #[error("what was checked cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("what was checked has changed since the start: start again")]
    Changed,
}

impl CheckedFile {
    /// What lies beside `file`, which counts only if it is of that file's text, and by these rules.
    ///
    /// # Errors
    /// When one of the two is there, and cannot be read.
    pub fn load_for(file: &Path, rules: &[&str]) -> Result<Beside, ReadError> {
        let path = path_of(file);
        let checked = match File::open(&path) {
            Ok(checked) => checked,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Beside::Nothing),
            Err(source) => return Err(ReadError { path, source }),
        };
        let mut digest = Digest::of_rules(rules);
        let of_text = File::open(file).and_then(digest_of);
        digest.add(of_text.map_err(|source| ReadError { path: file.to_owned(), source })?);
        match Self::of(checked, digest) {
            Ok(good) => Ok(good.map_or(Beside::Stale, Beside::Checked)),
            Err(source) => Err(ReadError { path, source }),
        }
    }

    /// None where the digest is of something else.
    fn of(file: File, mut digest: Digest) -> io::Result<Option<Self>> {
        let mut reader = BufReader::with_capacity(AT_A_TIME, file);
        let mut line = vec![];
        let mut at = reader.read_until(b'\n', &mut line)? as u64;
        let stated = line.clone();
        let (mut heading, mut keys, mut lines) = (None, vec![], vec![]);
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line)?;
            if length == 0 {
                break;
            }
            let line_digest = of_line(&line);
            digest.add_line(line_digest);
            if heading.is_none() {
                heading = Some(line.trim_ascii_end().to_owned());
            } else {
                let begin = keys.len();
                keys.extend(line.split(|byte| *byte == b'\t').next().unwrap_or_default());
                lines.push(Line { key: begin..keys.len(), at, length, digest: line_digest });
            }
            at += length as u64;
        }
        // The break that ends a line belongs to it: what was cut short has another digest.
        let good = stated.strip_suffix(b"\n") == Some(digest.stated().as_bytes());
        let (Some(heading), true) = (heading, good) else { return Ok(None) };
        let (Ok(heading), Ok(keys)) = (String::from_utf8(heading), String::from_utf8(keys)) else { return Ok(None) };
        Ok(Some(Self { file: Mutex::new(reader.into_inner()), heading, keys, lines }))
    }

    /// It is JSON.
    #[must_use]
    pub fn heading(&self) -> &str {
        &self.heading
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.lines.len()
    }

    /// The places of the parts with this key.
    #[must_use]
    pub fn find(&self, key: &str) -> Range<usize> {
        let first = self.lines.partition_point(|line| self.key_of(line) < key);
        let others = self.lines.get(first..).unwrap_or_default();
        first..first + others.partition_point(|line| self.key_of(line) == key)
    }

    /// The key of the part at this place, of which the first is 0.
    #[must_use]
    pub fn key(&self, place: usize) -> Option<&str> {
        Some(self.key_of(self.lines.get(place)?))
    }

    fn key_of(&self, line: &Line) -> &str {
        self.keys.get(line.key.clone()).unwrap_or_default()
    }

    /// What the part at this place says.
    ///
    /// # Errors
    /// When there is no such part, or the file cannot be read any more, or says something else by now.
    pub fn part(&self, place: usize) -> Result<String, PartError> {
        let line = self.lines.get(place).ok_or(PartError::NoPart(place))?;
        let mut text = vec![0; line.length];
        {
            let mut file = self.file.lock().map_err(|_| io::Error::other("a reader of it has panicked"))?;
            file.seek(SeekFrom::Start(line.at))?;
            file.read_exact(&mut text)?;
        }
        if of_line(&text) != line.digest {
            return Err(PartError::Changed);
        }
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        Ok(text.trim_end_matches('\n').split_once('\t').unwrap_or_default().1.to_owned())
    }
}

/// Without a place in memory for all of it.
fn digest_of(mut file: File) -> io::Result<u128> {
    let (mut digest, mut text) = (Xxh3Default::new(), vec![0; AT_A_TIME]);
    loop {
        match file.read(&mut text)? {
            0 => return Ok(digest.digest128()),
            length => digest.update(text.get(..length).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::write::{WriteError, write};

    const RULES: [&str; 1] = ["1"];

    /// A file in a folder of its own, and what lies beside it.
    struct Deployed {
        folder: TempDir,
    }

    impl Deployed {
        fn new(checked: &str) -> Self {
            let deployed = Self { folder: TempDir::new().unwrap() };
            fs::write(deployed.file(), "source").unwrap();
            deployed.has_beside(checked);
            deployed
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("file")
        }

        fn has_beside(&self, checked: &str) {
            fs::write(path_of(&self.file()), checked).unwrap();
        }

        fn beside(&self) -> Option<CheckedFile> {
            self.by(&RULES)
        }

        fn by(&self, rules: &[&str]) -> Option<CheckedFile> {
            match CheckedFile::load_for(&self.file(), rules).unwrap() {
                Beside::Checked(file) => Some(file),
                Beside::Stale => None,
                Beside::Nothing => panic!("nothing lies beside it"),
            }
        }
    }

    fn written() -> String {
        let parts = [("b", "one"), ("", "first"), ("ba", "x\ty"), ("b", "two"), ("a", "")];
        let parts = parts.into_iter().map(|(key, part)| (key.to_owned(), part.to_owned()));
        write("source", &RULES, &["heading"], parts.collect()).unwrap()
    }

    #[test]
    fn a_part_is_found_by_its_key() {
        let file = Deployed::new(&written()).beside().unwrap();
        let found = |key: &str| file.find(key).map(|place| file.part(place).unwrap()).collect::<Vec<_>>();
        assert_eq!(found("b"), ["one", "two"]);
        assert_eq!([found(""), found("a"), found("ba")], [["first"], [""], ["x\ty"]]);
        for absent in ["A", "aa", "bb", "b\t", "c"] {
            assert!(found(absent).is_empty(), "{absent:?}");
        }
        assert_eq!((file.heading(), file.parts(), file.key(4), file.key(5)), (r#"["heading"]"#, 5, Some("ba"), None));
        assert!(matches!(file.part(5), Err(PartError::NoPart(5))));
    }

    #[test]
    fn a_part_is_read_wherever_in_a_large_file_it_is() {
        let long = |place: usize| format!("{place}").repeat(1 + place);
        let parts = (0..1000).map(|place| (format!("{place:03}"), long(place)));
        let file = write("source", &RULES, &[(); 0], parts.collect()).unwrap();
        assert!(file.len() > 10 * AT_A_TIME);
        let file = Deployed::new(&file).beside().unwrap();
        for place in [999, 0, 500, 1, 998] {
            assert_eq!(file.find(&format!("{place:03}")), place..place + 1);
            assert_eq!(file.part(place).unwrap(), long(place));
        }
    }

    #[test]
    fn what_would_not_stand_in_a_line_is_not_written() {
        for (key, part) in [("a\tb", ""), ("a\nb", ""), ("a", "b\nc")] {
            let written = write("source", &RULES, &[(); 0], vec![(key.to_owned(), part.to_owned())]);
            assert!(matches!(written, Err(WriteError::Line(_))), "{key:?} {part:?}");
        }
    }

    #[test]
    fn what_was_changed_is_not_taken() {
        let written = written();
        let deployed = Deployed::new(&written);
        assert!(deployed.beside().is_some());
        for rules in [["2"].as_slice(), &[], &["1", ""], &["1", "source"]] {
            assert!(deployed.by(rules).is_none(), "{rules:?}");
        }
        let end = written.trim_end();
        for changed in [
            "",
            "\n",
            &written.replace("one", "two"),
            &written.replace("heading", "heading2"),
            &format!("{written}\n"),
            end,
        ] {
            deployed.has_beside(changed);
            assert!(deployed.beside().is_none(), "{changed}");
        }
        deployed.has_beside(&written);
        fs::write(deployed.file(), "Source").unwrap();
        assert!(deployed.beside().is_none());
    }

    #[test]
    fn what_changes_after_the_start_says_nothing() {
        let deployed = Deployed::new(&written());
        let file = deployed.beside().unwrap();
        deployed.has_beside(&written().replace("two", "six"));
        assert_eq!(file.part(2).unwrap(), "one");
        assert!(matches!(file.part(3), Err(PartError::Changed)));
        deployed.has_beside("");
        assert!(matches!(file.part(2), Err(PartError::Unreadable(_))));
    }

    #[test]
    fn what_is_not_there_is_told_from_what_cannot_be_read() {
        let deployed = Deployed::new(&written());
        fs::remove_file(deployed.file()).unwrap();
        let error = CheckedFile::load_for(&deployed.file(), &RULES).unwrap_err();
        assert_eq!(error.path, deployed.file());
        fs::remove_file(path_of(&deployed.file())).unwrap();
        assert!(matches!(CheckedFile::load_for(&deployed.file(), &RULES), Ok(Beside::Nothing)));
        fs::create_dir(path_of(&deployed.file())).unwrap();
        fs::write(deployed.file(), "source").unwrap();
        let error = CheckedFile::load_for(&deployed.file(), &RULES).unwrap_err();
        assert_eq!(error.path, path_of(&deployed.file()));
    }
}
