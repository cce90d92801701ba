use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Pair, Query};

/// What a CloudFront signed URL says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloudFrontPolicy {
    /// CloudFront makes it of the URL and its `Expires`.
    Canned { ends: Option<Timestamp> },
    /// It stands in the URL, and `Expires` counts no more.
    Custom(CustomPolicy),
    /// One stands in the URL, and is none.
    Unreadable,
}

/// A statement under which CloudFront gives something out.
///
/// Source: Amazon CloudFront developer guide, "Create a signed URL using a custom policy".
#[derive(Clone, PartialEq, Eq)]
pub struct CustomPolicy {
    pub ends: Option<Timestamp>,
    pub starts: Option<Timestamp>,
    /// The addresses that it is for.
    pub source: Option<String>,
    /// What it is for, with `*` and `?`; anything if it says nothing.
    pub resource: Option<String>,
}

/// The parameters that are none of what is signed.
pub(crate) const SIGNING: [&str; 5] = ["Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    resource: Option<String>,
    condition: Conditions,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Conditions {
    date_less_than: Time,
    date_greater_than: Option<Time>,
    ip_address: Option<Source>,
}

#[derive(Deserialize)]
struct Time {
    #[serde(rename = "AWS:EpochTime")]
    seconds: i64,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "AWS:SourceIp")]
    addresses: String,
}

impl CloudFrontPolicy {
    pub(super) fn of(query: &Query, expires: Option<Timestamp>) -> Self {
        let exactly = query.pairs().iter().find(|pair| pair.decoded_name() == "Policy");
        match exactly.filter(|policy| !policy.is_empty()) {
            Some(policy) => CustomPolicy::of(policy).map_or(Self::Unreadable, Self::Custom),
            None => Self::Canned { ends: expires },
        }
    }

    /// The first second at which it is no longer good.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        match self {
            Self::Canned { ends } => *ends,
            Self::Custom(policy) => policy.ends,
            Self::Unreadable => None,
        }
    }

    #[must_use]
    pub fn custom(&self) -> Option<&CustomPolicy> {
        match self {
            Self::Custom(policy) => Some(policy),
            Self::Canned { .. } | Self::Unreadable => None,
        }
    }
}

/// Its resource may have a query, which has more places for a token than can be told.
impl fmt::Debug for CustomPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomPolicy").field("ends", &self.ends).field("starts", &self.starts).finish_non_exhaustive()
    }
}

impl CustomPolicy {
    fn of(parameter: &Pair) -> Option<Self> {
        let encoded: String = parameter.decoded().chars().map(in_base64).collect();
        let document: Document = serde_json::from_slice(&BASE64_STANDARD.decode(encoded).ok()?).ok()?;
        // CloudFront takes one statement.
        let [Statement { resource, condition }] = <[Statement; 1]>::try_from(document.statement).ok()?;
        Some(Self {
            ends: Some(Timestamp::from_second(condition.date_less_than.seconds).ok()?),
            starts: condition.date_greater_than.and_then(|time| Timestamp::from_second(time.seconds).ok()),
            source: condition.ip_address.map(|source| source.addresses),
            resource,
        })
    }
}

/// What CloudFront writes otherwise, since a URL cannot have it.
fn in_base64(c: char) -> char {
    match c {
        '-' => '+',
        '_' => '=',
        '~' => '/',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> CloudFrontPolicy {
        let encoded = BASE64_STANDARD.encode(json).replace('+', "-").replace('=', "_").replace('/', "~");
        CloudFrontPolicy::of(&Query::new(&format!("Policy={encoded}&Key-Pair-Id=K")), Some(Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn a_custom_policy_is_read_and_counts_before_expires() {
        let read = read(
            r#"{"Statement":[{"Resource":"https://d.cloudfront.net/a?>*","Condition":{"DateLessThan":{"AWS:EpochTime":1777633200},
                "DateGreaterThan":{"AWS:EpochTime":1777629600},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}}]}"#,
        );
        let at = |seconds| Timestamp::from_second(seconds).ok();
        assert_eq!(read.ends(), at(1_777_633_200));
        let policy = read.custom().unwrap();
        assert_eq!((policy.starts, policy.source.as_deref()), (at(1_777_629_600), Some("192.0.2.0/24")));
        assert_eq!(policy.resource.as_deref(), Some("https://d.cloudfront.net/a?>*"));
    }

    #[test]
    fn what_is_no_policy_of_cloudfronts_is_not_read() {
        for json in ["{}", r#"{"Statement":[]}"#, r#"{"Statement":[{"Resource":"*","Condition":{}}]}"#] {
            let policy = read(json);
            assert_eq!(policy, CloudFrontPolicy::Unreadable, "{json}");
        }
        let broken = CloudFrontPolicy::of(&Query::new("Policy=!&Key-Pair-Id=K"), None);
        assert_eq!((broken.clone(), broken.ends()), (CloudFrontPolicy::Unreadable, None));
    }

    /// CloudFront tells names apart by their letters' case: others are the application's own.
    #[test]
    fn another_parameter_of_the_name_is_no_policy() {
        let ends = Some(Timestamp::UNIX_EPOCH);
        for query in ["policy=basic&Key-Pair-Id=K", "Policy=&Key-Pair-Id=K"] {
            assert_eq!(CloudFrontPolicy::of(&Query::new(query), ends), CloudFrontPolicy::Canned { ends }, "{query}");
        }
    }
}
