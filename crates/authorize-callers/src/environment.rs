use std::num::NonZeroU32;

use settings::{MissingVariable, required_variable};

use crate::UsageKeys;

/// What the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `PRESIGN_JWT_ISSUER`
    pub issuer: String,
    /// `PRESIGN_JWT_AUDIENCE`, with commas between
    pub audiences: Vec<String>,
    /// `PRESIGN_USAGE_KEY_PREFIX` and `PRESIGN_USAGE_KEYS`
    pub usage_keys: UsageKeys,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(transparent)]
    Missing(#[from] MissingVariable),
    #[error("the environment variable `PRESIGN_JWT_AUDIENCE` names no audience")]
    NoAudience,
    #[error("the environment variable `PRESIGN_USAGE_KEYS` is `{0}`: it must be the number of keys, 1 to 100")]
    Keys(String),
}

/// The keys' numbers have two digits.
const MOST_KEYS: u32 = 100;

impl Settings {
    /// # Errors
    /// When a variable is missing, or says what it may not.
    pub fn of_environment() -> Result<Self, SettingsError> {
        Self::of(required_variable)
    }

    fn of(
        variable: impl Fn(&'static str, &'static str) -> Result<String, MissingVariable>,
    ) -> Result<Self, SettingsError> {
        let issuer = variable("PRESIGN_JWT_ISSUER", "the issuer of the callers' tokens, an https address")?;
        let audiences = variable("PRESIGN_JWT_AUDIENCE", "the audiences that tokens are for, with commas between")?;
        let audiences: Vec<_> =
            audiences.split(',').map(str::trim).filter(|audience| !audience.is_empty()).map(str::to_owned).collect();
        if audiences.is_empty() {
            return Err(SettingsError::NoAudience);
        }
        let prefix = variable("PRESIGN_USAGE_KEY_PREFIX", "what the values of the usage plan's keys begin with")?;
        let count = variable("PRESIGN_USAGE_KEYS", "the number of the usage plan's keys")?;
        let number = count.parse().ok().filter(|number: &NonZeroU32| number.get() <= MOST_KEYS);
        let number = number.ok_or(SettingsError::Keys(count))?;
        Ok(Self { issuer, audiences, usage_keys: UsageKeys::new(prefix, number) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("PRESIGN_JWT_ISSUER", "https://login.example.com/"),
        ("PRESIGN_JWT_AUDIENCE", "presign, uploads"),
        ("PRESIGN_USAGE_KEY_PREFIX", "presigned-urls-caller-"),
        ("PRESIGN_USAGE_KEYS", "32"),
    ];

    fn with(name: &str, value: &str) -> Result<Settings, SettingsError> {
        Settings::of(|asked, meaning| {
            let good = GOOD.into_iter().find(|(good, _)| *good == asked).map(|(_, value)| value);
            let value = if asked == name { Some(value) } else { good };
            // As the environment does with what is not set.
            value
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| MissingVariable::new(asked, meaning))
        })
    }

    #[test]
    fn audiences_stand_between_commas() {
        let settings = with("", "").unwrap();
        assert_eq!(settings.audiences, ["presign", "uploads"]);
        assert_eq!(settings.usage_keys, UsageKeys::new("presigned-urls-caller-".to_owned(), 32.try_into().unwrap()));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (name, value) in GOOD.map(|(name, _)| (name, "")).into_iter().chain([
            ("PRESIGN_JWT_AUDIENCE", " , "),
            ("PRESIGN_USAGE_KEYS", "0"),
            ("PRESIGN_USAGE_KEYS", "101"),
            ("PRESIGN_USAGE_KEYS", "many"),
        ]) {
            let error = with(name, value).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }
}
