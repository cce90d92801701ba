use std::str::FromStr;

/// The name of an IAM group, without its path: 1 to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupName(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name of an IAM group")]
pub struct GroupNameError(String);

super::checked_name!(GroupName, GroupNameError);

impl FromStr for GroupName {
    type Err = GroupNameError;

    fn from_str(text: &str) -> Result<Self, GroupNameError> {
        if super::is_iam_name(text, 128) { Ok(Self(text.to_owned())) } else { Err(GroupNameError(text.to_owned())) }
    }
}
