use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Whole seconds a URL is good for, from 1 to 604,800.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "u32")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minimum" = 1, "maximum" = ExpiresIn::SIGV4_CEILING.0)),
)]
pub struct ExpiresIn(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of seconds from 1 to 604800")]
pub struct ExpiresInError;

impl ExpiresIn {
    /// The longest that S3 accepts for a Signature Version 4 URL: seven days.
    /// Source: Amazon S3 API reference, "Authenticating requests: using query parameters", `X-Amz-Expires`.
    pub const SIGV4_CEILING: Self = Self(604_800);
    /// For what is used at once.
    pub const MINUTE: Self = Self(60);

    /// # Errors
    /// When `seconds` is not from 1 to 604,800.
    pub fn from_seconds(seconds: u64) -> Result<Self, ExpiresInError> {
        match u32::try_from(seconds) {
            Ok(seconds) if (1..=Self::SIGV4_CEILING.0).contains(&seconds) => Ok(Self(seconds)),
            _ => Err(ExpiresInError),
        }
    }

    /// The whole seconds of `duration`, at most the ceiling; none when there is not one.
    #[must_use]
    pub fn within(duration: Duration) -> Option<Self> {
        let seconds = u32::try_from(duration.as_secs()).unwrap_or(u32::MAX).min(Self::SIGV4_CEILING.0);
        (seconds > 0).then_some(Self(seconds))
    }

    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }

    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }

    /// Half of it, rounded up.
    #[must_use]
    pub fn half(self) -> Self {
        Self(self.0.div_ceil(2))
    }
}

impl<'de> Deserialize<'de> for ExpiresIn {
    /// Takes an integer and nothing that could be bent into one: no fraction, text or null.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Integer;

        impl de::Visitor<'_> for Integer {
            type Value = ExpiresIn;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of seconds from 1 to 604800")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<ExpiresIn, E> {
                ExpiresIn::from_seconds(seconds).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(seconds), &self))
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<ExpiresIn, E> {
                match u64::try_from(seconds) {
                    Ok(seconds) => self.visit_u64(seconds),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(seconds), &self)),
                }
            }
        }

        deserializer.deserialize_u64(Integer)
    }
}

impl From<ExpiresIn> for u32 {
    fn from(expires_in: ExpiresIn) -> Self {
        expires_in.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_refused_rather_than_bent() {
        for text in
            ["0", "-1", "1.5", "60.0", "1e2", "\"60\"", "null", "604801", "99999999999999999999", "[60]", "true"]
        {
            assert!(serde_json::from_str::<ExpiresIn>(text).is_err(), "{text}");
        }
        for (text, seconds) in [("1", 1), ("604800", 604_800)] {
            assert_eq!(serde_json::from_str::<ExpiresIn>(text).unwrap().seconds(), seconds);
        }
    }
}
