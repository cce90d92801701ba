use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::partition::is_partition;
use super::{AccountId, Region};

/// The ARN of a KMS key: `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`.
///
/// Only this form says which key is meant: an alias can be pointed elsewhere, and a bare id is looked up in the
/// *caller's* account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend(
        "pattern" = "^arn:[a-z0-9-]+:kms:[a-z0-9][a-z0-9-]*[a-z0-9]:[0-9]{12}:key/[A-Za-z0-9-]+$",
    )),
)]
pub struct KmsKeyArn(Arc<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KmsKeyArnError {
    #[error("`{0}` is an alias: name the key by its ARN, since an alias can be pointed at another key")]
    Alias(String),
    #[error("`{0}` is not the ARN of a KMS key, such as `arn:aws:kms:eu-central-1:123456789012:key/ID`")]
    Malformed(String),
}

super::checked_name!(KmsKeyArn, KmsKeyArnError);

impl KmsKeyArn {
    /// The key that a bare id means in the account and region where the call was made.
    ///
    /// # Errors
    /// When `id` is an alias or no key id.
    pub fn from_id(partition: &str, region: &Region, account: &AccountId, id: &str) -> Result<Self, KmsKeyArnError> {
        if id.starts_with("alias/") {
            return Err(KmsKeyArnError::Alias(id.to_owned()));
        }
        format!("arn:{partition}:kms:{region}:{account}:key/{id}").parse()
    }

    /// The account that the key belongs to.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        AccountId::of_arn(&self.0)
    }

    /// The region the key lives in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }
}

impl FromStr for KmsKeyArn {
    type Err = KmsKeyArnError;

    fn from_str(text: &str) -> Result<Self, KmsKeyArnError> {
        let malformed = || KmsKeyArnError::Malformed(text.to_owned());
        if text.starts_with("alias/") || text.contains(":alias/") {
            return Err(KmsKeyArnError::Alias(text.to_owned()));
        }
        let ["arn", partition, "kms", region, account, resource] = *text.splitn(6, ':').collect::<Vec<_>>() else {
            return Err(malformed());
        };
        let id = resource.strip_prefix("key/").ok_or_else(malformed)?;
        let id_is_plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_partition(partition) || region.parse::<Region>().is_err() || account.len() != 12 || !id_is_plain {
            return Err(malformed());
        }
        account.parse::<AccountId>().map_err(|_| malformed())?;
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_and_bare_ids_are_refused_with_the_reason() {
        let alias = "arn:aws:kms:eu-central-1:123456789012:alias/mine";
        assert_eq!(alias.parse::<KmsKeyArn>(), Err(KmsKeyArnError::Alias(alias.to_owned())));
        let bare = "1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(bare.parse::<KmsKeyArn>(), Err(KmsKeyArnError::Malformed(bare.to_owned())));
        for partition in ["", "aws\"", "AWS"] {
            let arn = format!("arn:{partition}:kms:eu-central-1:123456789012:key/{bare}");
            assert_eq!(arn.parse::<KmsKeyArn>(), Err(KmsKeyArnError::Malformed(arn)));
        }
        let key: KmsKeyArn = format!("arn:aws:kms:eu-central-1:123456789012:key/{bare}").parse().unwrap();
        assert_eq!(key.region(), "eu-central-1");
    }
}
