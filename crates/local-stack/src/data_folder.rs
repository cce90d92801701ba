use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The folder that keeps what the stack holds, locked against a second stack.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
    /// Removed when dropped.
    _temporary: Option<TempDir>,
}

#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    #[error("the data folder `{}` cannot be used: {source}", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    #[error("another local stack uses `{}`: name another folder with --data", .0.display())]
    InUse(PathBuf),
}

impl DataFolder {
    /// The folder at `path`; without one, a temporary folder.
    ///
    /// # Errors
    /// When it cannot be made, or another stack has it.
    pub fn open(path: Option<&Path>) -> Result<Self, DataFolderError> {
        let (path, temporary) = match path {
            Some(path) => (path.to_owned(), None),
            None => Self::temporary().map(|folder| (folder.path().to_owned(), Some(folder)))?,
        };
        let unusable = |source| DataFolderError::Unusable { path: path.clone(), source };
        std::fs::create_dir_all(&path).map_err(unusable)?;
        let lock = File::create(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock, _temporary: temporary }),
            Err(TryLockError::WouldBlock) => Err(DataFolderError::InUse(path)),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    fn temporary() -> Result<TempDir, DataFolderError> {
        let unusable = |source| DataFolderError::Unusable { path: std::env::temp_dir(), source };
        TempDir::with_prefix("local-stack-").map_err(unusable)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
