use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::session_policy::{LONGEST as LONGEST_SESSION_POLICY, Statements, resources, surely_fits};
use super::{AddressingStyle, Encryption, KeyPrefix, S3Endpoint, Signer};
use crate::generation::Scope;
use crate::lifetime::Bounds;
use crate::names::{BucketName, ObjectKey, Region};
use crate::operation::{Operation, OperationClass};

/// What a profile is made of, as the operator states it.
#[derive(Debug, Clone)]
pub struct ProfileParts {
    pub bucket: BucketName,
    pub region: Region,
    pub signer: Signer,
    pub operations: BTreeSet<Operation>,
    pub prefixes: Vec<KeyPrefix>,
    pub bounds: Bounds,
    pub encryption: Encryption,
    /// The operations whose URLs are cached.
    pub cached: BTreeSet<Operation>,
    /// What the URLs carry instead of AWS's regional endpoint.
    pub endpoint: Option<S3Endpoint>,
    pub addressing: Option<AddressingStyle>,
    /// Whether the first URL after an invalidation is tried before it is handed out.
    pub verifies_after_invalidation: bool,
}

/// A bucket's profile: parts that go together.
#[derive(Debug, Clone)]
pub struct BucketProfile {
    parts: ProfileParts,
    endpoint: S3Endpoint,
    addressing: AddressingStyle,
    policies: SessionPolicies,
}

/// What sessions are confined to, by what they are for. Written when first asked for: of many profiles an instance serves few.
#[derive(Debug, Clone, Default)]
struct SessionPolicies {
    read: OnceLock<String>,
    write: OnceLock<String>,
    overwrite: OnceLock<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("`operations` names none: a profile that allows nothing serves nothing")]
    NoOperations,
    #[error("`prefixes` names none: a profile for the whole bucket has the empty prefix, `[\"\"]`")]
    NoPrefixes,
    #[error(
        "`encryption`: the key is in `{key}` and the bucket in `{bucket}`: S3 uses keys of the bucket's region only"
    )]
    KeyRegion { key: String, bucket: Region },
    #[error(
        "`prefixes`: the session policy for them has {0} characters, and STS takes {LONGEST_SESSION_POLICY}: \
         name fewer or shorter ones"
    )]
    SessionPolicyTooLong(usize),
    #[error("`sessionDuration`, or `trustedFor`, is no longer than `clockSkew`: no URL could be signed")]
    SessionShorterThanSkew,
    #[error("`cachedOperations`: `{0}` has no URL of its own that could be cached")]
    NotCacheable(Operation),
    #[error("`addressingStyle`: `{0}` has a dot, which no certificate for virtual-hosted addresses covers: use `path`")]
    DotInVirtualHost(BucketName),
}

impl ProfileParts {
    /// What S3 asks of a copy's signer on the source, which may have tags.
    /// Source: Amazon S3 user guide, "Required permissions for Amazon S3 API operations".
    const COPY_FROM: [&str; 4] =
        ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"];
    const DECRYPT: &[&str] = &["kms:Decrypt"];
    /// S3 asks KMS in the name of the signer. A multipart upload decrypts what its parts were encrypted with.
    const ENCRYPT: &[&str] = &["kms:GenerateDataKey", "kms:Decrypt"];
    const COMPARE: [&str; 1] = ["s3:GetObject"];

    /// What allows a session actions on the objects that are served, and others with the keys that encrypt these.
    fn statements(&self, actions: impl IntoIterator<Item = &'static str>, kms: &[&str]) -> Statements {
        let partition = self.signer.partition(&self.region);
        let key = self.encryption.kms_resource(partition, &self.region);
        let resources = resources(partition, &self.bucket, &self.prefixes);
        Statements::new(&resources, actions, key.as_deref().map(|key| (kms, key)))
    }

    fn actions(&self, class: OperationClass) -> impl Iterator<Item = &'static str> {
        let of_class = self.operations.iter().filter(move |operation| operation.class() == class);
        of_class.flat_map(|operation| operation.iam_actions()).copied()
    }

    fn policy_to_read(&self) -> String {
        Statements::policy([&self.statements(self.actions(OperationClass::Read), Self::DECRYPT)])
    }

    fn policy_to_write(&self) -> String {
        Statements::policy([&self.statements(self.actions(OperationClass::Write), Self::ENCRYPT)])
    }

    /// For writing what is compared with the object that is there.
    fn policy_to_overwrite(&self) -> String {
        let actions = self.actions(OperationClass::Write).chain(Self::COMPARE);
        Statements::policy([&self.statements(actions, Self::ENCRYPT)])
    }

    /// What confines a session has to be of a length that STS takes.
    fn check_session_policies(&self) -> Result<(), ProfileError> {
        let actions =
            self.operations.iter().flat_map(|operation| operation.iam_actions()).copied().chain(Self::COMPARE);
        let partition = self.signer.partition(&self.region);
        let key = self.encryption.kms_resource(partition, &self.region);
        let kms = key.as_deref().map(|key| (Self::ENCRYPT, key));
        if !self.signer.is_confined() || surely_fits(partition, &self.bucket, &self.prefixes, actions, kms) {
            return Ok(());
        }
        for policy in [self.policy_to_read(), self.policy_to_write(), self.policy_to_overwrite()] {
            let length = policy.chars().count();
            if length > LONGEST_SESSION_POLICY {
                return Err(ProfileError::SessionPolicyTooLong(length));
            }
        }
        Ok(())
    }
}

