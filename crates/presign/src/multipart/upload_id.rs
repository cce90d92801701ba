use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::checked_name;

const LONGEST: usize = 1024;

/// What S3 calls an upload that was created. It is no secret: without a signature nothing can be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = LONGEST, "pattern" = "^[!-~]+$")),
)]
pub struct UploadId(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an upload's id has 1 to {LONGEST} visible ASCII characters, as `POST /multipart-uploads` answered it")]
pub struct UploadIdError;

checked_name!(UploadId, UploadIdError);

impl FromStr for UploadId {
    type Err = UploadIdError;

    fn from_str(text: &str) -> Result<Self, UploadIdError> {
        let visible = text.bytes().all(|b| b.is_ascii_graphic());
        if visible && (1..=LONGEST).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(UploadIdError) }
    }
}
