//! The names AWS gives to things, each a type that cannot hold a malformed one.

mod account_id;
mod bucket_name;
mod event_id;
mod fitted;
mod group_name;
mod kms_key_arn;
mod object_key;
mod partition;
mod policy_arn;
mod principal;
mod region;
mod role_arn;
mod secret_id;
mod session_name;
mod session_tag;

pub use account_id::{AccountId, AccountIdError};
pub use bucket_name::{BucketName, BucketNameError};
pub use event_id::{EventId, EventIdError};
pub(crate) use fitted::short_digest;
pub use group_name::{GroupName, GroupNameError};
pub use kms_key_arn::{KmsKeyArn, KmsKeyArnError};
pub use object_key::{ObjectKey, ObjectKeyError};
pub use policy_arn::{PolicyArn, PolicyArnError};
pub use principal::{Principal, PrincipalError};
pub use region::{Region, RegionError};
pub use role_arn::{RoleArn, RoleArnError};
pub use secret_id::{SecretId, SecretIdError};
pub use session_name::SessionName;
pub use session_tag::SessionTag;

/// Gives a checked text, which says itself how it is read, its writing, and the conversions that serde goes by. Those that a scope is named by are
/// shared texts: each look-up copies its scopes.
macro_rules! checked_name {
    ($name:ident, $error:ident) => {
        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(value: String) -> Result<Self, $error> {
                value.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }
    };
}
pub(crate) use checked_name;

/// Whether IAM would take it for a name, in at most so many characters.
/// Source: IAM user guide, "IAM and AWS STS quotas: IAM name requirements".
fn is_iam_name(text: &str, most: usize) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    (1..=most).contains(&text.len()) && text.chars().all(allowed)
}