/// Why a profile does not serve a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error("the bucket's profile does not allow this operation")]
    Operation,
    #[error("the bucket's profile does not serve this key: it begins with none of the profile's prefixes")]
    Key,
}

impl NotAllowed {
    /// The field of the request that is at fault.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Key => "key",
        }
    }
}

impl BucketProfile {
    /// # Errors
    /// When the parts contradict each other or what AWS accepts.
    pub fn new(parts: ProfileParts) -> Result<Self, ProfileError> {
        if parts.operations.is_empty() {
            return Err(ProfileError::NoOperations);
        }
        if parts.prefixes.is_empty() {
            return Err(ProfileError::NoPrefixes);
        }
        let no_url = [Operation::PostObject, Operation::MultipartUpload];
        if let Some(operation) = no_url.into_iter().find(|operation| parts.cached.contains(operation)) {
            return Err(ProfileError::NotCacheable(operation));
        }
        if let Some(key) = parts.encryption.kms_key().filter(|key| key.region() != parts.region.as_str()) {
            return Err(ProfileError::KeyRegion { key: key.region().to_owned(), bucket: parts.region });
        }
        if parts.signer.promised().is_some_and(|session| session <= parts.bounds.clock_skew) {
            return Err(ProfileError::SessionShorterThanSkew);
        }
        let addressing = Self::addressing(&parts)?;
        let endpoint = parts.endpoint.clone().unwrap_or_else(|| S3Endpoint::regional(&parts.region));
        parts.check_session_policies()?;
        Ok(Self { parts, endpoint, addressing, policies: SessionPolicies::default() })
    }

    /// The same profile with its URLs at `endpoint`, unless it names one of its own.
    #[must_use]
    pub fn at_default_endpoint(self, endpoint: &S3Endpoint) -> Self {
        if self.parts.endpoint.is_some() {
            return self;
        }
        let parts = ProfileParts { endpoint: Some(endpoint.clone()), ..self.parts };
        // A style that is asked for can be had at AWS's own endpoints, and so anywhere.
        let addressing = parts.addressing.unwrap_or(AddressingStyle::Path);
        Self { addressing, endpoint: endpoint.clone(), parts, ..self }
    }

    /// AWS wants the bucket in the host; other servers seldom have a DNS entry for each bucket.
    fn addressing(parts: &ProfileParts) -> Result<AddressingStyle, ProfileError> {
        let dotted = parts.bucket.has_dot();
        let tls = parts.endpoint.as_ref().is_none_or(S3Endpoint::is_tls);
        match parts.addressing {
            Some(AddressingStyle::VirtualHost) if dotted && tls => {
                Err(ProfileError::DotInVirtualHost(parts.bucket.clone()))
            }
            Some(style) => Ok(style),
            None if parts.endpoint.is_some() || dotted => Ok(AddressingStyle::Path),
            None => Ok(AddressingStyle::VirtualHost),
        }
    }

    /// # Errors
    /// When the profile allows not this operation, or not this key.
    pub fn check(&self, operation: Operation, key: &ObjectKey) -> Result<(), NotAllowed> {
        self.check_beginning(operation, key.as_str())
    }

    /// The same for all keys that begin so.
    ///
    /// # Errors
    /// When the profile allows not this operation, or not all of these keys.
    pub fn check_beginning(&self, operation: Operation, beginning: &str) -> Result<(), NotAllowed> {
        if !self.parts.operations.contains(&operation) {
            return Err(NotAllowed::Operation);
        }
        if !self.parts.prefixes.iter().any(|prefix| beginning.starts_with(prefix.as_str())) {
            return Err(NotAllowed::Key);
        }
        Ok(())
    }

    #[must_use]
    pub fn bucket(&self) -> &BucketName {
        &self.parts.bucket
    }

