use serde::Deserialize;

use super::Matching;
use crate::names::{ObjectKey, ObjectKeyError};

/// What S3 replaces with the name of the uploaded file.
pub(super) const FILENAME: &str = "${filename}";
/// As many bytes as a key has.
const LONGEST: usize = 1024;

/// Under which key a form's file is stored.
///
/// Of a key with `${filename}` only what stands before it can be a condition: whoever holds the form may change the rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Matching")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend(
        "minLength" = 1,
        "maxLength" = LONGEST + FILENAME.len(),
        "pattern" = r"^[^\x00-\x1f\x7f-\x9f]+$",
        "properties" = { "startsWith": { "maxLength": LONGEST - 1, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$" } },
    )),
)]
pub enum FormKey {
    Exactly(ObjectKey),
    /// Any key with this beginning.
    StartsWith {
        beginning: String,
        /// What the form's field says, unless its holder says something else.
        field: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormKeyError {
    #[error(transparent)]
    Key(#[from] ObjectKeyError),
    #[error("a key has `${{filename}}` once, not more often")]
    Filenames,
    #[error(
        "a key has at most {LONGEST} bytes of UTF-8, and its beginning one less, since a file's name stands behind it: not {0}"
    )]
    BeginningTooLong(usize),
    #[error("the beginning of a key has no `${{filename}}`: give it as a key")]
    FilenameInBeginning,
}

impl FormKey {
    /// What every key that the form can write begins with.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match self {
            Self::Exactly(key) => key.as_str(),
            Self::StartsWith { beginning, .. } => beginning,
        }
    }

    /// The value of the form's field.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Exactly(key) => key.as_str(),
            Self::StartsWith { field, .. } => field,
        }
    }
}

impl TryFrom<Matching> for FormKey {
    type Error = FormKeyError;

    fn try_from(given: Matching) -> Result<Self, FormKeyError> {
        match given {
            Matching::Exactly(text) => match text.split_once(FILENAME) {
                None => Ok(Self::Exactly(text.parse()?)),
                Some((_, after)) if after.contains(FILENAME) => Err(FormKeyError::Filenames),
                Some((beginning, _)) => {
                    let beginning = beginning.to_owned();
                    Ok(Self::StartsWith { beginning, field: checked(text)? })
                }
            },
            Matching::StartsWith(beginning) if beginning.contains(FILENAME) => Err(FormKeyError::FilenameInBeginning),
            Matching::StartsWith(beginning) => {
                let field = checked(format!("{beginning}{FILENAME}"))?;
                Ok(Self::StartsWith { beginning, field })
            }
        }
    }
}

/// A key in which the file's name has yet to be filled in.
fn checked(text: String) -> Result<String, FormKeyError> {
    let without = text.len() - FILENAME.len();
    if without >= LONGEST {
        return Err(FormKeyError::BeginningTooLong(without));
    }
    text.parse::<ObjectKey>().or_else(|error| match error {
        // The file's name will most likely be shorter than what stands for it.
        ObjectKeyError::TooLong(_) => text.replace(FILENAME, "f").parse(),
        error => Err(error),
    })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(text: &str) -> Result<FormKey, FormKeyError> {
        FormKey::try_from(Matching::Exactly(text.to_owned()))
    }

    fn starting_with(text: &str) -> Result<FormKey, FormKeyError> {
        FormKey::try_from(Matching::StartsWith(text.to_owned()))
    }

    #[test]
    fn only_what_stands_before_the_files_name_is_a_condition() {
        let key = exactly("in/${filename}.tmp").unwrap();
        assert_eq!((key.beginning(), key.field()), ("in/", "in/${filename}.tmp"));
        assert_eq!(starting_with("in/").unwrap(), exactly("in/${filename}").unwrap());
        assert_eq!(exactly("in/a").unwrap().beginning(), "in/a");
        assert_eq!(exactly("${filename}").unwrap(), starting_with("").unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "a\nb", "${filename}${filename}", "in/\0${filename}"] {
            assert!(exactly(text).is_err(), "{text:?}");
        }
        assert_eq!(starting_with("in/${filename}"), Err(FormKeyError::FilenameInBeginning));
        assert!(starting_with(&"k".repeat(1023)).is_ok());
        assert_eq!(starting_with(&"k".repeat(1024)), Err(FormKeyError::BeginningTooLong(1024)));
    }
}
