use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A region's code, such as `eu-central-1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a region's code, such as `eu-central-1`")]
pub struct RegionError(String);

super::checked_name!(Region, RegionError);

impl Region {
    /// `aws`, `aws-cn`, `aws-us-gov`, …: what comes after `arn:`.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        self.place().0
    }

    /// The domain under which the region's endpoints lie.
    #[must_use]
    pub fn dns_suffix(&self) -> &'static str {
        self.place().1
    }

    /// Its partition, and that one's domain.
    /// Source: the `partitions.json` that the AWS SDKs share.
    fn place(&self) -> (&'static str, &'static str) {
        match self.0.as_str() {
            region if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
            region if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
            region if region.starts_with("us-iso-") => ("aws-iso", "c2s.ic.gov"),
            region if region.starts_with("us-isob-") => ("aws-iso-b", "sc2s.sgov.gov"),
            region if region.starts_with("eu-isoe-") => ("aws-iso-e", "cloud.adc-e.uk"),
            region if region.starts_with("us-isof-") => ("aws-iso-f", "csp.hci.ic.gov"),
            region if region.starts_with("eusc-") => ("aws-eusc", "amazonaws.eu"),
            _ => ("aws", "amazonaws.com"),
        }
    }
}

impl FromStr for Region {
    type Err = RegionError;

    /// Accepts what can be a host name's label, so that other servers' region names work; `aws-global` and the like are
    /// pseudo-regions that cannot sign.
    fn from_str(text: &str) -> Result<Self, RegionError> {
        let label = (2..=63).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if label && !text.ends_with("-global") { Ok(Self(text.to_owned())) } else { Err(RegionError(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_other_text() {
        for code in ["us-east-1", "cn-north-1", "us-gov-west-1", "default"] {
            assert!(code.parse::<Region>().is_ok(), "{code}");
        }
        for text in ["", "EU", "us east 1", "us-east-1/s3", "aws-global", "-a"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_tells_its_partition() {
        for (code, partition) in [
            ("eu-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
            ("default", "aws"),
        ] {
            assert_eq!(code.parse::<Region>().unwrap().partition(), partition, "{code}");
        }
    }
}