    #[must_use]
    pub fn region(&self) -> &Region {
        &self.parts.region
    }

    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.parts.signer
    }

    #[must_use]
    pub fn bounds(&self) -> &Bounds {
        &self.parts.bounds
    }

    #[must_use]
    pub fn encryption(&self) -> &Encryption {
        &self.parts.encryption
    }

    #[must_use]
    pub fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    /// Where forms are posted to.
    #[must_use]
    pub fn bucket_url(&self) -> String {
        self.endpoint.bucket_url(self.addressing, &self.parts.bucket)
    }

    #[must_use]
    pub fn addressing_style(&self) -> AddressingStyle {
        self.addressing
    }

    #[must_use]
    pub fn verifies_after_invalidation(&self) -> bool {
        self.parts.verifies_after_invalidation
    }

    #[must_use]
    pub fn caches(&self, operation: Operation) -> bool {
        self.parts.cached.contains(&operation)
    }

    /// What a session for reading and looking is confined to, or one for writing and deleting.
    #[must_use]
    pub fn session_policy(&self, class: OperationClass) -> &str {
        match class {
            OperationClass::Read => self.policies.read.get_or_init(|| self.parts.policy_to_read()),
            OperationClass::Write => self.policies.write.get_or_init(|| self.parts.policy_to_write()),
        }
    }

    /// What a session for conditional overwriting is confined to: S3 wants to see it allowed to read what it compares with.
    /// Source: Amazon S3 user guide, "How to prevent object overwrites with conditional writes".
    #[must_use]
    pub fn session_policy_to_overwrite(&self) -> &str {
        self.policies.overwrite.get_or_init(|| self.parts.policy_to_overwrite())
    }

    /// What a session for copying from the bucket of `source` into this one is confined to.
    #[must_use]
    pub fn session_policy_to_copy(&self, source: &Self) -> String {
        let into = self.parts.statements(Operation::CopyObject.iam_actions().iter().copied(), ProfileParts::ENCRYPT);
        let from = source.parts.statements(ProfileParts::COPY_FROM, ProfileParts::DECRYPT);
        Statements::policy([&into, &from])
    }

    /// The bucket's own scopes: what a change of the bucket or its key is about, whoever signs.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        let key = self.parts.encryption.kms_key().cloned().map(Scope::KmsKey);
        std::iter::once(Scope::Bucket(self.parts.bucket.clone())).chain(key)
    }
}

