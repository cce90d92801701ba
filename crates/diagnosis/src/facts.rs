//! What a look into the account showed. Who looks is another crate; here it is only reasoned about.

use crate::policy::Policy;
pub use crate::policy::Principal;
pub use crate::revocation::{Revocation, Revocations};

/// One look: what it showed, or why there was none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Looked<T> {
    Found(T),
    /// It was looked, and there is none.
    Nothing,
    /// It was not allowed, or failed. Never to be taken for fine.
    CouldNot(String),
    /// It has nothing to do with this URL.
    #[default]
    NotAsked,
}

impl<T> Looked<T> {
    #[must_use]
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(found) => Some(found),
            _ => None,
        }
    }

    /// The same, of what `f` makes of what was found.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Looked<U> {
        match self {
            Self::Found(found) => Looked::Found(f(found)),
            Self::Nothing => Looked::Nothing,
            Self::CouldNot(reason) => Looked::CouldNot(reason),
            Self::NotAsked => Looked::NotAsked,
        }
    }
}

/// Everything that was looked at for one URL.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The ARN of who looks.
    pub caller: Looked<String>,
    /// The account that the access key belongs to.
    pub key_account: Looked<String>,
    /// The user that the access key belongs to.
    pub key_user: Looked<String>,
    pub key_status: Looked<KeyStatus>,
    /// The user, or the role that made the session.
    pub signer: Looked<Principal>,
    /// Whether nothing tells that it is this signer, but that it usually is.
    pub signer_is_guessed: bool,
    /// What revokes sessions of the signing role.
    pub revocations: Looked<Revocations>,
    pub bucket_region: Looked<String>,
    pub object: Looked<ObjectFacts>,
    /// What IAM's simulator says of the signer, for the request itself and for what it needs of the key.
    pub may_request: Looked<Permission>,
    /// And for what the request needs besides: tags, an ACL, a copy's source.
    pub may_further: Vec<Looked<Permission>>,
    pub may_decrypt: Looked<Permission>,
    pub may_generate_data_key: Looked<Permission>,
    pub bucket_policy: Looked<Policy>,
    pub public_access_block: Looked<PublicAccessBlock>,
    pub bucket_encryption: Looked<Encryption>,
    pub kms_key: Looked<KmsKey>,
    pub key_policy: Looked<Policy>,
    pub grants: Looked<Grants>,
    pub cors: Looked<Vec<CorsRule>>,
    /// S3's clock less ours, in seconds.
    pub clock_skew: Looked<i64>,
    pub circumstances: Circumstances,
}

impl Facts {
    /// Whether the signer has a permissions boundary, of which the simulator tells.
    pub(crate) fn signer_is_bounded(&self) -> Option<bool> {
        self.may_request.found().map(|permission| permission.boundary_allows.is_some())
    }
}

/// What the engineer knows of the failing request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Where it comes from, as S3 sees it.
    pub source_ip: Option<String>,
    /// The VPC endpoint that it comes through.
    pub vpc_endpoint: Option<String>,
    /// The page that makes it, in a browser: `https://app.example.com`.
    pub origin: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    Active,
    Inactive,
    /// The user has no such key any more.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectFacts {
    /// Who may list may not be allowed to see this.
    pub encryption: Looked<Encryption>,
    pub storage_class: Option<String>,
    /// `x-amz-restore`, of an archived object that is being restored, or was.
    pub restore: Option<String>,
    /// `x-amz-archive-status`, of an object that `INTELLIGENT_TIERING` has archived.
    pub archive_status: Option<String>,
    /// Whether only a listing was seen, which tells neither of the two.
    pub only_listed: bool,
}

/// IAM's answer for one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub action: String,
    pub resource: String,
    pub decision: Decision,
    /// Whether the organization's policies allow it, where they were looked at.
    pub organization_allows: Option<bool>,
    pub boundary_allows: Option<bool>,
    /// Condition keys that policies ask for, and the simulator was not told.
    pub missing_context: Vec<String>,
    /// The names of the policies whose statements decided it.
    pub policies: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublicAccessBlock {
    pub restricts_public_buckets: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encryption {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`
    pub algorithm: String,
    pub kms_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey {
    pub arn: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: String,
}

/// The grants on a KMS key, as far as they could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    pub read: Vec<Grant>,
    /// Why the rest of them, which may admit anyone, could not be read.
    pub unread: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub grantee: String,
    /// `Decrypt`, `GenerateDataKey`, …
    pub operations: Vec<String>,
    /// Whether it holds under conditions, such as of an encryption context.
    pub constrained: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsRule {
    pub origins: Vec<String>,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    /// Headers of the answer that the page may read.
    pub exposes: Vec<String>,
}
