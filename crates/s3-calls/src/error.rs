use quick_xml::de;
use serde::Deserialize;

/// Why a call to S3 came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum S3CallError {
    /// S3 says no, in its own words.
    #[error("S3 answers `{code}`{}", behind_the_code(message))]
    Refused { status: u16, code: String, message: String },
    /// It may have done what it was asked.
    #[error("S3 has not answered in time; it may have done it all the same: ask again")]
    TooSlow,
    /// It was asked to complete an upload, hung up, and knew the upload no more when it was asked again.
    #[error(
        "S3 has not said what came of it, and knows the upload no more: most likely it is completed; see whether the object is there"
    )]
    MaybeCompleted,
    #[error("S3 cannot be reached: {0}")]
    Unreachable(String),
    #[error("S3's answer cannot be read: {0}")]
    Unreadable(String),
}

/// A message is often left out.
fn behind_the_code(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

#[derive(Deserialize)]
#[serde(rename = "Error", rename_all = "PascalCase")]
struct ErrorDocument {
    code: String,
    #[serde(default)]
    message: String,
}

impl S3CallError {
    /// The code of an answer that has none: one to a HEAD, or one of something that stands before S3.
    pub const NO_CODE: &str = "no error code";

    /// Whether S3 says that there is no such upload, or is none any more.
    #[must_use]
    pub fn is_no_such_upload(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "NoSuchUpload")
    }

    /// The same without S3's own words, which name the object: a log has no keys, and a key may be anything that a caller has sent.
    #[must_use]
    pub fn without_names(&self) -> String {
        match self {
            Self::Refused { status, code, .. } => format!("S3 answers `{code}`, with status {status}"),
            other => other.to_string(),
        }
    }

    /// Reads S3's error document. Its other elements stay behind: they may have what was signed, and with what.
    pub(crate) fn refused(status: u16, body: &str) -> Self {
        match de::from_str::<ErrorDocument>(body) {
            Ok(ErrorDocument { code, message }) => Self::Refused { status, code, message },
            Err(_) => {
                Self::Refused { status, code: Self::NO_CODE.to_owned(), message: format!("HTTP status {status}") }
            }
        }
    }
}