#[cfg(test)]
impl ProfileParts {
    /// Of the bucket `demo`, all of which may be asked for with these operations, signed with keys of the environment.
    pub(crate) fn of_whole_bucket(operations: &[Operation]) -> Self {
        let bounds = Bounds {
            longest: crate::lifetime::ExpiresIn::SIGV4_CEILING,
            signature_age: None,
            clock_skew: std::time::Duration::ZERO,
        };
        Self {
            bucket: "demo".parse().unwrap(),
            region: "eu-central-1".parse().unwrap(),
            signer: Signer::Environment { trusted_for: None },
            operations: operations.iter().copied().collect(),
            prefixes: vec!["".parse().unwrap()],
            bounds,
            encryption: Encryption::default(),
            cached: BTreeSet::new(),
            endpoint: None,
            addressing: None,
            verifies_after_invalidation: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::attribution::Attribution;
    use crate::lifetime::ExpiresIn;

    fn parts() -> ProfileParts {
        ProfileParts {
            bucket: "demo".parse().unwrap(),
            region: "eu-central-1".parse().unwrap(),
            signer: Signer::Role {
                arn: "arn:aws:iam::123456789012:role/signer".parse().unwrap(),
                session_duration: Duration::from_hours(1),
                attribution: Attribution::default(),
            },
            operations: [Operation::GetObject, Operation::PutObject].into(),
            prefixes: vec!["in/".parse().unwrap()],
            bounds: Bounds {
                longest: ExpiresIn::SIGV4_CEILING,
                signature_age: None,
                clock_skew: Duration::from_secs(30),
            },
            encryption: Encryption::default(),
            cached: [Operation::GetObject].into(),
            endpoint: None,
            addressing: None,
            verifies_after_invalidation: false,
        }
    }

    fn kms(region: &str) -> Encryption {
        let ssekms_key_id = format!("arn:aws:kms:{region}:123456789012:key/k1").parse().unwrap();
        Encryption::SseKms { ssekms_key_id, bucket_key_enabled: None }
    }

    #[test]
    fn a_session_is_confined_to_the_bucket_the_prefixes_and_the_class() {
        let profile = BucketProfile::new(ProfileParts { encryption: kms("eu-central-1"), ..parts() }).unwrap();
        let read: Value = serde_json::from_str(profile.session_policy(OperationClass::Read)).unwrap();
        let key = "arn:aws:kms:eu-central-1:123456789012:key/k1";
        assert_eq!(
            read["Statement"],
            json!([
                {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": ["arn:aws:s3:::demo/in/*"]},
                {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": key},
            ])
        );
        let write: Value = serde_json::from_str(profile.session_policy(OperationClass::Write)).unwrap();
        assert_eq!(
            write["Statement"][0]["Action"],
            json!(["s3:PutObject", "s3:PutObjectLegalHold", "s3:PutObjectRetention", "s3:PutObjectTagging"])
        );
        assert_eq!(write["Statement"][1]["Action"], json!(["kms:GenerateDataKey", "kms:Decrypt"]));
    }

    #[test]
    fn a_session_is_confined_in_the_partition_of_the_signer_or_else_of_the_bucket() {
        let arn = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:signer-AbCdEf";
        for (secret, region, partition) in [
            ("signer", "eu-central-1", "aws"),
            ("signer", "cn-north-1", "aws-cn"),
            ("presign/signer", "us-gov-west-1", "aws-us-gov"),
            (arn, "us-gov-west-1", "aws-us-gov"),
        ] {
            let signer = Signer::FederationToken {
                secret: secret.parse().unwrap(),
                session_duration: Duration::from_hours(1),
                attribution: Attribution::default(),
            };
            let encryption = Encryption::AsRequested;
            let region = region.parse().unwrap();
            let profile = BucketProfile::new(ProfileParts { region, signer, encryption, ..parts() }).unwrap();
            let policy: Value = serde_json::from_str(profile.session_policy(OperationClass::Read)).unwrap();
            assert_eq!(policy["Statement"][0]["Resource"], json!([format!("arn:{partition}:s3:::demo/in/*")]));
            let keys = format!("arn:{partition}:kms:{}:*:key/*", profile.region());
            assert_eq!(policy["Statement"][1]["Resource"], json!(keys));
        }
    }

    #[test]
    fn a_key_of_another_region_is_refused() {
        let refused = BucketProfile::new(ProfileParts { encryption: kms("us-east-1"), ..parts() });
        assert!(matches!(refused, Err(ProfileError::KeyRegion { .. })));
    }

    #[test]
    fn who_is_trusted_for_no_longer_than_clocks_may_differ_could_sign_nothing() {
        let trusted = |seconds| {
            let signer = Signer::Environment { trusted_for: Some(Duration::from_secs(seconds)) };
            BucketProfile::new(ProfileParts { signer, ..parts() })
        };
        assert!(trusted(31).is_ok());
        assert!(matches!(trusted(30), Err(ProfileError::SessionShorterThanSkew)));
    }

    #[test]
    fn more_prefixes_than_a_session_policy_holds_are_refused() {
        let prefixes = (0..60).map(|i| format!("a-long-prefix-number-{i}/").parse().unwrap()).collect();
        let refused = BucketProfile::new(ProfileParts { prefixes, ..parts() });
        assert!(matches!(refused, Err(ProfileError::SessionPolicyTooLong(length)) if length > 2048));
    }

    #[test]
    fn a_session_policy_is_refused_by_its_own_length() {
        let of_length = |length: usize| {
            let prefix = ["*?$\"é/", &"a".repeat(length)].concat();
            BucketProfile::new(ProfileParts { prefixes: vec![prefix.parse().unwrap(); 2], ..parts() })
        };
        let characters = |profile: &BucketProfile| profile.session_policy_to_overwrite().chars().count();
        let shortest = characters(&of_length(0).unwrap());
        let room = (LONGEST_SESSION_POLICY - shortest) / 2;
        assert!((LONGEST_SESSION_POLICY - 1..=LONGEST_SESSION_POLICY).contains(&characters(&of_length(room).unwrap())));
        assert!(matches!(of_length(room + 1), Err(ProfileError::SessionPolicyTooLong(length)) if length <= 2050));
    }

    #[test]
    fn a_bucket_with_a_dot_is_addressed_by_path() {
        let dotted = ProfileParts { bucket: "my.bucket".parse().unwrap(), ..parts() };
        assert_eq!(BucketProfile::new(dotted.clone()).unwrap().addressing_style(), AddressingStyle::Path);
        let insisting = ProfileParts { addressing: Some(AddressingStyle::VirtualHost), ..dotted };
        assert!(matches!(BucketProfile::new(insisting), Err(ProfileError::DotInVirtualHost(_))));
    }

    #[test]
    fn only_the_profiles_operations_and_prefixes_are_served() {
        let profile = BucketProfile::new(parts()).unwrap();
        let (inside, outside) = ("in/a".parse().unwrap(), "out/a".parse().unwrap());
        assert_eq!(profile.check(Operation::GetObject, &inside), Ok(()));
        assert_eq!(profile.check(Operation::GetObject, &outside), Err(NotAllowed::Key));
        assert_eq!(profile.check(Operation::DeleteObject, &inside), Err(NotAllowed::Operation));
    }
}
