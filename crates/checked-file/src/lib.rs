//! A file that was checked before it was deployed has another beside it, which says what came of that: a start that finds it has
//! nothing to check, and reads what somebody asks for.
//!
//! The first line is a digest, of what was checked, of what it was checked by, and of all that follows; the second is a heading. Then
//! there is a line for each part of the file, in the order of their keys: the key, a tab, and what that part says.

mod digest;
mod file;
mod write;

use std::io;
use std::path::{Path, PathBuf};

pub use file::{Beside, CheckedFile, PartError, ReadError};
pub use write::{WriteError, write};

/// The path of what was checked of `file`: `policies.cedar.checked` beside `policies.cedar`.
#[must_use]
pub fn path_of(file: &Path) -> PathBuf {
    file.with_added_extension("checked")
}

/// What lies beside `file`, as it is and good or not, if anything does.
///
/// # Errors
/// When it is there, and cannot be read.
pub fn read_beside(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path_of(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_another_beside_it() {
        let [toml, cedar] = ["a/many.toml", "a/many.cedar"].map(|file| path_of(Path::new(file)));
        assert_eq!(toml, Path::new("a/many.toml.checked"));
        assert_ne!(toml, cedar);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("many.toml");
        assert_eq!(read_beside(&file).unwrap(), None);
        std::fs::write(path_of(&file), "x").unwrap();
        assert_eq!(read_beside(&file).unwrap().as_deref(), Some(b"x".as_slice()));
    }
}
