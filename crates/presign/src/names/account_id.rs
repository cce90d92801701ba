use std::str::FromStr;

/// An AWS account id: twelve digits, or empty for servers whose ARNs name no account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("account id `{0}` is not twelve digits")]
pub struct AccountIdError(String);

super::checked_name!(AccountId, AccountIdError);

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<Self, AccountIdError> {
        let twelve_digits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if twelve_digits || text.is_empty() { Ok(Self(text.to_owned())) } else { Err(AccountIdError(text.to_owned())) }
    }
}
