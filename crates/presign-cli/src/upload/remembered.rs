use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::parts::Source;
use crate::service::ObjectName;

/// An upload that has begun, so that a later run goes on with it. It has no URL and no credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    pub upload_id: String,
    /// Bytes of each part but the last.
    pub part_size: u64,
    /// The file as it was: another one cannot be gone on with.
    length: u64,
    modified: Option<u128>,
    #[serde(skip)]
    place: Option<PathBuf>,
}

impl Remembered {
    pub fn new(upload_id: String, part_size: u64, source: &Source, place: Option<PathBuf>) -> Self {
        Self { upload_id, part_size, length: source.length(), modified: source.modified(), place }
    }

    /// What an earlier run has noted, if the file is still the same.
    pub fn read(place: &Path, source: &Source) -> Option<Self> {
        let remembered: Self = serde_json::from_slice(&fs::read(place).ok()?).ok()?;
        let same = remembered.length == source.length() && remembered.modified == source.modified();
        (same && remembered.part_size > 0).then(|| Self { place: Some(place.to_owned()), ..remembered })
    }

    pub fn write(&self) -> io::Result<()> {
        let Some(place) = &self.place else { return Ok(()) };
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(place, serde_json::to_vec(self)?)
    }

    /// Done, or gone at S3. A note that stays does no harm: S3 is asked first.
    pub fn forget(&self) {
        if let Some(place) = &self.place {
            let _ = fs::remove_file(place);
        }
    }
}

/// Where an upload of this file to this object is noted; none where there is no home.
pub fn place(api_url: &str, object: &ObjectName, source: &Source) -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")))?;
    let mut digest = Sha256::new();
    for text in [api_url, &object.bucket, &object.key, &source.path().to_string_lossy()] {
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    }
    Some(state.join("presign/uploads").join(format!("{}.json", hex::encode(digest.finalize()))))
}
