//! A file that was checked before it was deployed has another beside it, which says what came of that: a start that finds it has
//! nothing to check, and reads what somebody asks for.
//!
//! The first line is a digest, of what was checked, of what it was checked by, and of all that follows; the second is a heading. Then
//! there is a line for each part of the file, in the order of their keys: the key, a tab, and what that part says.

mod digest;
mod file;
mod write;

use std::path::{Path, PathBuf};

pub use file::{Beside, CheckedFile, PartError, ReadError};
pub use write::{WriteError, write};

/// Where it is that lies beside `file`: `policies.cedar.checked` beside `policies.cedar`.
#[must_use]
pub fn beside(file: &Path) -> PathBuf {
    file.with_added_extension("checked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_another_beside_it() {
        let [toml, cedar] = ["a/many.toml", "a/many.cedar"].map(|file| beside(Path::new(file)));
        assert_eq!(toml, Path::new("a/many.toml.checked"));
        assert_ne!(toml, cedar);
    }
}
