use std::collections::BTreeSet;
use std::time::Duration;

use presign::attribution::{Attribution, Whose};
use presign::lifetime::{Bounds, ExpiresIn};
use presign::names::{BucketName, Region, RoleArn};
use presign::operation::Operation;
use presign::profile::{
    AddressingStyle, BucketProfile, Encryption, KeyPrefix, ProfileError, ProfileParts, S3Endpoint, Signer,
};
use serde::Deserialize;

use crate::bounded::Bounded;

/// A bucket's table in the file, as a profile that holds together.
#[derive(Debug, Deserialize)]
#[serde(try_from = "BucketTable")]
pub struct Bucket(pub BucketProfile);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BucketTable {
    bucket: BucketName,
    region: Region,
    operations: BTreeSet<Operation>,
    prefixes: Vec<KeyPrefix>,
    signing_role: Option<RoleArn>,
    session_duration: Option<Bounded<1, 43_200>>,
    session_name: Option<Named>,
    source_identity: Option<Named>,
    session_tag: Option<Named>,
    signer: Option<OtherSigner>,
    trusted_for: Option<Bounded<1, 43_200>>,
    longest_expires_in: Option<ExpiresIn>,
    signature_age: Option<ExpiresIn>,
    clock_skew: Option<Bounded<0, 900>>,
    #[serde(default)]
    encryption: Encryption,
    cached_operations: Option<BTreeSet<Operation>>,
    endpoint: Option<S3Endpoint>,
    addressing_style: Option<AddressingStyle>,
    #[serde(default)]
    verify_after_invalidation: bool,
}

/// Signers other than a role.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum OtherSigner {
    Environment,
}

/// Whose name a session bears.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Named {
    /// So that a placeholder may stand for nothing.
    #[serde(rename = "")]
    Nobody,
    Caller,
    Tenant,
}

impl Named {
    fn whose(self) -> Option<Whose> {
        match self {
            Self::Nobody => None,
            Self::Caller => Some(Whose::Caller),
            Self::Tenant => Some(Whose::Tenant),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum BucketTableError {
    #[error("`signingRole` is missing: name the role that signs, or say `signer = \"environment\"`")]
    NoSigner,
    #[error("`signingRole` and `signer` exclude each other")]
    TwoSigners,
    #[error("`{0}` goes with `{1}` only")]
    NotForSigner(&'static str, &'static str),
    #[error(
        "`sessionDuration` is under 900 seconds, which AWS refuses: only a bucket with its own `endpoint` may have that"
    )]
    SessionTooShort,
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// What `AssumeRole` gives by default; and from a Lambda function, whose role makes it role chaining, also the most.
const DEFAULT_SESSION: Duration = Duration::from_hours(1);
/// The least that AWS's `AssumeRole` takes.
const SHORTEST_AWS_SESSION: Duration = Duration::from_mins(15);
const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(30);

impl TryFrom<BucketTable> for Bucket {
    type Error = BucketTableError;

    fn try_from(table: BucketTable) -> Result<Self, BucketTableError> {
        let signer = signer(&table)?;
        let cached = [Operation::GetObject, Operation::HeadObject].into();
        let profile = BucketProfile::new(ProfileParts {
            bucket: table.bucket,
            region: table.region,
            signer,
            operations: table.operations,
            prefixes: table.prefixes,
            bounds: Bounds {
                longest: table.longest_expires_in.unwrap_or(ExpiresIn::SIGV4_CEILING),
                signature_age: table.signature_age,
                clock_skew: table.clock_skew.map_or(DEFAULT_CLOCK_SKEW, Bounded::seconds),
            },
            encryption: table.encryption,
            cached: table.cached_operations.unwrap_or(cached),
            endpoint: table.endpoint,
            addressing: table.addressing_style,
            verifies_after_invalidation: table.verify_after_invalidation,
        })?;
        Ok(Self(profile))
    }
}

fn signer(table: &BucketTable) -> Result<Signer, BucketTableError> {
    match (&table.signing_role, &table.signer) {
        (None, None) => Err(BucketTableError::NoSigner),
        (Some(_), Some(_)) => Err(BucketTableError::TwoSigners),
        (Some(_), None) if table.trusted_for.is_some() => {
            Err(BucketTableError::NotForSigner("trustedFor", "signer = \"environment\""))
        }
        (Some(arn), None) => {
            let session_duration = table.session_duration.map_or(DEFAULT_SESSION, Bounded::seconds);
            if session_duration < SHORTEST_AWS_SESSION && table.endpoint.is_none() {
                return Err(BucketTableError::SessionTooShort);
            }
            Ok(Signer::Role { arn: arn.clone(), session_duration, attribution: attribution(table) })
        }
        (None, Some(_)) if table.session_duration.is_some() => {
            Err(BucketTableError::NotForSigner("sessionDuration", "signingRole"))
        }
        (None, Some(_)) if attribution(table) != Attribution::default() => {
            Err(BucketTableError::NotForSigner("sessionName`, `sourceIdentity` or `sessionTag", "signingRole"))
        }
        (None, Some(OtherSigner::Environment)) => {
            Ok(Signer::Environment { trusted_for: table.trusted_for.map(Bounded::seconds) })
        }
    }
}

fn attribution(table: &BucketTable) -> Attribution {
    let whose = |named: Option<Named>| named.and_then(Named::whose);
    Attribution {
        session_name: whose(table.session_name).unwrap_or(Attribution::default().session_name),
        source_identity: whose(table.source_identity),
        session_tag: whose(table.session_tag),
    }
}
