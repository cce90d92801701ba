use std::str::FromStr;
use std::sync::Arc;

/// An AWS account id: twelve digits, or empty for servers whose ARNs name no account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(Arc<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("account id `{0}` is not twelve digits")]
pub struct AccountIdError(String);

super::checked_name!(AccountId, AccountIdError);

impl AccountId {
    /// The account that an ARN names, of whatever service; none where it names none.
    #[must_use]
    pub fn of_arn(arn: &str) -> Option<Self> {
        arn.split(':').nth(4).filter(|account| !account.is_empty()).and_then(|account| account.parse().ok())
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<Self, AccountIdError> {
        let twelve_digits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if twelve_digits || text.is_empty() { Ok(Self(text.into())) } else { Err(AccountIdError(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_account_or_none() {
        let of = |arn| AccountId::of_arn(arn).map(|account| account.to_string());
        let account = Some("123456789012".to_owned());
        assert_eq!(of("arn:aws-cn:lambda:cn-north-1:123456789012:function:invalidate-urls:prod"), account);
        for none in ["arn:aws:s3:::demo", "arn:aws:lambda:us-east-1:12345:function:f", "", "test"] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
