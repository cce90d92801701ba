use std::collections::BTreeSet;
use std::time::Duration;

use presign::attribution::{Attribution, Whose};
use presign::lifetime::{Bounds, ExpiresIn};
use presign::names::{BucketName, Region, RoleArn, SecretId};
use presign::operation::Operation;
use presign::profile::{
    AddressingStyle, BucketProfile, Encryption, KeyPrefix, ProfileError, ProfileParts, S3Endpoint, Signer,
};
use presign::request::WholeNumber;
use serde::Deserialize;

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
    session_duration: Option<WholeNumber<1, 129_600>>,
    session_name: Option<Named>,
    source_identity: Option<Named>,
    session_tag: Option<Named>,
    signer: Option<OtherSigner>,
    secret: Option<SecretId>,
    token_file: Option<String>,
    trusted_for: Option<WholeNumber<1, 43_200>>,
    longest_expires_in: Option<ExpiresIn>,
    signature_age: Option<ExpiresIn>,
    clock_skew: Option<WholeNumber<0, 900>>,
    #[serde(default)]
    encryption: Encryption,
    cached_operations: Option<BTreeSet<Operation>>,
    endpoint: Option<S3Endpoint>,
    addressing_style: Option<AddressingStyle>,
    #[serde(default)]
    verify_after_invalidation: bool,
}

/// Signers other than a role that the service assumes with its own credentials.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum OtherSigner {
    WebIdentity,
    FederationToken,
    UserKey,
    Container,
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
    #[error("`signingRole` is missing: name the role that signs, or another `signer`, such as `userKey`")]
    NoSigner,
    #[error("`{0}` does not go with this signer: it goes with {1}")]
    NotForSigner(&'static str, &'static str),
    #[error("`{0}` is missing: the signer needs it")]
    Missing(&'static str),
    #[error(
        "`sessionDuration` is under 900 seconds, which AWS refuses: only a bucket with its own `endpoint` may have that"
    )]
    SessionTooShort,
    #[error("`sessionDuration` is over 43200 seconds, the most that a role gives")]
    SessionTooLong,
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
                clock_skew: table.clock_skew.map_or(DEFAULT_CLOCK_SKEW, seconds),
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

/// What AWS gives a federated user by default.
/// Source: AWS STS API reference, `GetFederationToken`, `DurationSeconds`.
const DEFAULT_FEDERATED_SESSION: Duration = Duration::from_hours(12);
/// The most that `AssumeRole` and `AssumeRoleWithWebIdentity` give.
const LONGEST_ROLE_SESSION: Duration = Duration::from_hours(12);

fn signer(table: &BucketTable) -> Result<Signer, BucketTableError> {
    only_where_it_belongs(table)?;
    let secret = || table.secret.clone().ok_or(BucketTableError::Missing("secret"));
    let role = || table.signing_role.clone().ok_or(BucketTableError::Missing("signingRole"));
    let token_file = || table.token_file.clone().ok_or(BucketTableError::Missing("tokenFile"));
    Ok(match table.signer {
        None => Signer::Role {
            arn: table.signing_role.clone().ok_or(BucketTableError::NoSigner)?,
            session_duration: role_session(table)?,
            attribution: attribution(table),
        },
        Some(OtherSigner::WebIdentity) => Signer::WebIdentity {
            arn: role()?,
            token_file: token_file()?,
            session_duration: role_session(table)?,
            session_name: attribution(table).session_name,
        },
        Some(OtherSigner::FederationToken) => Signer::FederationToken {
            secret: secret()?,
            session_duration: session(table, DEFAULT_FEDERATED_SESSION)?,
            attribution: attribution(table),
        },
        Some(OtherSigner::UserKey) => Signer::UserKey { secret: secret()? },
        Some(OtherSigner::Container) => Signer::Container,
        Some(OtherSigner::Environment) => Signer::Environment { trusted_for: table.trusted_for.map(seconds) },
    })
}

/// What a signer does not look at would mislead whoever reads the file.
fn only_where_it_belongs(table: &BucketTable) -> Result<(), BucketTableError> {
    use OtherSigner::{Environment, FederationToken, UserKey, WebIdentity};
    let signer = table.signer;
    let role = [None, Some(WebIdentity)].contains(&signer);
    let made = role || signer == Some(FederationToken);
    let keeps_secret = [Some(FederationToken), Some(UserKey)].contains(&signer);
    let bears = attribution(table);
    for (present, belongs, field, to) in [
        (table.signing_role.is_some(), role, "signingRole", "no `signer` or `webIdentity`"),
        (table.trusted_for.is_some(), signer == Some(Environment), "trustedFor", "`environment`"),
        (table.token_file.is_some(), signer == Some(WebIdentity), "tokenFile", "`webIdentity`"),
        (table.secret.is_some(), keeps_secret, "secret", "`userKey` and `federationToken`"),
        (table.session_duration.is_some(), made, "sessionDuration", "`signingRole` and `federationToken`"),
        (bears != Attribution::default(), made, "sessionName", "`signingRole` and `federationToken`"),
        (bears.source_identity.is_some(), signer.is_none(), "sourceIdentity", "`signingRole` alone"),
        (
            bears.session_tag.is_some(),
            made && signer != Some(WebIdentity),
            "sessionTag",
            "`signingRole` alone and `federationToken`",
        ),
    ] {
        if present && !belongs {
            return Err(BucketTableError::NotForSigner(field, to));
        }
    }
    Ok(())
}

fn role_session(table: &BucketTable) -> Result<Duration, BucketTableError> {
    let duration = session(table, DEFAULT_SESSION)?;
    if duration > LONGEST_ROLE_SESSION { Err(BucketTableError::SessionTooLong) } else { Ok(duration) }
}

fn session(table: &BucketTable, default: Duration) -> Result<Duration, BucketTableError> {
    let duration = table.session_duration.map_or(default, seconds);
    if duration < SHORTEST_AWS_SESSION && table.endpoint.is_none() {
        return Err(BucketTableError::SessionTooShort);
    }
    Ok(duration)
}

fn seconds<const LEAST: u64, const MOST: u64>(number: WholeNumber<LEAST, MOST>) -> Duration {
    Duration::from_secs(number.get())
}

fn attribution(table: &BucketTable) -> Attribution {
    let whose = |named: Option<Named>| named.and_then(Named::whose);
    Attribution {
        session_name: whose(table.session_name).unwrap_or(Attribution::default().session_name),
        source_identity: whose(table.source_identity),
        session_tag: whose(table.session_tag),
    }
}
