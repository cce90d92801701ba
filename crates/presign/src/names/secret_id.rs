use std::str::FromStr;

use serde::Deserialize;

use super::checked_name;

/// A secret of Secrets Manager, by its ARN or its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct SecretId(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the ARN or the name of a secret, such as `arn:aws:secretsmanager:eu-central-1:123456789012:secret:signer-AbCdEf`"
)]
pub struct SecretIdError(String);

impl FromStr for SecretId {
    type Err = SecretIdError;

    /// Source: AWS Secrets Manager API reference, `GetSecretValue`, `SecretId`; and `CreateSecret`, `Name`.
    fn from_str(text: &str) -> Result<Self, SecretIdError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-:".contains(c);
        let arn = text.starts_with("arn:") && text.contains(":secretsmanager:") && text.contains(":secret:");
        let named = arn || !text.contains(':');
        if named && (1..=2048).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SecretIdError(text.to_owned()))
        }
    }
}

checked_name!(SecretId, SecretIdError);

impl SecretId {
    /// `aws`, `aws-cn`, `aws-us-gov`, …; none where it is a name, which tells nothing.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        self.0.strip_prefix("arn:").and_then(|rest| rest.split(':').next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_by_its_arn_or_its_name() {
        for text in
            ["signer", "presign/signer-key", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signer-AbCdEf"]
        {
            assert!(text.parse::<SecretId>().is_ok(), "{text}");
        }
        for text in ["", "a b", "arn:aws:ssm:eu-central-1:123456789012:parameter/x", "AKIA:secret"] {
            assert!(text.parse::<SecretId>().is_err(), "{text}");
        }
    }
}
